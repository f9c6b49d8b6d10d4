// Several switches behind one port, against scripted far ends: who gets what, and what the loss of one means.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentId, legId, offerId, sessionId, type LegId } from '../../app/domain/ids.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import { EslPeer } from '../../test/support/switches-esl-peer.ts';
import { until } from '../../test/support/until.ts';
import { createVirtualClock, type VirtualClock } from '../../test/support/virtual-clock.ts';
import { createSwitches, type Switches } from './switches.ts';

const [one, two] = ['192.0.2.1:5080', '192.0.2.2:5080'];
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

describe('several media switches', () => {
  let peers: [EslPeer, EslPeer];
  let clock: VirtualClock;
  let media: Switches;
  let signals: MediaSignal[];

  const options = () => ({ edge: '127.0.0.1:5060', recordingsDir: '/recordings', clock, log });
  beforeEach(async () => {
    peers = [await EslPeer.open(), await EslPeer.open()];
    for (const peer of peers) {
      peer.api = (command) => {
        if (command.startsWith('uuid_exists')) return 'true';
        return command.startsWith('show') ? '{"row_count": 0}\n' : '+OK\n';
      };
    }
    clock = createVirtualClock();
    signals = [];
    const switches = [
      { url: peers[0].url, sip: one },
      { url: peers[1].url, sip: two },
    ];
    media = createSwitches({ ...options(), switches });
    media.subscribe((signal) => void signals.push(signal));
    await until('both are up', () => media.overview().every(({ up }) => up));
  });
  afterEach(async () => {
    await media.close();
    await Promise.all(peers.map((peer) => peer.close()));
    expect(clock.pending).toBe(0);
  });

  const sent = (peer: EslPeer, begins: string) =>
    peer.commands.filter((command) => command.startsWith(begins)).length;
  const park = (peer: EslPeer, leg: string, session: string) =>
    peer.event('CHANNEL_PARK', {
      'Unique-ID': leg,
      'Call-Direction': 'inbound',
      'Answer-State': 'answered',
      'variable_sip_h_X-Cordboard-Source': 'web',
      'variable_sip_h_X-Cordboard-Session': session,
    });
  const arrived = (count: number) =>
    until('arrived', () => signals.filter(({ kind }) => kind === 'leg.arrived').length === count);
  const dial = (leg: string, session: string) =>
    media.perform({
      kind: 'leg.dial',
      legId: legId(leg),
      to: { kind: 'device', device: { kind: 'sip', address: '1001' } },
      labels: {
        role: 'agent',
        sessionId: sessionId(session),
        agentId: agentId('1001'),
        offerId: offerId('o-1'),
      },
      callerNumber: '1',
      callerName: '',
      ringUntil: clock.now() + 20_000,
    });
  const ids = (...names: string[]): LegId[] => names.map((name) => legId(name));

  it('get new calls by turns while they are equally loaded, also calls that have not arrived yet', () => {
    expect([1, 2, 3, 4].map(() => media.forNewCall())).toEqual([one, two, one, two]);
    expect(media.addresses).toEqual([one, two]);
  });

  it('get the next call where there are fewest', async () => {
    park(peers[0], 'a1', 's-1');
    park(peers[0], 'a2', 's-2');
    park(peers[1], 'b1', 's-3');
    await arrived(3);
    expect(media.forNewCall()).toBe(two);
    expect(media.overview().map(({ legs }) => legs)).toEqual([2, 1]);
    expect(media.vitals.legs).toBe(3);
  });

  it('keep a session together: its second leg, its agent, and whoever is dialled later', async () => {
    park(peers[1], 'b1', 's-1');
    await arrived(1);
    expect(media.forNewCall('s-1')).toBe(two);
    await dial('agent', 's-1');
    expect([sent(peers[0], 'bgapi originate'), sent(peers[1], 'bgapi originate')]).toEqual([0, 1]);
    // A caller's session is known from the label she is given.
    park(peers[1], 'b2', '');
    await arrived(2);
    await media.perform({
      kind: 'leg.label',
      legId: legId('b2'),
      labels: { role: 'customer', sessionId: sessionId('s-2') },
    });
    await dial('agent-2', 's-2');
    expect(sent(peers[1], 'bgapi originate')).toBe(2);
    peers[1].event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': 'b1', 'Hangup-Cause': 'NORMAL_CLEARING' });
    peers[1].event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': 'agent', 'Hangup-Cause': 'NORMAL_CLEARING' });
    await until('ended', () => signals.filter(({ kind }) => kind === 'leg.ended').length === 2);
    // Nothing of it is left: the next call of that name goes where there is room.
    expect(media.forNewCall('s-1')).toBe(one);
  });

  it('do not join legs of two of them, and know whose each leg is', async () => {
    park(peers[0], 'a1', 's-1');
    park(peers[1], 'b1', 's-2');
    await arrived(2);
    const [a, b] = ids('a1', 'b1');
    const bridge = { kind: 'legs.bridge', a: a!, b: b!, sessionId: sessionId('s-1') } as const;
    await expect(media.perform(bridge)).rejects.toMatchObject({ reason: 'refused' });
    await media.perform({ kind: 'leg.hangUp', legId: b!, cause: 'normal' });
    expect([sent(peers[0], 'api uuid_kill'), sent(peers[1], 'api uuid_kill')]).toEqual([0, 1]);
    const nobody = media.perform({ kind: 'leg.answer', legId: legId('nobody') });
    await expect(nobody).rejects.toMatchObject({ reason: 'no_such_leg' });
  });

  it('get no new call while they are emptied, and keep what they have', async () => {
    park(peers[0], 'a1', 's-1');
    await arrived(1);
    media.drain(one, true);
    media.drain(two, true);
    expect(media.forNewCall()).toBeUndefined();
    expect(media.forNewCall('s-1')).toBe(one);
    media.drain(one, false);
    expect([media.forNewCall(), media.forNewCall()]).toEqual([one, one]);
    expect(media.overview().map(({ draining }) => draining)).toEqual([false, true]);
    expect(() => media.drain('elsewhere', true)).toThrow('no media switch is called elsewhere');
  });

  it('are emptied from the start when they were before it', async () => {
    const switches = [
      { url: peers[0].url, sip: one },
      { url: peers[1].url, sip: two },
    ];
    const again = createSwitches({ ...options(), switches, draining: [two, 'one that is gone'] });
    expect(again.coreOf(one)).toBeUndefined();
    await until('both are up', () => again.overview().every(({ up }) => up));
    expect([again.forNewCall(), again.forNewCall()]).toEqual([one, one]);
    expect(again.overview().map(({ draining }) => draining)).toEqual([false, true]);
    expect(again.coreOf(one)).toMatch(/./);
    expect(again.coreOf('elsewhere')).toBeUndefined();
    await again.close();
  });

  it('that answer nothing get no new call within three seconds, and are lost for their own legs only', async () => {
    park(peers[0], 'a1', 's-1');
    park(peers[1], 'b1', 's-2');
    await arrived(2);
    peers[0].api = () => undefined;
    for (let tenth = 0; tenth < 30 && media.overview()[0]?.up; tenth += 1) {
      await clock.advance(100);
      await until('the other is heard', () => media.overview()[1]?.up);
    }
    expect(media.overview().map(({ up }) => up)).toEqual([false, true]);
    expect(media.health()).toMatchObject({ up: true });
    expect([media.forNewCall(), media.forNewCall()]).toEqual([two, two]);
    await expect(dial('late', 's-3')).resolves.toBeUndefined();
    expect(sent(peers[1], 'bgapi originate')).toBe(1);
    for (let tenth = 0; tenth < 30; tenth += 1) {
      await clock.advance(100);
      await until('the other is heard', () => media.overview()[1]?.up);
    }
    expect(signals.filter(({ kind }) => kind.startsWith('switch.'))).toEqual([
      { kind: 'switch.lost', switch: one, legs: ids('a1'), othersUp: true },
    ]);
  });

  it('that are lost are left out of what is alive; that are only away make the picture incomplete', async () => {
    park(peers[1], 'b1', 's-2');
    await arrived(1);
    await peers[0].close();
    await until('noticed', () => !media.overview()[0]!.up);
    await expect(media.liveLegs()).rejects.toMatchObject({ reason: 'disconnected' });
    await clock.advance(3_000);
    await until('lost', () => signals.some(({ kind }) => kind === 'switch.lost'));
    expect(await media.liveLegs()).toMatchObject([{ legId: 'b1' }]);
    expect(media.health().up).toBe(true);
    expect(media.health().detail).toContain(`${one} down`);
  });

  it('must be at least one', () => {
    expect(() => createSwitches({ ...options(), switches: [] })).toThrow('no media switch');
  });
});
