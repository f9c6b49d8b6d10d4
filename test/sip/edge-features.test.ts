// Feature codes and extensions dialled at a desk phone.

import { afterEach, expect } from 'vitest';
import type { EdgeOptions } from '../../gateway/sip/edge.ts';
import type { Extension, FeatureWish } from '../../app/ports/feature-codes.ts';
import { answerTo, passwords, startEdgeWorld, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP, SipPeer, type Headers, type PeerMessage } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';

const extensions: Readonly<Record<string, Extension>> = {
  '1002': { kind: 'agent', agentId: '1002', by: '1001' },
  support: { kind: 'queue', queueId: 'support', by: '1001' },
  '1003': { kind: 'refused', why: 'busy' },
  '701': { kind: 'slot', slot: 701 },
};

edgeSuite('feature codes', ({ test, server }) => {
  let world: EdgeWorld;
  let phone: SipPeer;
  let asked: (readonly [string, FeatureWish])[] = [];
  const begin = async (more: Partial<EdgeOptions> = {}): Promise<void> => {
    asked = [];
    const carryOut = async (address: string, wish: FeatureWish): Promise<boolean> => {
      asked.push([address, wish]);
      return wish.feature !== 'signOut';
    };
    const reach = async (_address: string, dialled: string): Promise<Extension | undefined> =>
      extensions[dialled];
    world = await startEdgeWorld(server(), { featureCodes: { carryOut, reach }, ...more });
    phone = await SipPeer.udp(server().sip, '1001');
  };
  afterEach(async () => {
    await world.close();
    await phone.close();
    expect(world.errors).toEqual([]);
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

  /** What the switch is asked to let the caller hear. */
  const notice = async (invite: PeerMessage): Promise<string | undefined> => {
    const atSwitch = await world.switch.receive('INVITE');
    expect(atSwitch.uri).toContain('sip:notice@');
    expect(atSwitch.header('X-Cordboard-Source')).toBe('notice');
    world.switch.reply(atSwitch, '486 Busy Here');
    await world.switch.receive('ACK');
    phone.send(phone.ackOfFailure(invite, await phone.receive(486)));
    return atSwitch.header('X-Cordboard-Notice');
  };

  for (const [code, heard] of [
    ['*73', 'done'],
    ['*72', 'declined'],
    ['*79', 'unknown'],
    ['1003', 'busy'],
  ] as const) {
    test(`after ${code} the switch lets the phone hear that it is ${heard}`, async () => {
      await begin();
      expect(await notice(await dial(code))).toBe(heard);
      expect(asked).toHaveLength(code === '*73' || code === '*72' ? 1 : 0);
    });
  }

  test('without a switch a wish that is granted is an answered call without sound, hung up as soon as it is acknowledged', async () => {
    await begin({ switches: { addresses: [], forNewCall: () => undefined, coreOf: () => undefined } });
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

  for (const [extension, target, header] of [
    ['1002', 'sip:agent-1002@', 'X-Cordboard-Agent'],
    ['support', 'sip:queue-support@', 'X-Cordboard-Queue'],
  ] as const) {
    test(`${extension}, which no table names, is called, and the switch is told which agent calls`, async () => {
      await begin();
      const invite = await dial(extension);
      const atSwitch = await world.switch.receive('INVITE');
      expect(atSwitch.uri).toContain(target);
      expect(atSwitch.header(header)).toBe(extension);
      expect(atSwitch.header('X-Cordboard-Colleague')).toBe('1001');
      expect(atSwitch.header('X-Cordboard-Caller')).toBe('1001');
      world.switch.reply(atSwitch, '486 Busy Here');
      await world.switch.receive('ACK');
      phone.send(phone.ackOfFailure(invite, await phone.receive(486)));
    });
  }

  test('what is nobody’s is 404', async () => {
    await begin();
    const invite = await dial('1009');
    phone.send(phone.ackOfFailure(invite, await phone.receive(404)));
  });

  for (const code of ['*75701', '701'])
    test(`${code}: a parked caller that is picked up rings next, so the phone is free at once`, async () => {
      await begin();
      const invite = await dial(code);
      phone.send(phone.ackOfFailure(invite, await phone.receive(480)));
      expect(asked).toEqual([['1001', { feature: 'pickUp', slot: 701 }]]);
    });
});
