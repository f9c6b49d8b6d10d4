// What is played, held, recorded and dialled on a channel, and what this switch refuses to do.

import { describe, expect, test } from 'vitest';
import { World } from '../../test/support/channel-world.ts';
import { receiveDtmf } from './dtmf.ts';
import { notePeerHold } from './hold.ts';

describe('sound on a channel', () => {
  const ended = (world: World, samples: number): void => {
    for (const end of [...world.exchange.plays.values()]) end(samples);
  };
  const execute = (world: World, name: string, argument: string): string =>
    world.commands.sendMessage(
      'A',
      new Map([
        ['call-command', 'execute'],
        ['execute-app-name', name],
        ['execute-app-arg', argument],
        ['event-uuid', 'my-id'],
      ]),
      '',
    );

  test('a broadcast plays to its end', async () => {
    const world = new World();
    await world.answered('A');
    world.events.length = 0;
    expect(await world.api('uuid_broadcast A tone_stream://%(1,0,2)')).toBe('+OK Message sent\n');
    ended(world, 2_400);
    await world.settle();
    expect(world.story).toMatchInlineSnapshot(`
      [
        "CHANNEL_EXECUTE A CS_EXECUTE ACTIVE answered playback tone_stream://%(1,0,2)",
        "PLAYBACK_START A CS_EXECUTE ACTIVE answered",
        "PLAYBACK_STOP A CS_EXECUTE ACTIVE answered done",
        "CHANNEL_EXECUTE_COMPLETE A CS_EXECUTE ACTIVE answered playback tone_stream://%(1,0,2)",
      ]
    `);
    expect(world.events.find(({ name }) => name === 'PLAYBACK_STOP')!.field('variable_playback_ms')).toBe(
      '300',
    );
  });

  test('a missing file is executed and completed, and neither starts nor stops', async () => {
    const world = new World();
    await world.answered('A');
    world.events.length = 0;
    world.media.missing.add('/no.wav');
    expect(await world.api('uuid_broadcast A /no.wav')).toBe('+OK Message sent\n');
    expect(world.events.map(({ name }) => name).filter((name) => name !== 'API')).toEqual([
      'CHANNEL_EXECUTE',
      'CHANNEL_EXECUTE_COMPLETE',
    ]);
  });

  test('uuid_break ends a broadcast, but only starts an endless one again', async () => {
    const world = new World();
    await world.answered('A');
    expect(execute(world, 'endless_playback', 'local_stream://moh')).toBe('+OK');
    await world.settle();
    await world.api('uuid_broadcast A local_stream://moh');
    world.events.length = 0;
    await world.api('uuid_break A');
    await world.api('uuid_break A');
    expect(world.story).toMatchInlineSnapshot(`
      [
        "PLAYBACK_STOP A CS_EXECUTE ACTIVE answered break",
        "CHANNEL_EXECUTE_COMPLETE A CS_EXECUTE ACTIVE answered playback local_stream://moh",
        "PLAYBACK_STOP A CS_EXECUTE ACTIVE answered break",
        "PLAYBACK_START A CS_EXECUTE ACTIVE answered",
      ]
    `);
    expect(world.exchange.find('A')!.applications.map(({ name, id }) => `${name} ${id}`)).toEqual([
      'endless_playback my-id',
    ]);
  });

  test('music ends by itself when the leg is bridged', async () => {
    const world = new World();
    await world.answered('A');
    await world.answered('B');
    execute(world, 'endless_playback', 'local_stream://moh');
    await world.settle();
    world.events.length = 0;
    await world.api('uuid_bridge A B');
    const names = world.story.filter((line) => line.includes(' A ')).map((line) => line.split(' ')[0]);
    expect(names.slice(0, 4)).toEqual([
      'PLAYBACK_STOP',
      'CHANNEL_EXECUTE_COMPLETE',
      'CHANNEL_UNPARK',
      'CHANNEL_EXECUTE_COMPLETE',
    ]);
    expect(world.media.orders.filter(({ order }) => order === 'stopPlay')).toHaveLength(1);
  });

  test('a phone that holds gets its partner music, and takes it back', async () => {
    const world = new World();
    const { a } = await world.bridged();
    notePeerHold(world.exchange, a, true);
    await world.settle();
    notePeerHold(world.exchange, a, false);
    await world.settle();
    expect(world.story).toMatchInlineSnapshot(`
      [
        "CHANNEL_CALLSTATE A CS_SOFT_EXECUTE HELD answered ACTIVE",
        "CHANNEL_HOLD A CS_SOFT_EXECUTE HELD answered",
        "CHANNEL_EXECUTE B CS_EXCHANGE_MEDIA ACTIVE answered playback local_stream://moh",
        "PLAYBACK_START B CS_EXCHANGE_MEDIA ACTIVE answered",
        "PLAYBACK_STOP B CS_EXCHANGE_MEDIA ACTIVE answered break",
        "CHANNEL_EXECUTE_COMPLETE B CS_EXCHANGE_MEDIA ACTIVE answered playback local_stream://moh",
        "CHANNEL_CALLSTATE A CS_SOFT_EXECUTE UNHELD answered HELD",
        "CHANNEL_UNHOLD A CS_SOFT_EXECUTE UNHELD answered",
        "CHANNEL_CALLSTATE A CS_SOFT_EXECUTE ACTIVE answered UNHELD",
      ]
    `);
  });

  test("uuid_hold sends a re-INVITE and takes the leg's sound away, uuid_hold off gives it back", async () => {
    const world = new World();
    await world.bridged();
    expect(await world.api('uuid_hold A')).toBe('+OK Success\n');
    expect(world.exchange.find('A')!.callState).toBe('HELD');
    expect(await world.api('uuid_hold off A')).toBe('+OK Success\n');
    expect(world.story.map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual([
      'CHANNEL_CALLSTATE A CS_SOFT_EXECUTE HELD',
      'CHANNEL_HOLD A CS_SOFT_EXECUTE HELD',
      'CHANNEL_CALLSTATE A CS_SOFT_EXECUTE UNHELD',
      'CHANNEL_UNHOLD A CS_SOFT_EXECUTE UNHELD',
      'CHANNEL_CALLSTATE A CS_SOFT_EXECUTE ACTIVE',
    ]);
    expect(world.media.orders.at(-1)).toEqual({ order: 'hold', leg: 'A', held: false });
    expect(await world.api('uuid_hold nope')).toBe('+OK Success\n');
    expect(await world.api('uuid_hold')).toBe(
      '-USAGE: [off|toggle] <uuid> [<display>]\n-ERR Operation failed\n',
    );
  });

  test('a recording that a hang-up ends is told between HANGUP and HANGUP_COMPLETE', async () => {
    const world = new World();
    await world.answered('A');
    await world.api('uuid_setvar A RECORD_STEREO true');
    expect(await world.api('uuid_record A start /tmp/x.wav')).toBe('+OK Success\n');
    expect(await world.api('uuid_record A start /tmp/x.wav')).toBe('+OK Success\n');
    expect(await world.api('uuid_record A mask /tmp/x.wav')).toBe('+OK Success\n');
    expect(await world.api('uuid_record A mask /tmp/y.wav')).toBe('-ERR Cannot mask recording session!\n');
    expect(await world.api('uuid_record A stop all')).toBe('+OK Success\n');
    expect(await world.api('uuid_record A stop all')).toBe('-ERR Cannot stop record session!\n');
    expect(await world.api('uuid_record A start /proc/x.wav')).toBe('-ERR Cannot record session!\n');
    await world.api('uuid_record A start /tmp/z.wav');
    world.events.length = 0;
    await world.api('uuid_kill A');
    const names = world.story.map((line) => line.split(' ')[0]!);
    expect(names.indexOf('RECORD_STOP')).toBeGreaterThan(names.indexOf('CHANNEL_HANGUP'));
    expect(names.indexOf('RECORD_STOP')).toBeLessThan(names.indexOf('CHANNEL_HANGUP_COMPLETE'));
  });

  test('digits are told and handed to the partner', async () => {
    const world = new World();
    const { a } = await world.bridged();
    receiveDtmf(world.exchange, a, '7', 1_600, 'RTP');
    expect(world.media.orders.at(-1)).toEqual({ order: 'dtmf', leg: 'B', digits: '7', durationMs: 200 });
    expect(await world.api('uuid_send_dtmf A 12@200')).toBe('+OK A sent DTMF 12@200.\n');
    expect(world.media.orders.at(-1)).toEqual({ order: 'dtmf', leg: 'A', digits: '12', durationMs: 200 });
    expect(await world.api('uuid_recv_dtmf A 34')).toBe('+OK A received DTMF 34.\n');
    const heard = world.events.filter(({ name }) => name === 'DTMF');
    expect(heard.map((event) => `${event.field('DTMF-Digit')} ${event.field('DTMF-Source')}`)).toEqual([
      '7 RTP',
      '3 APP',
      '4 APP',
    ]);
    expect(heard[0]!.field('variable_uuid')).toBeUndefined();
  });
});

describe('what is not in the subset', () => {
  test.each([
    'uuid_deflect A sip:b@192.0.2.1',
    'uuid_media off A',
    'eavesdrop A',
    'uuid_fileman A seek:1',
    'fsctl shutdown now',
    'bogus a b',
  ])('api %s is -ERR', async (command) => {
    const world = new World();
    await world.answered('A');
    expect(await world.api(command)).toBe(`-ERR ${command.split(' ')[0]!} Command not found!\n`);
  });

  test('sendmsg of an unknown application or call-command is -ERR, and the call lives', async () => {
    const world = new World();
    await world.answered('A');
    for (const headers of [
      [
        ['call-command', 'execute'],
        ['execute-app-name', 'voicemail'],
      ],
      [['call-command', 'execute']],
      [['call-command', 'unicast']],
      [],
    ] as [string, string][][])
      expect(world.commands.sendMessage('A', new Map(headers), '')).toMatch(/^-ERR /);
    expect(world.commands.sendMessage('nope', new Map(), '')).toBe('-ERR invalid session id [nope]');
    await world.settle();
    expect(await world.api('uuid_exists A')).toBe('true');
  });

  test('a transfer to a dial plan, or to an unknown application, is -ERR, and the bridge stands', async () => {
    const world = new World();
    const { a } = await world.bridged();
    for (const where of ['1000 XML default', 'conference:room@default+1234 inline', '-both lua:x inline'])
      expect(await world.api(`uuid_transfer A ${where}`)).toMatch(/^-ERR /);
    expect(a.partner?.uuid).toBe('B');
  });
});
