// Legs that listen, take over and confer, as events tell it.

import { describe, expect, test } from 'vitest';
import { peerBye, World } from '../../test/support/channel-world.ts';
import type { MediaOrder } from '../media/protocol.ts';
import { hangUp } from './hangup.ts';

const orders = (world: World, kind: MediaOrder['order']): MediaOrder[] =>
  world.media.orders.filter(({ order }) => order === kind);
const execute = async (world: World, uuid: string, name: string, argument: string): Promise<string> => {
  const headers = new Map([
    ['call-command', 'execute'],
    ['execute-app-name', name],
    ['execute-app-arg', argument],
  ]);
  const reply = world.commands.sendMessage(uuid, headers, '');
  await world.settle();
  return reply;
};
const namesOf = (world: World, uuid: string): string[] =>
  world.story.filter((line) => line.split(' ')[1] === uuid).map((line) => line.split(' ')[0]!);
const bugs = (world: World): string[] =>
  world.events
    .filter(({ name }) => name.startsWith('MEDIA_BUG'))
    .map(
      (event) => `${event.name.slice(10)} ${event.field('Unique-ID')} ${event.field('Media-Bug-Function')}`,
    );

describe('eavesdrop', () => {
  test('ends with the watched leg, and what the leg did before goes on', async () => {
    const world = new World();
    const { a } = await world.bridged();
    await world.answered('S');
    world.events.length = 0;
    expect(await execute(world, 'S', 'eavesdrop', 'A')).toBe('+OK');
    hangUp(world.exchange, a, 'NORMAL_CLEARING', peerBye);
    await world.settle();
    expect(namesOf(world, 'S')).toEqual(['CHANNEL_EXECUTE', 'CHANNEL_EXECUTE_COMPLETE']);
    expect(bugs(world)).toEqual(['START A eavesdrop', 'STOP A eavesdrop']);
    expect(world.exchange.find('S')?.parked).toBe(true);
  });

  test('as the whole plan of a leg ends with a hang-up', async () => {
    const world = new World();
    await world.bridged();
    const s = await world.answered('S');
    await world.api('uuid_transfer S eavesdrop:A inline');
    await world.api('uuid_kill A');
    expect(s.hangupCause).toBe('NORMAL_CLEARING');
  });

  test('waits for a leg that has no sound yet, and gives up after six seconds', async () => {
    const world = new World();
    await world.arrive('A');
    await world.answered('S');
    await execute(world, 'S', 'eavesdrop', 'A');
    expect(orders(world, 'eavesdrop')).toHaveLength(0);
    await world.pass(200);
    await world.api('uuid_answer A');
    await world.pass(200);
    expect(orders(world, 'eavesdrop')).toHaveLength(1);
    await world.arrive('B');
    await world.api('uuid_transfer S eavesdrop:B,park: inline');
    for (let ms = 0; ms < 7_000; ms += 100) await world.pass(100);
    expect(world.exchange.find('S')?.parked).toBe(true);
    expect(world.timers).toBe(0);
  });

  test('keeps what was sent to it until it is over', async () => {
    const world = new World();
    await world.bridged();
    await world.answered('S');
    await execute(world, 'S', 'eavesdrop', 'A');
    await execute(world, 'S', 'playback', 'silence_stream://100');
    expect([...world.media.played.values()]).toEqual([]);
    await world.api('uuid_recv_dtmf S *');
    expect([...world.media.played.values()]).toEqual(['silence_stream://100']);
  });

  test('takes a mode by sendevent before the first sound, and refuses what is no command to it', async () => {
    const world = new World();
    await world.arrive('A');
    await world.answered('S');
    const send = (uuid: string, command?: string): string =>
      world.commands.sendEvent(
        'NOTIFY',
        new Map([
          ['unique-id', uuid],
          ...(command === undefined ? [] : [['eavesdrop-command', command] as const]),
        ]),
      );
    expect(send('S', '2')).toMatch(/^-ERR /);
    await execute(world, 'S', 'eavesdrop', 'A');
    expect(send('S', '2')).toMatch(/^\+OK /);
    expect(send('S')).toMatch(/^-ERR /);
    expect(send('nobody', '2')).toMatch(/^-ERR /);
    await world.api('uuid_answer A');
    await world.pass(100);
    expect(orders(world, 'eavesdrop')[0]).toMatchObject({ mode: { target: true, other: false } });
  });
});

test('a sound laid over a leg that hangs up ends in CS_HANGUP, a listener before', async () => {
  const world = new World();
  await world.bridged();
  await world.answered('S');
  await execute(world, 'S', 'eavesdrop', 'A');
  await world.api('uuid_displace A start silence_stream://-1 0 mux');
  world.events.length = 0;
  await world.api('uuid_kill A');
  const ends = world.events
    .filter(({ name }) => name === 'MEDIA_BUG_STOP')
    .map((event) => [event.field('Media-Bug-Function'), event.field('Channel-State')]);
  expect(ends).toEqual([
    ['eavesdrop', 'CS_SOFT_EXECUTE'],
    ['displace', 'CS_HANGUP'],
  ]);
});

describe('intercept', () => {
  test('of a parked leg hurts nobody, of nobody does nothing', async () => {
    const world = new World();
    const [a, s] = [await world.answered('A'), await world.answered('S')];
    await execute(world, 'S', 'intercept', 'A');
    expect(s.partner).toBe(a);
    const t = await world.answered('T');
    await execute(world, 'T', 'intercept', 'nobody');
    await execute(world, 'T', 'intercept', '-bleg nobody');
    expect([t.alive, t.parked]).toEqual([true, true]);
  });

  test('a leg that would take its own partner keeps it', async () => {
    const world = new World();
    const { a, b } = await world.bridged();
    await execute(world, 'A', 'intercept', 'B');
    expect([a.partner, b.alive]).toEqual([b, true]);
  });
});

describe('a conference', () => {
  const joined = async (...legs: string[]): Promise<World> => {
    const world = new World();
    for (const leg of legs) {
      await world.answered(leg);
      await world.api(`uuid_transfer ${leg} conference:room@default inline`);
    }
    return world;
  };
  const actions = (world: World): string[] =>
    world.events
      .filter(({ name }) => name === 'CUSTOM')
      .map((event) => [event.field('Action'), event.field('Unique-ID')].filter(Boolean).join(' '));

  test('tells its whole life, from the first member to the last', async () => {
    const world = await joined('A', 'B');
    await world.api('uuid_kill A');
    await world.api('uuid_transfer B park: inline');
    expect(actions(world)).toEqual([
      'conference-create',
      'add-member A',
      'floor-change A',
      'add-member B',
      'floor-change',
      'del-member A',
      'floor-change B',
      'floor-change',
      'del-member B',
      'conference-destroy',
    ]);
    expect(world.exchange.conferences.all).toEqual([]);
  });

  test('gives the floor to who talks while nobody else does', async () => {
    const world = await joined('A', 'B');
    world.events.length = 0;
    const [conference] = world.exchange.conferences.all;
    conference!.noteTalking('B', true, 900);
    conference!.noteTalking('A', true, 800);
    conference!.noteTalking('A', true, 800);
    conference!.noteTalking('nobody', true, 1);
    expect(actions(world)).toEqual(['start-talking B', 'floor-change B', 'start-talking A']);
    expect(await world.api('conference room list')).toMatch(
      /;hear\|speak\|talking\|floor;0;0;100\n.*;hear\|speak\|talking;0;0;100\n$/,
    );
  });

  test('begun on top of a bridge, it leaves the leg where it was', async () => {
    const world = new World();
    await world.bridged();
    await execute(world, 'B', 'conference', 'room');
    expect(world.media.orders.at(-1)).toMatchObject({ order: 'admit', leg: 'B' });
    await world.api('conference room kick last');
    expect(world.media.orders.slice(-2)).toEqual([
      { order: 'leave', leg: 'B' },
      { order: 'join', room: 'A', legs: ['B'] },
    ]);
    expect(world.exchange.find('B')?.partner?.uuid).toBe('A');
  });

  test('an answer comes first for a leg that has none yet', async () => {
    const world = new World();
    await world.arrive('A');
    await world.api('uuid_transfer A conference:room inline');
    expect(world.sent).toContain('A 200');
    expect(world.exchange.find('A')?.answered).toBe(true);
  });

  test('ends with the member it hangs on', async () => {
    const world = await joined('A');
    await world.answered('B');
    await world.api('uuid_transfer B conference:room++flags{endconf|moderator} inline');
    await world.api('uuid_kill B');
    expect(world.exchange.find('A')).toBeUndefined();
    expect(await world.api('conference list')).toBe('+OK No active conferences.\n');
  });

  test.each([
    'conference room bogus',
    'conference nowhere list',
    'conference room mute 99',
    'conference room play /nope.wav',
    'conference room bgdial',
  ])('%s is -ERR', async (command) => {
    const world = await joined('A');
    world.media.missing.add('/nope.wav');
    expect(await world.api(command)).toMatch(/^-ERR /);
  });
});

describe('play_and_get_digits', () => {
  const ended = async (world: World): Promise<void> => {
    for (const end of [...world.exchange.plays.values()]) end(800);
    await world.settle();
  };
  const ask = async (argument: string): Promise<World> => {
    const world = new World();
    await world.answered('A');
    expect(await execute(world, 'A', 'play_and_get_digits', argument)).toBe('+OK');
    return world;
  };
  const variable = (world: World, name: string): string | undefined =>
    world.exchange.find('A')?.variables.get(name);

  test('a key stops the prompt; a terminator ends it', async () => {
    const world = await ask('1 4 1 2000 # prompt bad pin \\d+');
    await world.api('uuid_recv_dtmf A 12#');
    expect([
      variable(world, 'pin'),
      variable(world, 'read_result'),
      variable(world, 'read_terminator_used'),
    ]).toEqual(['12', 'success', '#']);
    expect(namesOf(world, 'A').slice(-3)).toEqual(['DTMF', 'DTMF', 'CHANNEL_EXECUTE_COMPLETE']);
    expect(world.timers).toBe(0);
  });

  test('digits that do not match are asked for again, and kept aside', async () => {
    const world = await ask('1 1 2 2000 # prompt bad pin [12]');
    await ended(world);
    await world.api('uuid_recv_dtmf A 7');
    expect([...world.media.played.values()]).toEqual(['prompt', 'bad']);
    await ended(world);
    await ended(world);
    await world.api('uuid_recv_dtmf A 2');
    expect([variable(world, 'pin'), variable(world, 'pin_invalid')]).toEqual(['2', '7']);
    expect(namesOf(world, 'A').at(-1)).toBe('CHANNEL_EXECUTE_COMPLETE');
  });

  test('silence is a failure after the last try', async () => {
    const world = await ask('1 4 1 2000 # prompt bad pin \\d+');
    await ended(world);
    await world.pass(2_000);
    await ended(world);
    expect([variable(world, 'pin'), variable(world, 'read_result')]).toEqual([undefined, 'failure']);
    expect(world.exchange.find('A')?.applications).toEqual([]);
  });

  test.each(['1 4', '2 1 1 1000 # a b', '1 4 0 1000 # a b', '1 x 1 1000 # a b', '1 4 1 1000 # a b v (', ''])(
    '%j is refused',
    async (argument) => {
      const world = new World();
      await world.answered('A');
      expect(await execute(world, 'A', 'play_and_get_digits', argument)).toMatch(/^-ERR /);
    },
  );

  test('a bridge in the middle ends it, and no timer is left', async () => {
    const world = await ask('1 4 1 2000 # prompt bad pin \\d+');
    await ended(world);
    await world.answered('B');
    await world.api('uuid_bridge A B');
    expect(world.exchange.find('A')?.partner?.uuid).toBe('B');
    expect(world.timers).toBe(0);
  });
});

test('a recording ends by its limit', async () => {
  const world = new World();
  await world.answered('A');
  await world.api('uuid_record A start /tmp/x.wav 3');
  await world.pass(2_900);
  expect(world.events.some(({ name }) => name === 'RECORD_STOP')).toBe(false);
  await world.pass(100);
  expect(world.events.some(({ name }) => name === 'RECORD_STOP')).toBe(true);
  expect(await world.api('uuid_buglist A')).toBe('<media-bugs>\n</media-bugs>\n');
  expect(world.timers).toBe(0);
});
