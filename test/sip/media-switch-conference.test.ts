// Conferences on our switch and on FreeSWITCH with the same words: everybody hears the others and never herself, and each verb
// changes exactly what it says.

import path from 'node:path';
import { expect, test } from 'vitest';
import type { Party, SwitchFloor } from '../../gateway/embedded/media-switch/test/support/floor.ts';
import { toneAmplitude } from '../../gateway/embedded/media-switch/test/support/goertzel.ts';
import { beforeFloor, onEachSwitch } from '../support/switch-suites.ts';
import { readWav } from '../support/tones.ts';
import { until } from '../support/until.ts';

const EVENTS =
  `CHANNEL_PARK CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE_COMPLETE PLAYBACK_STOP
  BACKGROUND_JOB CUSTOM conference::maintenance`.replace(/\s+/g, ' ');
const ROOM = 'room@cordboard';
const LONG = 'tone_stream://%(100000,0,1500)';
const RELATE =
  'relate <member_id>[,<member_id>] <other_member_id>[,<other_member_id>] [nospeak|nohear|clear]';

onEachSwitch('a conference', (lane) => {
  let floor: SwitchFloor;
  let recordings: string;
  beforeFloor(lane, EVENTS, (opened, { recordingsDir }) => {
    floor = opened;
    recordings = recordingsDir;
  });

  const api = (command: string): Promise<string> => floor.esl.api(command);
  const room = (command: string): Promise<string> => api(`conference room ${command}`);
  const actions = (): string[] =>
    floor.esl.events
      .filter((event) => event['Event-Name'] === 'CUSTOM')
      .map((event) => event['Action'] ?? '');
  const told = async (action: string, count = 1): Promise<Record<string, string>> => {
    await until(
      `${action} ${count} times`,
      () => actions().filter((each) => each === action).length >= count,
    );
    return floor.esl.events.filter((event) => event['Action'] === action)[count - 1]!;
  };
  const memberId = async ({ uuid }: Party): Promise<string> => {
    const line = (await room('list')).split('\n').find((each) => each.includes(uuid));
    return line?.split(';')[0] ?? 'none';
  };

  /** A and B from their bridge, and S dialled in: 400, 700 and 1100 Hz. */
  const three = async (): Promise<{ a: Party; b: Party; s: Party; ids: [string, string, string] }> => {
    const [a, b] = await floor.bridged();
    expect(await api(`uuid_transfer ${a.uuid} -both conference:${ROOM} inline`)).toBe('+OK\n');
    await told('add-member', 2);
    const s = await floor.dialled({ hz: 1_100 }, `conference(${ROOM})`);
    await told('add-member', 3);
    await floor.hears(s, 400, 700);
    return { a, b, s, ids: [await memberId(a), await memberId(b), await memberId(s)] };
  };

  test('lets everybody hear the others and not herself, and tells who came and went', async () => {
    const { a, b, s } = await three();
    await floor.hears(a, 700, 1_100);
    await floor.hears(b, 400, 1_100);
    const joined = await told('add-member', 3);
    expect(joined).toMatchObject({
      'Event-Subclass': 'conference::maintenance',
      'Conference-Name': 'room',
      'Conference-Profile-Name': 'cordboard',
      'Conference-Size': '3',
      'Unique-ID': s.uuid,
      Hear: 'true',
      Speak: 'true',
      Talking: 'false',
      'Member-Type': 'member',
      'Answer-State': 'answered',
    });
    expect(joined['variable_uuid']).toBeUndefined();
    await api(`uuid_kill ${s.uuid}`);
    const left = await told('del-member');
    expect([left['Unique-ID'], left['Conference-Size']]).toEqual([s.uuid, '2']);
    await floor.hears(a, 700);
    expect(actions()).toEqual(['conference-create', 'add-member', 'add-member', 'add-member', 'del-member']);
    await api(`uuid_kill ${a.uuid}`);
    await api(`uuid_kill ${b.uuid}`);
    await told('conference-destroy');
    expect(await api('conference list')).toBe('+OK No active conferences.\n');
  });

  test('says what there is as FreeSWITCH does', async () => {
    expect(await api('conference list')).toBe('+OK No active conferences.\n');
    expect(await api('conference json_list')).toBe('[]');
    expect(await room('list')).toBe('-ERR Conference room not found\n');
    const { a, b, s, ids } = await three();
    await floor.hears(a, 700, 1_100);
    const lines = (await room('list')).trim().split('\n');
    expect(lines.map((line) => line.split(';')[2]).sort()).toEqual([a.uuid, b.uuid, s.uuid].sort());
    expect(lines.find((line) => line.startsWith(`${ids[2]};`))).toMatch(
      /^\d+;sofia\/cordboard\/phone@127\.0\.0\.1:\d+;[0-9a-f-]{36};Outbound Call;phone;hear\|speak(\|talking)?(\|floor)?;0;0;\d+$/,
    );
    expect(await api('conference list')).toMatch(
      /^\+OK Conference room \(3 members rate: 8000 flags: running\|answered\|/,
    );
    const [shown] = JSON.parse(await api('conference json_list')) as {
      conference_name: string;
      member_count: number;
      locked: boolean;
      members: { id: number; uuid: string; flags: Record<string, boolean> }[];
    }[];
    expect(shown).toMatchObject({
      conference_name: 'room',
      member_count: 3,
      locked: false,
      recording: false,
    });
    const member = shown!.members.find(({ uuid }) => uuid === s.uuid);
    expect(member).toMatchObject({
      type: 'caller',
      id: Number(ids[2]),
      flags: { can_hear: true, can_speak: true, is_moderator: false, hold: false },
      volume_in: 0,
      volume_out: 0,
    });
    expect(await api('conference json_list compact')).toMatch(
      /^\[\{"conference_name":"room","member_count":3,/,
    );
    expect(await room('json_list')).toMatch(
      /^\[\{\n\t\t"conference_name":\t"room",\n\t\t"member_count":\t3,/,
    );
    expect(await room('count')).toBe('3');
    expect(await room(`get-uuid ${ids[0]}`)).toBe(a.uuid);
  });

  test('mutes and deafens a member, by id, the last one or all', async () => {
    const { a, b, s, ids } = await three();
    expect(await room(`mute ${ids[2]}`)).toBe(`+OK mute ${ids[2]}\n`);
    await floor.hears(a, 700);
    await floor.hears(s, 400, 700);
    expect(await told('mute-member')).toMatchObject({ 'Unique-ID': s.uuid, Speak: 'false' });
    expect(await room(`tmute ${ids[2]}`)).toBe(`+OK unmute ${ids[2]}\n`);
    await floor.hears(a, 700, 1_100);
    expect(await room(`deaf ${ids[2]}`)).toBe(`+OK deaf ${ids[2]}\n`);
    await floor.hearsNothing(s);
    await floor.hears(b, 400, 1_100);
    expect(await room(`undeaf ${ids[2]}`)).toBe(`+OK undeaf ${ids[2]}\n`);
    await floor.hears(s, 400, 700);
    expect(await room('mute last')).toBe(`+OK mute ${ids[2]}\n`);
    expect(await room('unmute last')).toBe(`+OK unmute ${ids[2]}\n`);
    expect((await room('mute all')).split('\n').sort().join(' ').trim()).toBe(
      ids
        .map((id) => `+OK mute ${id}`)
        .sort()
        .join(' '),
    );
    await floor.hearsNothing(a);
    expect(await room('mute 4711')).toBe('-ERR Non-Existant ID 4711\n');
    expect(await room('mute')).toBe('mute <[member_id|all]|last|non_moderator> [<quiet>]');
  });

  test('relates two members: one is not heard by the other, or does not hear her', async () => {
    const { a, b, s, ids } = await three();
    expect(await room('relate')).toBe('+OK No relationships\n');
    expect(await room(`relate ${ids[2]} ${ids[1]} nospeak`)).toBe(`+OK ${ids[2]}->${ids[1]} nospeak set\n`);
    await floor.hears(b, 400);
    await floor.hears(a, 700, 1_100);
    expect(await room(`relate ${ids[2]} ${ids[1]} clear`)).toBe(
      `+OK relationship ${ids[2]}->${ids[1]} cleared.\n`,
    );
    expect(await room(`relate ${ids[2]} ${ids[1]} nohear`)).toBe(`+OK ${ids[2]}->${ids[1]} nohear set\n`);
    await floor.hears(s, 400);
    await floor.hears(b, 400, 1_100);
    await room(`relate ${ids[2]} ${ids[1]} clear`);
    expect(await room(`relate ${ids[2]} ${ids[0]},${ids[1]} nospeak`)).toBe(
      `+OK ${ids[2]}->${ids[0]} nospeak set\n+OK ${ids[2]}->${ids[1]} nospeak set\n`,
    );
    await floor.hears(a, 700);
    await floor.hears(b, 400);
    await floor.hears(s, 400, 700);
    expect(await room(`relate ${ids[2]} 99 nospeak`)).toBe(`-ERR relationship ${ids[2]}->99 not found.\n`);
    expect(await room(`relate ${ids[2]} ${ids[0]} bogus`)).toBe(RELATE);
  });

  test('makes a member louder for the others, and the others quieter for a member', async () => {
    const { a, b, ids } = await three();
    expect(await room(`volume_in ${ids[0]} 2`)).toBe(`+OK Volume IN ${ids[0]} = 2\n`);
    await until('twice as loud', () => toneAmplitude(b.phone.heard(200), 400) > 17_000);
    expect(await told('volume-in-member')).toMatchObject({ 'Unique-ID': a.uuid, 'Volume-Level': '2' });
    expect(await room(`volume_in ${ids[0]}`)).toBe(`+OK Volume IN ${ids[0]} = 2\n`);
    expect(await room(`volume_out ${ids[0]} -4`)).toBe(`+OK Volume OUT ${ids[0]} = -4\n`);
    await until('a fifth as loud', () => toneAmplitude(a.phone.heard(200), 700) < 2_000);
  });

  test('plays to all, one after the other, or to one alone; what is missing is told', async () => {
    const { a, b, s, ids } = await three();
    expect(await room(`play ${LONG}`)).toBe(`+OK (play) Playing file ${LONG}\n`);
    await floor.hears(a, 700, 1_100, 1_500);
    await floor.hears(b, 400, 1_100, 1_500);
    expect(await told('play-file')).toMatchObject({ File: LONG, Async: 'false' });
    const next = 'tone_stream://%(100000,0,1900)';
    await room(`play ${next}`);
    expect(await room('stop current')).toBe('+OK Stopped 1 files.\n');
    await floor.hears(s, 400, 700, 1_900);
    expect(await told('play-file-done')).toMatchObject({ File: LONG });
    await room(`play ${LONG} async`);
    await floor.hears(s, 400, 700, 1_500, 1_900);
    expect(await room('stop all')).toBe('+OK Stopped 2 files.\n');
    await floor.hears(s, 400, 700);
    expect(await room(`play ${LONG} ${ids[0]}`)).toBe(
      `+OK (play) Playing file ${LONG} to member ${ids[0]}\n`,
    );
    await floor.hears(a, 700, 1_100, 1_500);
    await floor.hears(b, 400, 1_100);
    expect(await told('play-file-member')).toMatchObject({ 'Unique-ID': a.uuid, File: LONG });
    expect(await room(`stop all ${ids[0]}`)).toBe('+OK Stopped 1 files.\n');
    await floor.hears(a, 700, 1_100);
    expect(await room('play /nope.wav')).toBe('-ERR (play) File: /nope.wav not found.\n');
    expect(await room('stop bogus')).toBe('stop <[current|all|async|last]> [<member_id>]');
    expect(await room('bogus')).toBe("-ERR Conference command 'bogus' not found.\n");
  });

  test('is recorded without what was said while paused', async () => {
    await three();
    const file = path.join(recordings, 'conference.wav');
    expect(await room(`record ${file}`)).toBe(`+OK Record file ${file}\n`);
    await told('start-recording');
    const began = performance.now();
    const passed = (ms: number): Promise<unknown> => until(`${ms} ms`, () => performance.now() - began > ms);
    expect(await room(`record ${file}`)).toBe(`-ERR file [${file}] is already being used for recording.\n`);
    await passed(800);
    expect(await room(`recording pause ${file}`)).toBe(`+OK Pause recording file ${file}\n`);
    await passed(1_800);
    expect(await room(`recording resume ${file}`)).toBe(`+OK Resume recording file ${file}\n`);
    await passed(2_400);
    expect(await room(`norecord ${file}`)).toBe(
      `Stopped recording file ${file}\n+OK Stopped recording 0 files\n`,
    );
    const stop = await told('stop-recording');
    expect(stop['Path']).toBe(file);
    expect(Math.abs(Number(stop['Milliseconds-Elapsed']) - 1_400)).toBeLessThan(300);
    const { channels } = readWav(file);
    for (const hz of [400, 700, 1_100])
      expect(toneAmplitude(channels[0]!.slice(1_600, 4_800), hz)).toBeGreaterThan(6_000);
    expect(await room('norecord /nope.wav')).toBe(
      "-ERR non-existant recording '/nope.wav'\n+OK Stopped recording 0 files\n",
    );
  });

  test('a member who is kicked or hung up leaves it and the switch; one who is parked or bridged only leaves it', async () => {
    const { a, b, s, ids } = await three();
    expect(await room(`kick ${ids[2]}`)).toBe(`+OK kicked ${ids[2]}\n`);
    await told('kick-member');
    await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': s.uuid });
    expect(await api(`uuid_transfer ${b.uuid} park: inline`)).toBe('+OK\n');
    await told('del-member', 2);
    expect(await api(`uuid_exists ${b.uuid}`)).toBe('true');
    expect(await api(`uuid_bridge ${a.uuid} ${b.uuid}`)).toBe(`+OK ${b.uuid}\n`);
    await told('conference-destroy');
    await floor.hears(a, 700);
    await floor.hears(b, 400);
    await api(`uuid_transfer ${a.uuid} -both conference:${ROOM} inline`);
    await told('add-member', 5);
    expect(await memberId(a)).toBe(ids[0]);
    expect(await room('hup all')).toMatch(/^\+OK hup \d+\n\+OK hup \d+\n$/);
    await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': a.uuid });
    await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': b.uuid });
    expect(await room('kick 4711')).toBe('-ERR Conference room not found\n');
  });

  test('may be joined muted, and not at all once it is locked, unless dialled', async () => {
    const { a, s } = await three();
    const d = await floor.caller({ hz: 900 });
    expect(await api(`uuid_transfer ${d.uuid} conference:${ROOM}++flags{mute} inline`)).toBe('+OK\n');
    await told('add-member', 4);
    await floor.hears(d, 400, 700, 1_100);
    await floor.hears(a, 700, 1_100);
    expect(await room('lock')).toBe('+OK room locked\n');
    await told('lock');
    await api(`uuid_transfer ${s.uuid} park: inline`);
    await told('del-member');
    const e = await floor.caller({ hz: 1_900 });
    await api(`uuid_transfer ${e.uuid} conference:${ROOM} inline`);
    await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': e.uuid });
    await api(`uuid_transfer ${s.uuid} conference:${ROOM} inline`);
    await told('add-member', 5);
    expect(await room('unlock')).toBe('+OK room unlocked\n');
  });

  test('dials somebody in, and tells how that went', async () => {
    const { a } = await three();
    const phone = await floor.phone({ hz: 900 });
    const said = await room(`bgdial sofia/cordboard/${phone.uri()} 1234 Name`);
    const job = /^\+OK Job-UUID: (\S+)\n$/.exec(said)?.[1];
    expect(await told('bgdial-result')).toMatchObject({ Result: 'SUCCESS', 'Job-UUID': job });
    await told('add-member', 4);
    await floor.hears(a, 700, 900, 1_100);
    expect(phone.invites[0]?.headers.get('From')).toContain('sip:1234@');
    const busy = await floor.phone({ hz: 1_900, onInvite: 486 });
    expect(await room(`dial sofia/cordboard/${busy.uri()}`)).toBe(
      '+OK Call Requested: result: [USER_BUSY]\n',
    );
    await room('bgdial bogus/1');
    expect(await told('bgdial-result', 2)).toMatchObject({ Result: 'CHAN_NOT_IMPLEMENTED' });
  });

  test('a member hears what is broadcast to her, and is not heard meanwhile', async () => {
    const { a, b } = await three();
    await api(`uuid_broadcast ${a.uuid} tone_stream://%(1200,0,1500) aleg`);
    await floor.hears(a, 1_500);
    await floor.hears(b, 1_100);
    await floor.esl.event('PLAYBACK_STOP', { 'Unique-ID': a.uuid });
    await floor.hears(a, 700, 1_100);
    await floor.hears(b, 400, 1_100);
  });
});
