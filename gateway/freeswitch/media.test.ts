// The adapter against a scripted far end: what only happens on a switch that misbehaves, and so cannot be waited for on a
// real one. What a switch does of itself is in test/contract/media*.test.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queueId, sessionId } from '../../app/domain/ids.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import {
  leg,
  noChannel,
  openAdapterStage,
  other,
  type AdapterStage,
} from '../../test/support/switches-adapter.ts';
import { until } from '../../test/support/until.ts';
import { createFreeswitchMedia } from './media.ts';

describe('the media adapter', () => {
  let stage: AdapterStage;
  beforeEach(async () => {
    stage = await openAdapterStage();
  });
  afterEach(() => stage.close());

  it('repeats a hang-up while the channel is still being made', async () => {
    await stage.dialled(leg);
    let refusals = 3;
    stage.answers['uuid_kill'] = () => (refusals-- > 0 ? noChannel : '+OK\n');
    const hungUp = stage.media.perform({ kind: 'leg.hangUp', legId: leg, cause: 'normal' });
    for (const attempt of [1, 2, 3, 4]) {
      await until('asked again', () => stage.sent('api uuid_kill') === attempt);
      await stage.settled();
      await stage.clock.advance(60);
    }
    await hungUp;
    expect(stage.sent('api uuid_kill')).toBe(4);
  });

  it('ends a leg whose dial came to no channel, after a moment for the hang-up that may follow', async () => {
    await stage.dialled(leg);
    stage.peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR USER_NOT_REGISTERED\n');
    await stage.settled();
    expect(stage.signals).toEqual([]);
    await stage.clock.advance(700);
    expect(stage.signals).toEqual([
      { kind: 'leg.ended', legId: leg, ending: 'unreachable', detail: '-ERR USER_NOT_REGISTERED' },
    ]);
  });

  it('takes the hang-up for the truth when the job failed first, and signals the end once', async () => {
    await stage.dialled(leg);
    stage.peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR NORMAL_TEMPORARY_FAILURE\n');
    stage.hangUpComplete(leg, 'NORMAL_TEMPORARY_FAILURE', { variable_sip_term_status: '503' });
    stage.hangUpComplete(leg, 'NORMAL_TEMPORARY_FAILURE', { variable_sip_term_status: '503' });
    await stage.seen('leg.ended');
    await stage.clock.advance(5_000);
    expect(stage.signals).toMatchObject([{ kind: 'leg.ended', ending: 'unreachable' }]);
  });

  it('does not take a dial that failed after the answer for the end of the leg', async () => {
    await stage.dialled(leg);
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"ACTIVE"}]}`;
    stage.answers['uuid_dump'] = () => JSON.stringify(stage.channel(leg, { 'Call-Direction': 'outbound' }));
    stage.answer(leg);
    stage.peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR ORIGINATOR_CANCEL\n');
    await stage.settled();
    await stage.clock.advance(1_000);
    expect(stage.kinds()).toEqual(['leg.answered']);
    stage.hangUpComplete(leg);
    await stage.seen('leg.ended');
  });

  it('ends a leg the switch no longer knows, when no word of its end comes', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    stage.answers['uuid_kill'] = () => noChannel;
    await stage.media.perform({ kind: 'leg.hangUp', legId: leg, cause: 'normal' });
    await stage.clock.advance(700);
    expect(stage.kinds()).toEqual(['leg.arrived', 'leg.ended']);
  });

  it('signals an arrival once, however often the leg is parked', async () => {
    stage.park(leg);
    stage.park(leg);
    await stage.settled();
    stage.hangUpComplete(leg);
    await stage.seen('leg.ended');
    stage.park(leg);
    await stage.settled();
    expect(stage.kinds()).toEqual(['leg.arrived', 'leg.ended']);
  });

  it('keeps a wish for music until the leg is parked', async () => {
    stage.park(leg);
    stage.park(other);
    stage.peer.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other });
    await stage.seen('legs.bridged');
    await stage.media.perform({ kind: 'legs.park', a: leg, b: other });
    await stage.media.perform({ kind: 'music.start', legId: leg, queueId: queueId('default') });
    expect(stage.sent('api uuid_broadcast')).toBe(0);
    stage.park(leg);
    stage.park(other);
    await until('both are supplied', () => stage.sent('api uuid_broadcast') === 2);
    expect(stage.wishes().slice(-2)).toEqual([
      `api uuid_broadcast ${leg} local_stream://moh aleg`,
      `api uuid_broadcast ${other} silence_stream://-1 aleg`,
    ]);
    await stage.media.perform({ kind: 'music.stop', legId: leg });
    // What has not begun yet cannot be broken off.
    expect(stage.sent('api uuid_break')).toBe(0);
    await stage.clock.advance(300);
    await until('changed', () => stage.sent('api uuid_broadcast') === 3);
    // Never without packets once it has talked: music gives way to silence, not to nothing.
    expect(stage.wishes().slice(-2)).toEqual([
      `api uuid_break ${leg} all`,
      `api uuid_broadcast ${leg} silence_stream://-1 aleg`,
    ]);
  });

  it('plays nothing into a bridge: neither to a leg that is about to join, nor what had only been asked for', async () => {
    stage.park(leg);
    stage.park(other);
    await until('both', () => stage.signals.length === 2);
    const pair = { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    await stage.media.perform({ kind: 'music.start', legId: leg, queueId: queueId('default') });
    await stage.media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    stage.peer.event('CHANNEL_BRIDGE', pair);
    await stage.seen('legs.bridged');
    await stage.clock.advance(300);
    await until('broken off', () => stage.sent(`api uuid_break ${leg}`) === 1);
    // Held and taken back in one breath: the parking is told of after the next bridge was asked for.
    await stage.media.perform({ kind: 'legs.park', a: leg, b: other });
    await stage.media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    stage.park(leg);
    stage.park(other);
    stage.peer.event('CHANNEL_BRIDGE', pair);
    await until('again', () => stage.kinds().filter((kind) => kind === 'legs.bridged').length === 2);
    await stage.settled();
    expect(stage.sent('api uuid_broadcast')).toBe(1);
  });

  it('bridges a phone that has answered only once its dial is over: before that the switch would call the dial cancelled', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    await stage.dialled(other);
    stage.answer(other);
    await stage.seen('leg.answered');
    const bridging = stage.media.perform({
      kind: 'legs.bridge',
      a: leg,
      b: other,
      sessionId: sessionId('s-1'),
    });
    await stage.clock.advance(100);
    expect(stage.sent('api uuid_bridge')).toBe(0);
    stage.peer.event('BACKGROUND_JOB', { 'Job-UUID': other }, `+OK ${other}\n`);
    await stage.settled();
    await stage.clock.advance(10);
    await bridging;
    expect(stage.sent('api uuid_bridge')).toBe(1);
  });

  it('refuses the bridge when the phone is gone before its dial is over, and does not wait for ever', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    await stage.dialled(other);
    stage.answer(other);
    await stage.seen('leg.answered');
    const wish = { kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') } as const;
    const late = stage.media.perform(wish);
    await stage.clock.advance(1_000);
    await late;
    expect(stage.sent('api uuid_bridge')).toBe(1);
    const vain = stage.media.perform(wish).then(
      () => undefined,
      (error: unknown) => error,
    );
    stage.hangUpComplete(other);
    await stage.seen('leg.ended');
    await stage.clock.advance(10);
    expect(await vain).toMatchObject({ reason: 'no_such_leg' });
    expect(stage.sent('api uuid_bridge')).toBe(1);
  });

  it('signals a bridge and its end once, however often they are told of', async () => {
    stage.park(leg);
    stage.park(other);
    const pair = { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    stage.peer.event('CHANNEL_BRIDGE', pair);
    stage.peer.event('CHANNEL_BRIDGE', pair);
    stage.park(leg);
    stage.park(other);
    await stage.settled();
    await stage.seen('legs.unbridged');
    stage.peer.event('CHANNEL_BRIDGE', pair);
    await until('again', () => stage.kinds().filter((kind) => kind === 'legs.bridged').length === 2);
    expect(stage.kinds().slice(2)).toEqual(['legs.bridged', 'legs.unbridged', 'legs.bridged']);
  });

  it('does not bridge what is not answered', async () => {
    stage.park(leg, { 'Answer-State': 'ringing' });
    stage.park(other);
    await until('both', () => stage.signals.length === 2);
    const bridge = { kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') } as const;
    await expect(stage.media.perform(bridge)).rejects.toMatchObject({ reason: 'refused' });
    expect(stage.sent('api uuid_bridge')).toBe(0);
    // An answer on its way is enough: the switch runs the commands in order.
    await Promise.all([stage.media.perform({ kind: 'leg.answer', legId: leg }), stage.media.perform(bridge)]);
    expect(stage.wishes().slice(-4)).toEqual([
      `api uuid_answer ${leg}`,
      `api uuid_setvar ${leg} park_after_bridge true`,
      `api uuid_setvar ${other} park_after_bridge true`,
      `api uuid_bridge ${leg} ${other}`,
    ]);
  });

  it('tells what a cut hid: an answer, a bridge, an end', async () => {
    stage.park(leg, { 'Answer-State': 'ringing' });
    stage.park(other);
    await until('both', () => stage.signals.length === 2);
    stage.signals.length = 0;
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"ACTIVE"}]}`;
    stage.answers['uuid_dump'] = () => JSON.stringify(stage.channel(leg));
    stage.answers['uuid_exists'] = () => 'false';
    stage.peer.cut();
    await until('noticed', () => !stage.media.health().up);
    await stage.clock.advance(50);
    await stage.media.whenUp();
    await stage.seen('leg.answered');
    await stage.clock.advance(700);
    expect(stage.signals).toMatchObject([
      { kind: 'leg.answered', legId: leg },
      { kind: 'leg.ended', legId: other, ending: 'hung_up' },
    ]);
  });

  it('says again what a cut may have swallowed, where twice is as good as once', async () => {
    stage.park(leg, { 'Answer-State': 'ringing' });
    await stage.seen('leg.arrived');
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"RINGING"}]}`;
    stage.answers['uuid_dump'] = () => JSON.stringify(stage.channel(leg, { 'Answer-State': 'ringing' }));
    await stage.settled();
    stage.answers['uuid_answer'] = () => undefined;
    stage.answers['uuid_send_dtmf'] = () => undefined;
    const answered = stage.media.perform({ kind: 'leg.answer', legId: leg });
    const pressed = expect(
      stage.media.perform({ kind: 'leg.sendDigits', legId: leg, digits: '1' }),
    ).rejects.toMatchObject({ reason: 'disconnected' });
    await until('both are sent', () => stage.sent('api uuid_send_dtmf') === 1);
    stage.peer.cut();
    await until('noticed', () => !stage.media.health().up);
    delete stage.answers['uuid_answer'];
    const music = stage.media.perform({ kind: 'music.start', legId: leg, queueId: queueId('default') });
    await stage.clock.advance(50);
    await Promise.all([answered, pressed, music]);
    expect(stage.wishes().filter((wish) => wish.startsWith('api '))).toEqual([
      `api uuid_answer ${leg}`,
      `api uuid_send_dtmf ${leg} 1`,
      `api uuid_answer ${leg}`,
      `api uuid_broadcast ${leg} local_stream://moh aleg`,
    ]);
  });

  it('does not say it to a switch that is lost', async () => {
    stage.park(leg, { 'Answer-State': 'ringing' });
    await stage.seen('leg.arrived');
    await stage.settled();
    stage.answers['uuid_answer'] = () => undefined;
    const answered = expect(stage.media.perform({ kind: 'leg.answer', legId: leg })).rejects.toMatchObject({
      reason: 'disconnected',
    });
    await until('it is sent', () => stage.sent('api uuid_answer') === 1);
    stage.peer.coreUuid = 'core-2';
    stage.peer.cut();
    await until('noticed', () => !stage.media.health().up);
    await stage.clock.advance(50);
    await answered;
    expect(stage.sent('api uuid_answer')).toBe(1);
  });

  it('dials a silent switch anew before it gives it up: it may be only the connection that is dead', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"ACTIVE"}]}`;
    stage.answers['uuid_dump'] = () => JSON.stringify(stage.channel(leg));
    // The last word was heard the moment before a ping: the worst moment for it to be the last.
    stage.answers['uptime'] = () => undefined;
    const { connections } = stage.peer;
    for (let tenth = 0; tenth < 60 && stage.peer.connections === connections; tenth += 1)
      await stage.clock.advance(100);
    stage.answers['uptime'] = () => '1\n';
    await stage.media.whenUp();
    expect(stage.peer.connections).toBe(connections + 1);
    expect(stage.kinds()).toEqual(['leg.arrived']);
  });

  it('forgets a leg whose end nobody told of, at the second look that does not find it', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    stage.answers['uuid_exists'] = () => 'false';
    expect(await stage.media.liveLegs()).toEqual([]);
    expect(stage.media.vitals.legs).toBe(1);
    expect(await stage.media.liveLegs()).toEqual([]);
    expect(stage.media.vitals.legs).toBe(0);
    expect(stage.kinds()).toEqual(['leg.arrived']);
  });

  it('learns the dialog of a leg whose events it missed when it looks', async () => {
    await stage.dialled(leg);
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"ACTIVE"}]}`;
    stage.answers['uuid_dump'] = () =>
      JSON.stringify(stage.channel(leg, { variable_sip_call_id: 'dialog-1' }));
    await stage.media.liveLegs();
    expect(stage.dialogs.at(-1)).toEqual(['live', 'dialog-1']);
    stage.hangUpComplete(leg);
    await stage.seen('leg.ended');
    expect(stage.dialogs.at(-1)).toEqual(['ended', 'dialog-1']);
  });

  it('hangs up what it had given up for lost', async () => {
    stage.peer.bgapi = () => undefined;
    const outcome = expect(stage.dialled(leg)).rejects.toMatchObject({ reason: 'timeout' });
    await until('asked', () => stage.sent('bgapi originate') === 1);
    await stage.clock.advance(4_000);
    await outcome;
    // The switch had understood, and the phone rings.
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"RINGING"}]}`;
    stage.answers['uuid_dump'] = () =>
      JSON.stringify(
        stage.channel(leg, {
          'Call-Direction': 'outbound',
          'Answer-State': 'ringing',
          'Channel-Call-State': 'RINGING',
        }),
      );
    await stage.clock.advance(50);
    await until('hung up', () => stage.sent(`api uuid_kill ${leg}`) === 1);
  });

  it('knows a restarted switch by its core', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    stage.peer.coreUuid = 'core-2';
    stage.peer.cut();
    await until('noticed', () => !stage.media.health().up);
    await stage.clock.advance(50);
    await stage.seen('switch.back');
    expect(stage.kinds()).toEqual(['leg.arrived', 'switch.lost', 'switch.back']);
    // A report about a leg of the old life says nothing new.
    stage.hangUpComplete(leg);
    await stage.settled();
    expect(stage.kinds()).toHaveLength(3);
  });

  it('calls a switch lost that answers nothing any more', async () => {
    stage.peer.api = () => undefined;
    await stage.clock.advance(5_000);
    expect(stage.kinds()).toEqual(['switch.lost']);
  });

  it('keeps what was signalled before anybody listened for the first who does', async () => {
    stage.answers['show channels'] = () => `{"row_count":1,"rows":[{"uuid":"${leg}","callstate":"RINGING"}]}`;
    stage.answers['uuid_dump'] = () => JSON.stringify(stage.channel(leg, { 'Answer-State': 'ringing' }));
    const early = createFreeswitchMedia({
      url: stage.peer.url,
      edge: '127.0.0.1:5060',
      recordingsDir: '/recordings',
      clock: stage.clock,
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

  it('gives a leg its echo and tells nobody of it', async () => {
    stage.park(leg, { 'variable_sip_h_X-Cordboard-Source': 'echo' });
    await until('it is sent there', () => stage.sent('api uuid_transfer') === 1);
    stage.hangUpComplete(leg);
    await until('it is forgotten', () => stage.media.vitals.legs === 0);
    expect(stage.signals).toEqual([]);
  });

  it('counts a leg as living while its dial is under way', async () => {
    stage.answers['uuid_exists'] = () => 'false';
    const effect = stage.dialEffect(leg);
    await stage.media.perform(effect);
    const { offerId } = effect.labels;
    expect(await stage.media.liveLegs()).toMatchObject([
      { legId: leg, role: 'agent', offerId, state: 'ringing' },
    ]);
    stage.peer.event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR USER_BUSY\n');
    await until('the job is over', async () => (await stage.media.liveLegs()).length === 0);
  });

  it('reports an event it cannot read, and goes on', async () => {
    stage.peer.event('CHANNEL_PARK', { 'Unique-ID': 'not an id' });
    stage.park(leg);
    await stage.seen('leg.arrived');
    expect(stage.warnings).toEqual(['an event of the switch was not understood']);
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
      clock: stage.clock,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    };
    expect(() => createFreeswitchMedia({ ...options, ...setting })).toThrow(why);
  });
});
