// Call control against a scripted far end: what is sent, once and in which order, and what is made of what is told late.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { legId, sessionId, type LegId } from '../../app/domain/ids.ts';
import { leg, openAdapterStage, other, type AdapterStage } from '../../test/support/switches-adapter.ts';
import { until } from '../../test/support/until.ts';

describe('call control of the media adapter', () => {
  let stage: AdapterStage;
  beforeEach(async () => {
    stage = await openAdapterStage();
  });
  afterEach(() => stage.close());

  const beep = {
    kind: 'sound.play',
    legId: leg,
    soundId: 'tone-beep',
    playId: 'p-1',
    mix: true,
    volume: 0,
    times: 1,
    to: 'leg',
  } as const;

  it('does not take the parking before a bridge, told of late, for its end', async () => {
    stage.park(leg, { 'Event-Sequence': '10' });
    stage.park(other, { 'Event-Sequence': '11' });
    const pair = { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    stage.peer.event('CHANNEL_BRIDGE', { ...pair, 'Event-Sequence': '14' });
    stage.park(other, { 'Event-Sequence': '13' });
    await stage.settled();
    expect(stage.kinds().slice(2)).toEqual(['legs.bridged']);
    stage.park(other, { 'Event-Sequence': '15' });
    await stage.seen('legs.unbridged');
  });

  it('takes a leg into a conference out of its bridge, and a bridge out of the conference', async () => {
    const enter = (id: LegId, action = 'add-member') =>
      stage.peer.event('CUSTOM', { 'Unique-ID': id, Action: action, 'Conference-Name': 's-1' });
    stage.park(leg);
    stage.park(other);
    stage.peer.event('CUSTOM', { Action: 'conference-create', 'Conference-Name': 's-1' });
    stage.peer.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other });
    await stage.seen('legs.bridged');
    await stage.media.perform({ kind: 'legs.conference', room: sessionId('s-1'), legs: [leg, other] });
    expect(stage.wishes().slice(-1)).toEqual([
      `api uuid_transfer ${leg} -both conference:s-1@cordboard,park: inline`,
    ]);
    enter(leg);
    enter(other);
    await stage.media.perform({ kind: 'legs.conference', room: sessionId('s-1'), legs: [leg, other] });
    await stage.settled();
    expect(stage.sent('api uuid_transfer')).toBe(1);
    await stage.media.perform({ kind: 'legs.bridge', a: leg, b: other, sessionId: sessionId('s-1') });
    enter(other, 'del-member');
    stage.peer.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other });
    await until('bridged', () => stage.kinds().filter((kind) => kind === 'legs.bridged').length === 2);
    stage.hangUpComplete(leg);
    await stage.seen('leg.ended');
    expect(stage.kinds().slice(3)).toEqual([
      'legs.unbridged',
      'conference.joined',
      'conference.joined',
      'conference.left',
      'conference.left',
      'legs.bridged',
      'legs.unbridged',
      'leg.ended',
    ]);
    expect(stage.warnings).toEqual([]);
  });

  it('dials a browser only when Janus is done with its last call, and not at all when that was taken back', async () => {
    const browser = (id: LegId) => ({
      ...stage.dialEffect(id),
      to: { kind: 'device', device: { kind: 'browser', address: 'browser-1001' } } as const,
    });
    await stage.media.perform(browser(leg));
    expect(stage.sent('bgapi originate')).toBe(1);
    stage.hangUpComplete(leg);
    await stage.seen('leg.ended');

    const again = stage.media.perform(browser(other));
    await stage.clock.advance(1_100);
    await stage.settled();
    expect(stage.sent('bgapi originate')).toBe(1);
    await stage.media.perform({ kind: 'leg.hangUp', legId: other, cause: 'normal' });
    await again;
    expect(stage.signals.at(-1)).toMatchObject({ kind: 'leg.ended', legId: other, ending: 'released' });
    await stage.clock.advance(200);

    const third = legId('77777777-2222-4333-8444-555555555555');
    const late = stage.media.perform(browser(third));
    await stage.clock.advance(1_200);
    await late;
    expect(stage.sent('bgapi originate')).toBe(2);
    expect(stage.peer.commands.at(-1)).toContain(third);
  });

  it('tells of early sound only where it was asked for', async () => {
    await stage.dialled(leg);
    stage.callState(leg, 'EARLY');
    const early = { ...stage.dialEffect(other), earlyMedia: true };
    await stage.media.perform(early);
    expect(stage.peer.commands.at(-1)).toContain('ignore_early_media=false');
    stage.callState(other, 'RINGING');
    stage.callState(other, 'EARLY');
    stage.callState(other, 'EARLY');
    stage.answer(other);
    await until('both', () => stage.signals.length === 4);
    expect(stage.kinds()).toEqual(['leg.ringing', 'leg.ringing', 'leg.earlyMedia', 'leg.answered']);
  });

  it('lays a sound over a leg, keeps it supplied, and tells of the end once', async () => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    const play = { ...beep, times: 2 };
    await stage.media.perform(play);
    const what = '{cordboard_play=p-1}tone_stream://v=-7;%(250,50,1000);loops=2';
    await until('supplied', () => stage.sent('api uuid_broadcast') === 1);
    expect(stage.peer.commands).toContain('event json MEDIA_BUG_STOP');
    expect(stage.peer.commands).toContain(`api uuid_displace ${leg} start ${what} 0 mux`);
    await expect(stage.media.perform(play)).rejects.toMatchObject({ reason: 'refused' });
    const lifted = { 'Unique-ID': leg, 'Media-Bug-Function': 'displace', 'Media-Bug-Target': what };
    stage.peer.event('MEDIA_BUG_STOP', { ...lifted, 'Media-Bug-Function': 'session_record' });
    stage.peer.event('MEDIA_BUG_STOP', lifted);
    stage.peer.event('MEDIA_BUG_STOP', lifted);
    await stage.seen('sound.ended');
    await until('no longer subscribed', () => stage.peer.commands.includes('nixevent MEDIA_BUG_STOP'));
    expect(stage.signals.slice(1)).toEqual([{ kind: 'sound.ended', legId: leg, playId: 'p-1', how: 'done' }]);
    stage.answers['uuid_displace'] = () => '-ERR Cannot displace session!\n';
    await stage.media.perform({ ...play, playId: 'p-2' });
    expect(stage.signals.at(-1)).toMatchObject({ playId: 'p-2', how: 'failed' });
    expect(stage.warnings).toEqual(['a sound could not be played']);
  });

  it.each([
    [{ soundId: '../x' }, 'sound'],
    [{ soundId: 'greeting' }, 'no folder'],
    [{ volume: 5 }, 'volume'],
    [{ times: 21 }, 'times'],
    [{ playId: 'p}{x' }, 'leg id'],
  ])('refuses to play %j', async (over, why) => {
    stage.park(leg);
    await stage.seen('leg.arrived');
    await expect(stage.media.perform({ ...beep, ...over })).rejects.toThrow(why);
    expect(stage.sent('api uuid_displace')).toBe(0);
  });
});
