// Feature codes dialled at a desk phone, by raw peers and by a real one.

import { afterEach, expect } from 'vitest';
import type { FeatureWish } from '../../app/ports/feature-codes.ts';
import { answerTo, passwords, startEdgeWorld, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP, SipPeer, type Headers, type PeerMessage } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';

edgeSuite('feature codes', ({ test, server }) => {
  let world: EdgeWorld;
  let phone: SipPeer;
  let asked: (readonly [string, FeatureWish])[] = [];
  const begin = async (): Promise<void> => {
    asked = [];
    const carryOut = async (address: string, wish: FeatureWish): Promise<boolean> => {
      asked.push([address, wish]);
      return wish.feature !== 'signOut';
    };
    world = await startEdgeWorld(server(), { featureCodes: { carryOut } });
    phone = await SipPeer.udp(server().sip, '1001');
  };
  afterEach(async () => {
    await world.close();
    await phone.close();
    expect(world.errors).toEqual([]);
    const heard = world.switch.received.map(({ uri }) => uri);
    expect(heard.filter((uri) => !uri.includes('echo'))).toEqual([]);
  });
  /** The call once it is proven. */
  const dial = async (code: string): Promise<PeerMessage> => {
    const uri = `sip:${code}@${world.address}`;
    const call = (headers: Headers = {}): PeerMessage =>
      phone.send(phone.request('INVITE', { uri, body: SDP, headers }));
    const first = call();
    const challenge = await phone.receive(407);
    phone.send(phone.ackOfFailure(first, challenge));
    return call(answerTo(challenge, 'INVITE', uri, { user: '1001', password: passwords['1001'] ?? '' }));
  };

  test('a wish that is granted is an answered call without sound, hung up as soon as it is acknowledged', async () => {
    await begin();
    const invite = await dial('*73');
    const answer = await phone.receive(200);
    expect(answer.body).toMatch(/^m=audio 0 RTP\/AVP/m);
    phone.send(phone.inDialog('ACK', invite, answer));
    phone.reply(await phone.receive('BYE'), '200 OK');
    expect(asked).toEqual([['1001', { feature: 'ready' }]]);
  });

  test('the echo is a call to the switch that says what it is, and is nobody’s wish', async () => {
    await begin();
    const invite = await dial('*43');
    const atSwitch = await world.switch.receive('INVITE');
    expect(atSwitch.uri).toContain('sip:echo@');
    expect(atSwitch.header('X-Cordboard-Source')).toBe('echo');
    world.switch.reply(atSwitch, '486 Busy Here');
    await world.switch.receive('ACK');
    phone.send(phone.ackOfFailure(invite, await phone.receive(486)));
    expect(asked).toEqual([]);
  });

  for (const [code, status] of [
    ['*72', 603],
    ['*79', 404],
    ['*75701', 480],
  ] as const) {
    test(`${code} is answered ${status}`, async () => {
      await begin();
      const invite = await dial(code);
      phone.send(phone.ackOfFailure(invite, await phone.receive(status)));
      expect(asked).toHaveLength(status === 404 ? 0 : 1);
    });
  }
});
