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
    expect(world.switch.received).toEqual([]);
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
