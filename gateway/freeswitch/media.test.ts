// The adapter against a scripted far end: what only happens on a switch that misbehaves, and so cannot be waited for on a
// real one. What a switch does of itself is in test/contract/media*.test.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentId, legId, offerId, queueId, sessionId, type LegId } from '../../app/domain/ids.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import { EslPeer } from '../../test/support/switches-esl-peer.ts';
import { until } from '../../test/support/until.ts';
import { createVirtualClock, type VirtualClock } from '../../test/support/virtual-clock.ts';
import { createFreeswitchMedia, type FreeswitchMedia } from './media.ts';

const leg = legId('11111111-2222-4333-8444-555555555555');
const other = legId('99999999-2222-4333-8444-555555555555');
const noChannel = '-ERR No such channel!\n';

describe('the media adapter', () => {
  let peer: EslPeer;
  let clock: VirtualClock;
  let media: FreeswitchMedia;
  let signals: MediaSignal[];
  let warnings: string[];
  /** Answers beside the ordinary ones, by how the command begins. */
  let answers: Record<string, (command: string) => string | undefined>;

  beforeEach(async () => {
    peer = await EslPeer.open();
    answers = { 'show channels': () => '{"row_count": 0}\n', uuid_exists: () => 'true', uptime: () => '1\n' };
    peer.api = (command) => {
      const begins = Object.keys(answers).find((beginning) => command.startsWith(beginning));
      return begins === undefined ? '+OK\n' : answers[begins]!(command);
    };
    clock = createVirtualClock();
    [signals, warnings] = [[], []];
    const ignore = () => undefined;
    media = createFreeswitchMedia({
      url: peer.url,
      edge: '127.0.0.1:5060',
      recordingsDir: '/recordings',
      clock,
      log: { debug: ignore, info: ignore, error: ignore, warn: (_fields, text) => void warnings.push(text) },
    });
    media.subscribe((signal) => void signals.push(signal));
    await media.whenUp();
  });
  afterEach(async () => {
    await media.close();
    await until('every socket is closed', () => peer.open === 0);
    expect(clock.pending).toBe(0);
    await peer.close();
  });

  const kinds = () => signals.map(({ kind }) => kind);
  const sent = (begins: string) => peer.commands.filter((command) => command.startsWith(begins)).length;
  /** What was asked for, without the adapter's own questions. */
  const wishes = () =>
    peer.commands.filter((command) => !/^api (uuid_dump|uuid_exists|show|uptime|global)/.test(command));
  const seen = (kind: MediaSignal['kind']) => until(kind, () => kinds().includes(kind));
  /** Everything written so far has been read by both sides. */
  const settled = async () => void (await media.liveLegs());
  const dial = () => dialled(leg);
  const dialEffect = (id: LegId) =>
    ({
      kind: 'leg.dial',
      legId: id,
      to: { kind: 'device', device: { kind: 'sip', address: '1001' } },
      labels: {
        role: 'agent',
        agentId: agentId('1001'),
        sessionId: sessionId('s-1'),
        offerId: offerId('o-1'),
      },
      callerNumber: '5551234',
      callerName: 'Li Wei',
      ringUntil: clock.now() + 20_000,
    }) as const;
  const dialled = (id: LegId) => media.perform(dialEffect(id));
  const channel = (id: LegId, more: Record<string, string> = {}) => ({
    'Unique-ID': id,
    'Call-Direction': 'inbound',
    'Answer-State': 'answered',
    'Channel-State': 'CS_EXECUTE',
    'Channel-Call-State': 'ACTIVE',
    'variable_sip_h_X-Cordboard-Source': 'phone',
    ...more,
  });
  const park = (id: LegId, more: Record<string, string> = {}) =>
    peer.event('CHANNEL_PARK', channel(id, more));
  const callState = (id: LegId, state: string) =>
    peer.event('CHANNEL_CALLSTATE', {
      'Unique-ID': id,
      'Call-Direction': 'outbound',
      'Channel-Call-State': state,
    });
  const answer = (id: LegId) => callState(id, 'ACTIVE');
  const hangUpComplete = (id: LegId, cause = 'NORMAL_CLEARING', more: Record<string, string> = {}) =>
    peer.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': id, 'Hangup-Cause': cause, ...more });

  it('repeats a hang-up while the channel is still being made', async () => {
    await dial();
    let refusals = 3;
    answers['uuid_kill'] = () => (refusals-- > 0 ? noChannel : '+OK\n');
    const hungUp = media.perform({ kind: 'leg.hangUp', legId: leg, cause: 'normal' });
    for (const attempt of [1, 2, 3, 4]) {
      await until('asked again', () => sent('api uuid_kill') === attempt);
      await settled();
      await clock.advance(60);
    }
    await hungUp;
    expect(sent('api uuid_kill')).toBe(4);
  });

  it('ends a leg whose dial came to no channel, after a moment for the hang-up that may follow', async () => {
    await dial();
    peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR USER_NOT_REGISTERED\n');
    await settled();
    expect(signals).toEqual([]);
    await clock.advance(700);
    expect(signals).toEqual([
      { kind: 'leg.ended', legId: leg, ending: 'unreachable', detail: '-ERR USER_NOT_REGISTERED' },
    ]);
  });

  it('takes the hang-up for the truth when the job failed first, and signals the end once', async () => {
    await dial();
    peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR NORMAL_TEMPORARY_FAILURE\n');
    hangUpComplete(leg, 'NORMAL_TEMPORARY_FAILURE', { variable_sip_term_status: '503' });
    hangUpComplete(leg, 'NORMAL_TEMPORARY_FAILURE', { variable_sip_term_status: '503' });
    await seen('leg.ended');
    await clock.advance(5_000);
    expect(signals).toMatchObject([{ kind: 'leg.ended', ending: 'unreachable' }]);
  });

  it('does not take a dial that failed after the answer for the end of the leg', async () => {
    await dial();
    answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"ACTIVE"}]}`;
    answers['uuid_dump'] = () => JSON.stringify(channel(leg, { 'Call-Direction': 'outbound' }));
    answer(leg);
    peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR ORIGINATOR_CANCEL\n');
    await settled();
    await clock.advance(1_000);
    expect(kinds()).toEqual(['leg.answered']);
    hangUpComplete(leg);
    await seen('leg.ended');
  });

  it('ends a leg the switch no longer knows, when no word of its end comes', async () => {
    park(leg);
    await seen('leg.arrived');
    answers['uuid_kill'] = () => noChannel;
    await media.perform({ kind: 'leg.hangUp', legId: leg, cause: 'normal' });
    await clock.advance(700);
    expect(kinds()).toEqual(['leg.arrived', 'leg.ended']);
  });

  it('signals an arrival once, however often the leg is parked', async () => {
    park(leg);
    park(leg);
    await settled();
    hangUpComplete(leg);
    await seen('leg.ended');
    park(leg);
    await settled();
    expect(kinds()).toEqual(['leg.arrived', 'leg.ended']);
  });

  it('keeps a wish for music until the leg is parked', async () => {
    park(leg);
    park(other);
    peer.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other });
    await seen('legs.bridged');
    await media.perform({ kind: 'legs.park', a: leg, b: other });
    await media.perform({ kind: 'music.start', legId: leg, queueId: queueId('default') });
    expect(sent('api uuid_broadcast')).toBe(0);
    park(leg);
    park(other);
    await until('both are supplied', () => sent('api uuid_broadcast') === 2);
    expect(wishes().slice(-2)).toEqual([
      `api uuid_broadcast ${leg} local_stream://moh aleg`,
      `api uuid_broadcast ${other} silence_stream://-1 aleg`,
    ]);
    await media.perform({ kind: 'music.stop', legId: leg });
    // Never without packets once it has talked: music gives way to silence, not to nothing.
    expect(wishes().slice(-2)).toEqual([
      `api uuid_break ${leg} all`,
      `api uuid_broadcast ${leg} silence_stream://-1 aleg`,
    ]);
  });

  it('plays nothing into a bridge: neither to a leg that is about to join, nor what had only been asked for', async () => {
    park(leg);
    park(other);
    await until('both', () => signals.length === 2);
    const pair = { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    await media.perform({ kind: 'music.start', legId: leg, queueId: queueId('default') });
    await media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    peer.event('CHANNEL_BRIDGE', pair);
    await seen('legs.bridged');
    await clock.advance(300);
    await until('broken off', () => sent(`api uuid_break ${leg}`) === 1);
    // Held and taken back in one breath: the parking is told of after the next bridge was asked for.
    await media.perform({ kind: 'legs.park', a: leg, b: other });
    await media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    park(leg);
    park(other);
    peer.event('CHANNEL_BRIDGE', pair);
    await until('again', () => kinds().filter((kind) => kind === 'legs.bridged').length === 2);
    await settled();
    expect(sent('api uuid_broadcast')).toBe(1);
  });

  it('bridges a phone that has answered only once its dial is over: before that the switch would call the dial cancelled', async () => {
    park(leg);
    await seen('leg.arrived');
    await dialled(other);
    answer(other);
    await seen('leg.answered');
    const bridging = media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    await clock.advance(100);
    expect(sent('api uuid_bridge')).toBe(0);
    peer.event('BACKGROUND_JOB', { 'Job-UUID': other }, `+OK ${other}\n`);
    await settled();
    await clock.advance(10);
    await bridging;
    expect(sent('api uuid_bridge')).toBe(1);
  });

  it('refuses the bridge when the phone is gone before its dial is over, and does not wait for ever', async () => {
    park(leg);
    await seen('leg.arrived');
    await dialled(other);
    answer(other);
    await seen('leg.answered');
    const wish = { kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') } as const;
    const late = media.perform(wish);
    await clock.advance(1_000);
    await late;
    expect(sent('api uuid_bridge')).toBe(1);
    const vain = media.perform(wish).then(
      () => undefined,
      (error: unknown) => error,
    );
    hangUpComplete(other);
    await seen('leg.ended');
    await clock.advance(10);
    expect(await vain).toMatchObject({ reason: 'no_such_leg' });
    expect(sent('api uuid_bridge')).toBe(1);
  });

  it('signals a bridge and its end once, however often they are told of', async () => {
    park(leg);
    park(other);
    const pair = { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    peer.event('CHANNEL_BRIDGE', pair);
    peer.event('CHANNEL_BRIDGE', pair);
    park(leg);
    park(other);
    await settled();
    await seen('legs.unbridged');
    peer.event('CHANNEL_BRIDGE', pair);
    await until('again', () => kinds().filter((kind) => kind === 'legs.bridged').length === 2);
    expect(kinds().slice(2)).toEqual(['legs.bridged', 'legs.unbridged', 'legs.bridged']);
  });

  it('does not take the parking before a bridge, told of late, for its end', async () => {
    park(leg, { 'Event-Sequence': '10' });
    park(other, { 'Event-Sequence': '11' });
    const pair = { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    peer.event('CHANNEL_BRIDGE', { ...pair, 'Event-Sequence': '14' });
    park(other, { 'Event-Sequence': '13' });
    await settled();
    expect(kinds().slice(2)).toEqual(['legs.bridged']);
    park(other, { 'Event-Sequence': '15' });
    await seen('legs.unbridged');
  });

  it('takes a leg into a conference out of its bridge, and a bridge out of the conference', async () => {
    const enter = (id: LegId, action = 'add-member') =>
      peer.event('CUSTOM', { 'Unique-ID': id, Action: action, 'Conference-Name': 's-1' });
    park(leg);
    park(other);
    peer.event('CUSTOM', { Action: 'conference-create', 'Conference-Name': 's-1' });
    peer.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other });
    await seen('legs.bridged');
    await media.perform({ kind: 'legs.conference', room: sessionId('s-1'), legs: [leg, other] });
    expect(wishes().slice(-1)).toEqual([
      `api uuid_transfer ${leg} -both conference:s-1@cordboard,park: inline`,
    ]);
    enter(leg);
    enter(other);
    await media.perform({ kind: 'legs.conference', room: sessionId('s-1'), legs: [leg, other] });
    await settled();
    expect(sent('api uuid_transfer')).toBe(1);
    await media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    enter(other, 'del-member');
    peer.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other });
    await until('bridged', () => kinds().filter((kind) => kind === 'legs.bridged').length === 2);
    hangUpComplete(leg);
    await seen('leg.ended');
    expect(kinds().slice(3)).toEqual([
      'legs.unbridged',
      'conference.joined',
      'conference.joined',
      'conference.left',
      'conference.left',
      'legs.bridged',
      'legs.unbridged',
      'leg.ended',
    ]);
    expect(warnings).toEqual([]);
  });

  it('tells of early sound only where it was asked for', async () => {
    await dial();
    callState(leg, 'EARLY');
    const early = { ...dialEffect(other), earlyMedia: true };
    await media.perform(early);
    expect(peer.commands.at(-1)).toContain('ignore_early_media=false');
    callState(other, 'RINGING');
    callState(other, 'EARLY');
    callState(other, 'EARLY');
    answer(other);
    await until('both', () => signals.length === 4);
    expect(kinds()).toEqual(['leg.ringing', 'leg.ringing', 'leg.earlyMedia', 'leg.answered']);
  });

  it('lays a sound over a leg, keeps it supplied, and tells of the end once', async () => {
    park(leg);
    await seen('leg.arrived');
    const play = {
      ...{ kind: 'sound.play', legId: leg, soundId: 'tone-beep', playId: 'p-1' },
      ...{ mix: true, volume: 0, times: 2, to: 'leg' },
    } as const;
    await media.perform(play);
    const what = '{cordboard_play=p-1}tone_stream://v=-7;%(250,50,1000);loops=2';
    await until('supplied', () => sent('api uuid_broadcast') === 1);
    expect(peer.commands).toContain('event json MEDIA_BUG_STOP');
    expect(peer.commands).toContain(`api uuid_displace ${leg} start ${what} 0 mux`);
    await expect(media.perform(play)).rejects.toMatchObject({ reason: 'refused' });
    const lifted = { 'Unique-ID': leg, 'Media-Bug-Function': 'displace', 'Media-Bug-Target': what };
    peer.event('MEDIA_BUG_STOP', { ...lifted, 'Media-Bug-Function': 'session_record' });
    peer.event('MEDIA_BUG_STOP', lifted);
    peer.event('MEDIA_BUG_STOP', lifted);
    await seen('sound.ended');
    await until('no longer subscribed', () => peer.commands.includes('nixevent MEDIA_BUG_STOP'));
    expect(signals.slice(1)).toEqual([{ kind: 'sound.ended', legId: leg, playId: 'p-1', how: 'done' }]);
    answers['uuid_displace'] = () => '-ERR Cannot displace session!\n';
    await media.perform({ ...play, playId: 'p-2' });
    expect(signals.at(-1)).toMatchObject({ playId: 'p-2', how: 'failed' });
    expect(warnings).toEqual(['a sound could not be played']);
  });

  it.each([
    [{ soundId: '../x' }, 'sound'],
    [{ soundId: 'greeting' }, 'no folder'],
    [{ volume: 5 }, 'volume'],
    [{ times: 21 }, 'times'],
    [{ playId: 'p}{x' }, 'leg id'],
  ])('refuses to play %j', async (over, why) => {
    park(leg);
    await seen('leg.arrived');
    const play = {
      ...{ kind: 'sound.play', legId: leg, soundId: 'tone-beep', playId: 'p-1' },
      ...{ mix: true, volume: 0, times: 1, to: 'leg' },
    } as const;
    await expect(media.perform({ ...play, ...over })).rejects.toThrow(why);
    expect(sent('api uuid_displace')).toBe(0);
  });

  it('does not bridge what is not answered', async () => {
    park(leg, { 'Answer-State': 'ringing' });
    park(other);
    await until('both', () => signals.length === 2);
    const bridge = { kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') } as const;
    await expect(media.perform(bridge)).rejects.toMatchObject({ reason: 'refused' });
    expect(sent('api uuid_bridge')).toBe(0);
    // An answer on its way is enough: the switch runs the commands in order.
    await Promise.all([media.perform({ kind: 'leg.answer', legId: leg }), media.perform(bridge)]);
    expect(wishes().slice(-4)).toEqual([
      `api uuid_answer ${leg}`,
      `api uuid_setvar ${leg} park_after_bridge true`,
      `api uuid_setvar ${other} park_after_bridge true`,
      `api uuid_bridge ${leg} ${other}`,
    ]);
  });

  it('tells what a cut hid: an answer, a bridge, an end', async () => {
    park(leg, { 'Answer-State': 'ringing' });
    park(other);
    await until('both', () => signals.length === 2);
    signals.length = 0;
    answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"ACTIVE"}]}`;
    answers['uuid_dump'] = () => JSON.stringify(channel(leg));
    answers['uuid_exists'] = () => 'false';
    peer.cut();
    await until('noticed', () => !media.health().up);
    await clock.advance(50);
    await media.whenUp();
    await seen('leg.answered');
    await clock.advance(700);
    expect(signals).toMatchObject([
      { kind: 'leg.answered', legId: leg },
      { kind: 'leg.ended', legId: other, ending: 'hung_up' },
    ]);
  });

  it('hangs up what it had given up for lost', async () => {
    peer.bgapi = () => undefined;
    const dialled = dial();
    const outcome = expect(dialled).rejects.toMatchObject({ reason: 'timeout' });
    await until('asked', () => sent('bgapi originate') === 1);
    await clock.advance(4_000);
    await outcome;
    // The switch had understood, and the phone rings.
    answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"RINGING"}]}`;
    answers['uuid_dump'] = () =>
      JSON.stringify(
        channel(leg, {
          'Call-Direction': 'outbound',
          'Answer-State': 'ringing',
          'Channel-Call-State': 'RINGING',
        }),
      );
    await clock.advance(50);
    await until('hung up', () => sent(`api uuid_kill ${leg}`) === 1);
  });

  it('knows a restarted switch by its core', async () => {
    park(leg);
    await seen('leg.arrived');
    peer.coreUuid = 'core-2';
    peer.cut();
    await until('noticed', () => !media.health().up);
    await clock.advance(50);
    await seen('switch.back');
    expect(kinds()).toEqual(['leg.arrived', 'switch.lost', 'switch.back']);
    // A report about a leg of the old life says nothing new.
    hangUpComplete(leg);
    await settled();
    expect(kinds()).toHaveLength(3);
  });

  it('calls a switch lost that answers nothing any more', async () => {
    peer.api = () => undefined;
    await clock.advance(5_000);
    expect(kinds()).toEqual(['switch.lost']);
  });

  it('keeps what was signalled before anybody listened for the first who does', async () => {
    answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"RINGING"}]}`;
    answers['uuid_dump'] = () => JSON.stringify(channel(leg, { 'Answer-State': 'ringing' }));
    const early = createFreeswitchMedia({
      url: peer.url,
      edge: '127.0.0.1:5060',
      recordingsDir: '/recordings',
      clock,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    await early.whenUp();
    await early.liveLegs();
    const first: MediaSignal[] = [];
    const second: MediaSignal[] = [];
    early.subscribe((signal) => void first.push(signal));
    early.subscribe((signal) => void second.push(signal));
    expect(first).toMatchObject([{ kind: 'leg.arrived', legId: leg, source: 'phone' }]);
    expect(second).toEqual([]);
    await early.close();
  });

  it('counts a leg as living while its dial is under way', async () => {
    answers['uuid_exists'] = () => 'false';
    await dial();
    expect(await media.liveLegs()).toMatchObject([
      { legId: leg, role: 'agent', offerId: 'o-1', state: 'ringing' },
    ]);
    peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR USER_BUSY\n');
    await until('the job is over', async () => (await media.liveLegs()).length === 0);
  });

  it('reports an event it cannot read, and goes on', async () => {
    peer.event('CHANNEL_PARK', { 'Unique-ID': 'not an id' });
    park(leg);
    await seen('leg.arrived');
    expect(warnings).toEqual(['an event of the switch was not understood']);
  });

  it.each([
    [{ url: 'http://x' }, 'esl://:password@host:port was expected'],
    [{ url: 'esl://127.0.0.1:8021' }, 'the password is missing'],
    [{ url: 'esl://:a%0Ab@127.0.0.1:8021' }, 'control characters'],
    [{ url: 'esl://:50%@127.0.0.1:8021' }, 'escapes nothing'],
    [{ edge: 'edge' }, 'the SIP edge must be host:port'],
    [{ profile: 'a b' }, "not a SIP profile's name"],
    [{ recordingsDir: 'relative' }, 'recording path'],
  ])('refuses the setting %j and says why', (setting, why) => {
    const options = {
      url: 'esl://:secret@127.0.0.1:1',
      edge: '127.0.0.1:5060',
      recordingsDir: '/recordings',
      clock,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    };
    expect(() => createFreeswitchMedia({ ...options, ...setting })).toThrow(why);
  });
});
