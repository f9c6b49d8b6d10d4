// The sound side of call control, on our switch and on FreeSWITCH with the same words: who hears whom after mute, volume,
// displacement, an announcement, a hold, a supervisor, an interception. Every answer is FreeSWITCH's, to the letter.

import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SwitchFloor } from '../../gateway/embedded/media-switch/test/support/floor.ts';
import { toneAmplitude } from '../../gateway/embedded/media-switch/test/support/goertzel.ts';
import { beforeFloor, onEachSwitch } from '../support/switch-suites.ts';
import { readWav } from '../support/tones.ts';
import { until } from '../support/until.ts';

const EVENTS =
  `CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_PARK CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE
  CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD PLAYBACK_START PLAYBACK_STOP RECORD_START RECORD_STOP
  MEDIA_BUG_START MEDIA_BUG_STOP DTMF BACKGROUND_JOB`.replace(/\s+/g, ' ');
const OVER = 'tone_stream://%(100000,0,1500)';
const SHORT = 'tone_stream://%(700,0,1500)';

onEachSwitch('call control by sound', (lane) => {
  let floor: SwitchFloor;
  let recordings: string;
  beforeFloor(lane, EVENTS, (opened, { recordingsDir }) => {
    floor = opened;
    recordings = recordingsDir;
  });

  const api = (command: string): Promise<string> => floor.esl.api(command);
  const bugsOf = (uuid: string): string[] =>
    floor
      .eventsOf(uuid, 'MEDIA_BUG_START', 'MEDIA_BUG_STOP')
      .map(
        (event) =>
          `${event['Event-Name']?.slice(10)} ${event['Media-Bug-Function']} ${event['Media-Bug-Target']}`,
      );

  test('mute takes one direction away, each on its own, and stop gives both back', async () => {
    const [a, b] = await floor.bridged();
    expect(await api(`uuid_audio ${a.uuid} start read mute 1`)).toBe('+OK\n');
    await floor.hearsNothing(b);
    await floor.hears(a, 700);
    expect(await api(`uuid_audio ${a.uuid} start write mute 1`)).toBe('+OK\n');
    await floor.hearsNothing(a);
    await floor.hearsNothing(b);
    expect(await api(`uuid_audio ${a.uuid} start read mute 0`)).toBe('+OK\n');
    await floor.hears(b, 400);
    await floor.hearsNothing(a);
    expect(await api(`uuid_audio ${a.uuid} stop`)).toBe('+OK\n');
    await floor.hears(a, 700);
    await until('the bug is gone', () => bugsOf(a.uuid).length === 2);
    expect(bugsOf(a.uuid)).toEqual(['START audio mute', 'STOP audio mute']);
  });

  test('a level of 2 is 2.3 times as loud, one of -4 a fifth', async () => {
    const [a, b] = await floor.bridged();
    const loudness = async (): Promise<number> => {
      await floor.hears(b, 400);
      return toneAmplitude(b.phone.heard(200), 400) / 8_000;
    };
    await api(`uuid_audio ${a.uuid} start read level 2`);
    expect(await loudness()).toBeCloseTo(2.3, 1);
    await api(`uuid_audio ${a.uuid} start read level -4`);
    expect(await loudness()).toBeCloseTo(0.2, 1);
  });

  test.each([
    ['uuid_audio', '-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n'],
    ['uuid_audio nobody start read mute 1', '-ERR No such channel!\n'],
    ['uuid_audio A start read mute', '-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n'],
    ['uuid_audio A start both mute 1', '-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n'],
    ['uuid_audio A stop', '+OK\n'],
    ['uuid_displace', '-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n'],
    ['uuid_displace A start', '-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n'],
    ['uuid_displace A bogus x', '-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n'],
    ['uuid_displace nobody start x', '-ERR Cannot locate session!\n'],
    ['uuid_displace A start /nope.wav 0 mux', '-ERR Cannot displace session!\n'],
    ['uuid_displace A stop /nope.wav', '-ERR Cannot stop displace session!\n'],
    ['uuid_send_dtmf nobody 1', '-ERR Cannot locate session!\n'],
    ['uuid_send_dtmf', '-USAGE: <uuid> <dtmf_data>\n'],
    ['uuid_recv_dtmf nobody 1', '-ERR Cannot locate session!\n'],
    ['uuid_recv_dtmf', '-USAGE: <uuid> <dtmf_data>\n'],
  ])('%s is answered %j', async (command, answer) => {
    const { uuid } = await floor.caller({ hz: 400 });
    expect(await api(command.replace(' A', ` ${uuid}`))).toBe(answer);
  });

  test.each([
    ['0 mux', 'over what the leg hears', [700, 1_500], [400]],
    ['', 'instead of what the leg hears, and nobody hears the leg', [1_500], []],
    ['0 mr', 'over what the leg says', [700], [400, 1_500]],
    ['0 r', 'instead of what the leg says, and the leg hears nobody', [], [1_500]],
    ['0 rw', 'instead of both', [1_500], [1_500]],
  ])('displace with "%s" lays a sound %s', async (options, _, first, second) => {
    const [a, b] = await floor.bridged();
    expect(await api(`uuid_displace ${a.uuid} start ${OVER} ${options}`)).toBe('+OK Success\n');
    for (const [party, tones] of [
      [a, first],
      [b, second],
    ] as const)
      await (tones.length === 0 ? floor.hearsNothing(party) : floor.hears(party, ...tones));
    expect(await api(`uuid_displace ${a.uuid} start ${OVER} ${options}`)).toBe(
      '-ERR Cannot displace session!\n',
    );
    expect(await api(`uuid_displace ${a.uuid} stop ${OVER}`)).toBe('+OK Success\n');
    await floor.hears(a, 700);
    await floor.hears(b, 400);
    expect(bugsOf(a.uuid)).toEqual([`START displace ${OVER}`, `STOP displace ${OVER}`]);
  });

  test('two displacements sound together, end each by itself, and outlive a bridge', async () => {
    const [a, b] = await floor.bridged();
    await api(`uuid_displace ${a.uuid} start ${OVER} 0 mux`);
    await api(`uuid_displace ${a.uuid} start tone_stream://%(100000,0,900) 0 mux`);
    await floor.hears(a, 700, 900, 1_500);
    await api(`uuid_displace ${a.uuid} stop ${OVER}`);
    await floor.hears(a, 700, 900);
    await api(`uuid_transfer ${a.uuid} -both park: inline`);
    await floor.esl.event('CHANNEL_UNBRIDGE', { 'Unique-ID': a.uuid });
    floor.esl.events.length = 0;
    await api(`uuid_bridge ${a.uuid} ${b.uuid}`);
    await floor.esl.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': a.uuid });
    await floor.hears(a, 700, 900);
    await floor.hears(b, 400);
  });

  test('a displaced sound ends with itself, and with its limit', async () => {
    const [a] = await floor.bridged();
    await api(`uuid_displace ${a.uuid} start ${SHORT} 0 mux`);
    await floor.hears(a, 700, 1_500);
    await floor.esl.event('MEDIA_BUG_STOP', { 'Unique-ID': a.uuid, 'Media-Bug-Target': SHORT });
    await floor.hears(a, 700);
    await api(`uuid_displace ${a.uuid} start ${OVER} 2 mux`);
    await floor.hears(a, 700, 1_500);
    await floor.esl.event('MEDIA_BUG_STOP', { 'Unique-ID': a.uuid, 'Media-Bug-Target': OVER });
    await floor.hears(a, 700);
    expect(await api(`uuid_displace ${a.uuid} stop ${OVER}`)).toBe('-ERR Cannot stop displace session!\n');
  });

  test.each([
    ['aleg', [1_500], []],
    ['bleg', [], [1_500]],
    ['both', [1_500], [1_500]],
  ])('a broadcast to %s takes the bridge away meanwhile, and gives it back', async (legs, first, second) => {
    const [a, b] = await floor.bridged();
    expect(await api(`uuid_broadcast ${a.uuid} tone_stream://%(1500,0,1500) ${legs}`)).toBe(
      '+OK Message sent\n',
    );
    const played = legs === 'bleg' ? b : a;
    await floor.esl.event('PLAYBACK_START', { 'Unique-ID': played.uuid });
    if (first.length > 0) await floor.hears(a, ...first);
    if (second.length > 0) await floor.hears(b, ...second);
    if (first.length === 0) await floor.hearsNothing(a);
    if (second.length === 0) await floor.hearsNothing(b);
    const stop = await floor.esl.event('PLAYBACK_STOP', { 'Unique-ID': played.uuid });
    expect(stop['Playback-Status']).toBe('done');
    await floor.hears(a, 700);
    await floor.hears(b, 400);
  });

  test('a second playback interrupts the first, which goes on when it is over', async () => {
    const a = await floor.caller({ hz: 400 });
    expect(await floor.execute(a.uuid, 'playback', OVER, 'below')).toBe('+OK');
    await floor.hears(a, 1_500);
    expect(await floor.execute(a.uuid, 'playback', 'tone_stream://%(800,0,900)', 'above')).toBe('+OK');
    await floor.hears(a, 900);
    await floor.hears(a, 1_500);
    expect(await api(`uuid_break ${a.uuid}`)).toBe('+OK\n');
    await until('both are over', () => floor.eventsOf(a.uuid, 'PLAYBACK_STOP').length === 2);
    expect(floor.eventsOf(a.uuid, 'PLAYBACK_STOP').map((event) => event['Playback-Status'])).toEqual([
      'done',
      'break',
    ]);
    const completed = () =>
      floor
        .eventsOf(a.uuid, 'CHANNEL_EXECUTE_COMPLETE')
        .map((event) => event['Application-UUID'])
        .filter((id) => id === 'above' || id === 'below');
    await until('both are completed', () => completed().length === 2);
    expect(completed()).toEqual(['above', 'below']);
  });

  test('digits go to the phone, or are taken as if it had pressed them', async () => {
    const [a, b] = await floor.bridged();
    expect(await api(`uuid_send_dtmf ${a.uuid} 12@100`)).toBe(`+OK ${a.uuid} sent DTMF 12@100.\n`);
    await until('two digits at the phone', () => a.phone.digits.length === 2);
    expect(a.phone.digits).toEqual(['1', '2']);
    expect(await api(`uuid_recv_dtmf ${a.uuid} 34`)).toBe(`+OK ${a.uuid} received DTMF 34.\n`);
    await until('two digits at the other phone', () => b.phone.digits.length === 2);
    expect(b.phone.digits).toEqual(['3', '4']);
    const told = floor.eventsOf(a.uuid, 'DTMF');
    expect(told.map((event) => [event['DTMF-Digit'], event['DTMF-Source'], event['DTMF-Duration']])).toEqual([
      ['3', 'APP', '2000'],
      ['4', 'APP', '2000'],
    ]);
  });

  test('a hold takes the voice of both away, and its end gives it back', async () => {
    const [a, b] = await floor.bridged();
    expect(await api(`uuid_hold ${a.uuid}`)).toBe('+OK Success\n');
    await floor.esl.event('CHANNEL_HOLD', { 'Unique-ID': a.uuid });
    await floor.hearsNothing(a);
    await floor.hearsNothing(b);
    expect(await api(`uuid_hold off ${a.uuid}`)).toBe('+OK Success\n');
    await floor.esl.event('CHANNEL_UNHOLD', { 'Unique-ID': a.uuid });
    await floor.hears(a, 700);
    await floor.hears(b, 400);
  });

  describe('a recording', () => {
    const toneAt = (file: string, channel: 0 | 1, hz: number, fromMs: number, toMs: number): number => {
      const { channels } = readWav(file);
      const sound = channels[channel]?.slice(fromMs * 8, toMs * 8) ?? new Int16Array(0);
      return toneAmplitude(sound, hz);
    };

    test('holds own voice left and the others right, silence while masked, and its true length', async () => {
      const [a] = await floor.bridged();
      const file = path.join(recordings, 'mask.wav');
      await api(`uuid_setvar ${a.uuid} RECORD_STEREO true`);
      expect(await api(`uuid_record ${a.uuid} start ${file}`)).toBe('+OK Success\n');
      const began = performance.now();
      const passed = (ms: number): Promise<unknown> =>
        until(`${ms} ms of it`, () => performance.now() - began > ms);
      await passed(800);
      expect(await api(`uuid_record ${a.uuid} mask ${file}`)).toBe('+OK Success\n');
      await passed(1_600);
      expect(await api(`uuid_record ${a.uuid} unmask ${file}`)).toBe('+OK Success\n');
      await passed(2_400);
      expect(await api(`uuid_record ${a.uuid} stop ${file}`)).toBe('+OK Success\n');
      const took = performance.now() - began;
      const stop = await floor.esl.event('RECORD_STOP', { 'Unique-ID': a.uuid });
      expect(stop).toMatchObject({
        'Record-File-Path': file,
        'Record-Completion-Cause': 'success-maxtime',
      });
      const told = Number(stop['variable_record_ms']);
      expect(Math.abs(told - took)).toBeLessThan(250);
      expect(Number(stop['variable_record_samples'])).toBe(told * 8);
      expect(toneAt(file, 0, 400, 200, 600)).toBeGreaterThan(6_000);
      expect(toneAt(file, 1, 700, 200, 600)).toBeGreaterThan(6_000);
      expect(toneAt(file, 0, 700, 200, 600)).toBeLessThan(200);
      for (const channel of [0, 1] as const)
        for (const hz of [400, 700]) expect(toneAt(file, channel, hz, 1_050, 1_400)).toBe(0);
      expect(toneAt(file, 0, 400, 1_850, 2_200)).toBeGreaterThan(6_000);
    });

    test('beside another one: each ends by itself, and all by "all"', async () => {
      const [a] = await floor.bridged();
      const [one, two] = ['one', 'two'].map((name) => path.join(recordings, `${name}.wav`));
      await api(`uuid_record ${a.uuid} start ${one}`);
      await api(`uuid_record ${a.uuid} start ${two}`);
      expect(await api(`uuid_record ${a.uuid} stop ${one}`)).toBe('+OK Success\n');
      expect(await api(`uuid_record ${a.uuid} stop ${one}`)).toBe('-ERR Cannot stop record session!\n');
      expect(await api(`uuid_record ${a.uuid} mask ${one}`)).toBe('-ERR Cannot mask recording session!\n');
      expect(await api(`uuid_record ${a.uuid} stop all`)).toBe('+OK Success\n');
      expect(await api(`uuid_record ${a.uuid} stop all`)).toBe('-ERR Cannot stop record session!\n');
      await until('both stopped', () => floor.eventsOf(a.uuid, 'RECORD_STOP').length === 2);
    });
  });

  describe('a supervisor', () => {
    const supervisor = (target: string, variables = ''): ReturnType<SwitchFloor['dialled']> =>
      floor.dialled({ hz: 1_100 }, `eavesdrop(${target})`, variables);

    test('listens, whispers to either side and barges, as the digit says', async () => {
      const [a, b] = await floor.bridged();
      const s = await supervisor(a.uuid);
      await floor.hears(s, 400, 700);
      await floor.hears(a, 700);
      await floor.hears(b, 400);
      for (const [digit, first, second] of [
        ['2', [700, 1_100], [400]],
        ['1', [700], [400, 1_100]],
        ['3', [700, 1_100], [400, 1_100]],
        ['0', [700], [400]],
      ] as const) {
        expect(await api(`uuid_recv_dtmf ${s.uuid} ${digit}`)).toBe(
          `+OK ${s.uuid} received DTMF ${digit}.\n`,
        );
        await floor.hears(a, ...first);
        await floor.hears(b, ...second);
        await floor.hears(s, 400, 700);
      }
      expect(bugsOf(a.uuid)).toEqual([`START eavesdrop ${a.uuid}`]);
      await api(`uuid_kill ${s.uuid}`);
      await floor.esl.event('MEDIA_BUG_STOP', { 'Unique-ID': a.uuid });
      await floor.hears(a, 700);
    });

    test('relative to the other leg the digits mean the other way round', async () => {
      const [a, b] = await floor.bridged();
      const s = await supervisor(b.uuid);
      await floor.hears(s, 400, 700);
      await api(`uuid_recv_dtmf ${s.uuid} 2`);
      await floor.hears(b, 400, 1_100);
      await floor.hears(a, 700);
    });

    test.each([
      ['eavesdrop_whisper_bleg=true', [700, 1_100], [400]],
      ['eavesdrop_whisper_aleg=true', [700], [400, 1_100]],
      ['eavesdrop_whisper_aleg=true,eavesdrop_whisper_bleg=true', [700, 1_100], [400, 1_100]],
    ])('begins as %s says', async (variables, first, second) => {
      const [a, b] = await floor.bridged();
      const s = await supervisor(a.uuid, variables);
      await floor.hears(s, 400, 700);
      await floor.hears(a, ...first);
      await floor.hears(b, ...second);
    });

    test('whose keypad must not decide is told by sendevent', async () => {
      const [a, b] = await floor.bridged();
      const s = await supervisor(a.uuid, 'eavesdrop_enable_dtmf=false');
      await floor.hears(s, 400, 700);
      await api(`uuid_recv_dtmf ${s.uuid} 3`);
      await floor.hears(a, 700);
      await floor.hears(b, 400);
      const reply = await floor.esl.command(`sendevent NOTIFY\nunique-id: ${s.uuid}\neavesdrop-command: 2`);
      expect(reply.headers['Reply-Text']).toMatch(/^\+OK [0-9a-f-]{36}$/);
      await floor.hears(a, 700, 1_100);
      await floor.hears(b, 400);
    });

    test('stays when the two are parted and joined again', async () => {
      const [a, b] = await floor.bridged();
      const s = await supervisor(a.uuid);
      await floor.hears(s, 400, 700);
      await api(`uuid_transfer ${a.uuid} -both park: inline`);
      await floor.hears(s, 400);
      await api(`uuid_bridge ${a.uuid} ${b.uuid}`);
      await floor.hears(s, 400, 700);
      await floor.hears(a, 700);
    });

    test('hears no more than the call: a muted agent is muted for her, too', async () => {
      const [a] = await floor.bridged();
      const s = await supervisor(a.uuid);
      await floor.hears(s, 400, 700);
      await api(`uuid_audio ${a.uuid} start read mute 1`);
      await floor.hears(s, 700);
    });

    test('is in a recording only where she is heard in the call', async () => {
      const [a] = await floor.bridged();
      const file = path.join(recordings, 'supervised.wav');
      await api(`uuid_setvar ${a.uuid} RECORD_STEREO true`);
      await api(`uuid_record ${a.uuid} start ${file}`);
      const s = await supervisor(a.uuid, 'eavesdrop_whisper_bleg=true');
      await floor.hears(a, 700, 1_100);
      await floor.hears(a, 700, 1_100);
      await api(`uuid_record ${a.uuid} stop ${file}`);
      await floor.esl.event('RECORD_STOP', { 'Unique-ID': a.uuid });
      const [own, heard] = readWav(file).channels;
      expect(toneAmplitude(own!.slice(-1_600), 1_100)).toBeLessThan(200);
      expect(toneAmplitude(heard!.slice(-1_600), 1_100)).toBeLessThan(200);
      expect(toneAmplitude(heard!.slice(-1_600), 700)).toBeGreaterThan(6_000);
      await floor.hears(s, 400, 700);
    });

    test('is hung up when the watched leg ends', async () => {
      const [a, b] = await floor.bridged();
      const s = await supervisor(a.uuid);
      await floor.hears(s, 400, 700);
      await api(`uuid_kill ${a.uuid}`);
      const end = await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': s.uuid });
      expect(end['Hangup-Cause']).toBe('NORMAL_CLEARING');
      const [completed] = floor.eventsOf(s.uuid, 'CHANNEL_EXECUTE_COMPLETE');
      expect(completed).toMatchObject({ Application: 'eavesdrop', 'Application-Data': a.uuid });
      expect(b.uuid).not.toBe('');
    });

    test('of nobody is hung up at once', async () => {
      const s = await supervisor('11111111-2222-3333-4444-555555555555');
      await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': s.uuid });
    });

    test('taken out of it stays parked; what was played to her meanwhile comes then', async () => {
      const [a] = await floor.bridged();
      const s = await supervisor(a.uuid);
      await floor.hears(s, 400, 700);
      expect(await floor.execute(s.uuid, 'playback', 'tone_stream://%(1500,0,900)')).toBe('+OK');
      await floor.hears(s, 400, 700);
      expect(await api(`uuid_transfer ${s.uuid} park: inline`)).toBe('+OK\n');
      await floor.hears(s, 900);
      expect(bugsOf(a.uuid).at(-1)).toBe(`STOP eavesdrop ${a.uuid}`);
    });

    test('in a three-way is heard by both from the start, and digits change nothing', async () => {
      const [a, b] = await floor.bridged();
      const s = await floor.dialled({ hz: 1_100 }, `three_way(${a.uuid})`);
      await floor.hears(s, 400, 700);
      await floor.hears(a, 700, 1_100);
      await floor.hears(b, 400, 1_100);
      await api(`uuid_recv_dtmf ${s.uuid} 0`);
      await floor.hears(a, 700, 1_100);
      await floor.hears(b, 400, 1_100);
    });
  });

  test.each([
    ['', 0],
    ['-bleg ', 1],
  ] as const)('intercept %s takes one of two, and hangs the other one up', async (option, taken) => {
    const pair = await floor.bridged();
    const s = await floor.dialled({ hz: 1_100 }, 'park()');
    expect(await floor.execute(s.uuid, 'intercept', `${option}${pair[0].uuid}`)).toBe('+OK');
    await floor.esl.event('CHANNEL_BRIDGE', {
      'Bridge-A-Unique-ID': s.uuid,
      'Bridge-B-Unique-ID': pair[taken].uuid,
    });
    const lost = pair[1 - taken]!;
    const end = await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': lost.uuid });
    expect(end['Hangup-Cause']).toBe('PICKED_OFF');
    await floor.hears(s, pair[taken].phone.options.hz);
    await floor.hears(pair[taken], 1_100);
  });
});
