import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeValue, SwitchEvent } from './event.ts';
import { EventBus } from './event-bus.ts';
import { CommandFramer, FramingError } from './framing.ts';
import { DISCONNECT_NOTICE, EslSession, sameSecret, type CommandSet } from './session.ts';

class World {
  readonly written: string[] = [];
  readonly log: string[] = [];
  readonly later: (() => void)[] = [];
  readonly bus = new EventBus('127.0.0.1');
  pendingBytes = 0;
  end = 0;
  destroyed = 0;
  readonly session: EslSession;

  constructor(commands: Partial<CommandSet> = {}) {
    const pendingBytes = (): number => this.pendingBytes;
    const socket = {
      write: (text: string) => void this.written.push(text),
      get pendingBytes() {
        return pendingBytes();
      },
      end: () => void this.end++,
      destroy: () => void this.destroyed++,
    };
    this.session = new EslSession(socket, {
      bus: this.bus,
      commands: {
        run: (text) => `ran ${text}\n`,
        sendMessage: () => '+OK',
        sendEvent: () => '+OK',
        ...commands,
      },
      password: 'right',
      log: (line) => void this.log.push(line),
      soon: (call) => void this.later.push(call),
    });
  }

  /** Sends and gives what came back, events included. */
  async say(text: string): Promise<string> {
    const before = this.written.length;
    this.session.receive(Buffer.from(text));
    await this.settle();
    return this.written.slice(before).join('');
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      await Promise.resolve();
      for (const call of this.later.splice(0)) call();
    }
  }

  static async ready(events = 'json ALL', commands: Partial<CommandSet> = {}): Promise<World> {
    const world = new World(commands);
    await world.say('auth right\n\n');
    if (events !== '') await world.say(`event ${events}\n\n`);
    return world;
  }
}

const reply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`;
const api = (body: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;

describe('the event socket, byte for byte', () => {
  test('greets, refuses everything before the password, and takes it once', async () => {
    const world = new World();
    expect(world.written).toEqual(['Content-Type: auth/request\n\n']);
    expect(await world.say('api status\n\n')).toBe(reply('-ERR command not found'));
    expect(await world.say('event json ALL\n\n')).toBe(reply('-ERR command not found'));
    expect(await world.say('auth right\r\n\r\n')).toBe(reply('+OK accepted'));
    expect(await world.say('auth right\n\n')).toBe(reply('-ERR command not found'));
  });

  test('a wrong password ends the connection with the notice', async () => {
    const world = new World();
    expect(await world.say('auth wrong\n\n')).toBe(reply('-ERR invalid') + DISCONNECT_NOTICE);
    expect(world.end).toBe(1);
    expect(await world.say('auth right\n\n')).toBe('');
    expect(world.log).toEqual(['event socket client refused: wrong password']);
    expect(DISCONNECT_NOTICE).toContain('Content-Length: 67\n');
  });

  test.each([
    ['noop', '-ERR command not found'],
    ['bgapi', '-ERR command not found'],
    ['api', '-ERR command not found'],
    ['filter', '-ERR command not found'],
    ['sendlog', '-ERR command not found'],
    ['event', '-ERR no keywords supplied'],
    ['event json', '-ERR no keywords supplied'],
    ['event json BOGUS_EVENT', '-ERR no keywords supplied'],
    ['event json CHANNEL_CREATE BOGUS', '+OK event listener enabled json'],
    ['event plain CHANNEL_CREATE', '+OK event listener enabled plain'],
    ['event json CUSTOM', '+OK event listener enabled json'],
    ['nixevent CHANNEL_CREATE', '+OK events nixed'],
    ['nixevent', '-ERR no keywords supplied'],
    ['noevents', '+OK no longer listening for events'],
    ['filter Unique-ID abc', '+OK filter added. [Unique-ID]=[abc]'],
    ['filter delete Unique-ID abc', '+OK filter deleted. [Unique-ID][abc]'],
    ['filter delete all', '+OK filter deleted. [all][]'],
    ['filter delete', '-ERR invalid syntax'],
    ['linger', '-ERR not controlling a session'],
    ['nolinger', '-ERR not controlling a session'],
    ['divert_events on', '-ERR not controlling a session.'],
    ['nolog', '-ERR not loging'],
  ])('%s → %s', async (command, text) => {
    expect(await (await World.ready('')).say(`${command}\n\n`)).toBe(reply(text));
  });

  test('api answers with counted bytes, in the order of the commands', async () => {
    const world = await World.ready('');
    expect(await world.say('api one\n\napi héllo\n\n')).toBe(api('ran one\n') + api('ran héllo\n'));
  });

  test('bgapi replies first and tells every subscriber later, under the id it was given', async () => {
    const world = await World.ready('json BACKGROUND_JOB');
    const said = await world.say('bgapi echo a  b\nJob-UUID: mine 1\n\n');
    expect(
      said.startsWith('Content-Type: command/reply\nReply-Text: +OK Job-UUID: mine 1\nJob-UUID: mine 1\n\n'),
    ).toBe(true);
    const event = JSON.parse(said.slice(said.indexOf('{'))) as Record<string, string>;
    expect(event).toMatchObject({
      'Event-Name': 'BACKGROUND_JOB',
      'Job-UUID': 'mine 1',
      'Job-Command': 'echo',
      'Job-Command-Arg': 'a  b',
      'Content-Length': '14',
      _body: 'ran echo a  b\n',
    });
    const deaf = await World.ready('');
    expect(await deaf.say('bgapi x\n\n')).toMatch(
      /^Content-Type: command\/reply\nReply-Text: \+OK Job-UUID: [0-9a-f-]{36}\n\n$/,
    );
  });

  test('a sendmsg may carry its argument as a body', async () => {
    const seen: unknown[] = [];
    const world = await World.ready('', {
      sendMessage: (uuid, headers, body) => {
        seen.push([uuid, headers.get('execute-app-name'), body]);
        return '+OK';
      },
    });
    await world.say(
      'sendmsg A\ncall-command: execute\nexecute-app-name: playback\ncontent-length: 5\n\nab\n\ncapi x\n\n',
    );
    expect(seen).toEqual([['A', 'playback', 'ab\n\nc']]);
    expect(world.written.at(-1)).toBe(api('ran x\n'));
  });

  test('exit says goodbye', async () => {
    const world = await World.ready('');
    expect(await world.say('exit\n\n')).toBe(reply('+OK bye') + DISCONNECT_NOTICE);
    expect(world.end).toBe(1);
  });
});

const raise = (world: World, name: string, fields: [string, string][] = [], subclass?: string): void =>
  world.bus.raise(name, () => ({ fields }), subclass);
const namesIn = (text: string): string[] =>
  [...text.matchAll(/"Event-Name":"(\w+)"/g)].map((match) => match[1]!);

describe('events', () => {
  test('arrive only when asked for, and not at all when nobody does: they are not even built', async () => {
    const world = await World.ready('json CHANNEL_CREATE CUSTOM a::b CHANNEL_ANSWER');
    let built = 0;
    world.bus.raise('CHANNEL_ANSWER', () => {
      built++;
      return { fields: [] };
    });
    raise(world, 'CHANNEL_CREATE');
    raise(world, 'CUSTOM', [], 'a::b');
    raise(world, 'CUSTOM', [], 'x::y');
    await world.settle();
    // Every word after CUSTOM is a subclass: CHANNEL_ANSWER was none of the names.
    expect(built).toBe(0);
    expect(namesIn(world.written.join(''))).toEqual(['CHANNEL_CREATE', 'CUSTOM']);
  });

  test('begin with the thirteen headers every event has', async () => {
    const world = await World.ready('json ALL');
    raise(world, 'CHANNEL_CREATE', [['Unique-ID', 'A']]);
    await world.settle();
    const frame = world.written.at(-1)!;
    expect(frame).toMatch(/^Content-Length: \d+\nContent-Type: text\/event-json\n\n\{/);
    const event = JSON.parse(frame.slice(frame.indexOf('{'))) as Record<string, string>;
    expect(Object.keys(event)).toEqual([
      ...[
        'Event-Name',
        'Core-UUID',
        'FreeSWITCH-Hostname',
        'FreeSWITCH-Switchname',
        'FreeSWITCH-IPv4',
        'FreeSWITCH-IPv6',
      ],
      ...[
        'Event-Date-Local',
        'Event-Date-GMT',
        'Event-Date-Timestamp',
        'Event-Calling-File',
        'Event-Calling-Function',
      ],
      ...['Event-Calling-Line-Number', 'Event-Sequence', 'Unique-ID'],
    ]);
    expect(event['Event-Date-Timestamp']).toMatch(/^\d{16}$/);
  });

  test('in the plain form are percent-encoded, the body is not', () => {
    expect(encodeValue('Sat, 21 Nov 2026 12:54:23 "é" %/')).toBe(
      'Sat,%2021%20Nov%202026%2012%3A54%3A23%20%22%C3%A9%22%20%25/',
    );
    const event = new SwitchEvent('BACKGROUND_JOB', [['Event-Name', 'BACKGROUND_JOB']], { body: 'é: 1\n' });
    expect(event.frame('plain')).toBe(
      'Content-Length: 54\nContent-Type: text/event-plain\n\nEvent-Name: BACKGROUND_JOB\nContent-Length: 6\n\né: 1\n'.replace(
        '54',
        String(Buffer.byteLength('Event-Name: BACKGROUND_JOB\nContent-Length: 6\n\né: 1\n')),
      ),
    );
  });

  test('never overtake the reply of the command that caused them, and wait while a command runs', async () => {
    let finish: (text: string) => void = () => undefined;
    const world = await World.ready('json ALL', {
      run: (text) => {
        if (text !== 'slow') return 'ok';
        raise(world, 'CHANNEL_ANSWER');
        return new Promise<string>((resolve) => (finish = resolve));
      },
    });
    const before = world.written.length;
    world.session.receive(Buffer.from('api slow\n\napi quick\n\n'));
    await world.settle();
    expect(world.written.slice(before)).toEqual([]);
    finish('done');
    await world.settle();
    const after = world.written.slice(before);
    expect(after.slice(0, 2)).toEqual([api('done'), api('ok')]);
    expect(namesIn(after.slice(2).join(''))).toEqual(['CHANNEL_ANSWER']);
  });

  test('filters are ORed, may be regular expressions, and exclude with a minus', async () => {
    const world = await World.ready('json ALL');
    await world.say('filter Unique-ID A\n\n');
    await world.say('filter Event-Name /CHANNEL_(ANS|HANG)/\n\n');
    await world.say('filter Unique-ID -C\n\n');
    const before = world.written.length;
    raise(world, 'CHANNEL_CREATE', [['Unique-ID', 'A']]);
    raise(world, 'CHANNEL_CREATE', [['Unique-ID', 'B']]);
    raise(world, 'CHANNEL_ANSWER', [['Unique-ID', 'B']]);
    raise(world, 'CHANNEL_HANGUP', [['Unique-ID', 'C']]);
    raise(world, 'BACKGROUND_JOB');
    await world.settle();
    expect(namesIn(world.written.slice(before).join(''))).toEqual(['CHANNEL_CREATE', 'CHANNEL_ANSWER']);
  });

  test('a client that does not read is dropped, and the log says so', async () => {
    const world = await World.ready('json ALL');
    world.pendingBytes = 64 * 1_048_576;
    raise(world, 'HEARTBEAT');
    await world.settle();
    expect(world.destroyed).toBe(1);
    expect(world.log).toEqual(['event socket client dropped: it does not read its events']);
    const before = world.written.length;
    raise(world, 'HEARTBEAT');
    await world.settle();
    expect(world.written.length).toBe(before);
  });
});

describe('framing', () => {
  const text =
    '\n\napi one\n\n\r\nsendmsg A\r\nExecute-App-Arg: x: y\r\ncontent-length: 3\r\n\r\na\nbexit\n\n';

  test.each([1, 2, 3, 7, 1_000])('cuts the same commands from pieces of %i octets', (size) => {
    const framer = new CommandFramer();
    framer.trusted = true;
    const bytes = Buffer.from(text);
    const commands = [];
    for (let at = 0; at < bytes.length; at += size)
      commands.push(...framer.push(bytes.subarray(at, at + size)));
    expect(commands.map(({ line, body }) => [line, body])).toEqual([
      ['api one', ''],
      ['sendmsg A', 'a\nb'],
      ['exit', ''],
    ]);
    expect(commands[1]!.headers.get('execute-app-arg')).toBe('x: y');
  });

  test('a command without end is refused, early before the password', () => {
    const stranger = new CommandFramer();
    expect(() => stranger.push(Buffer.alloc(5_000, 0x61))).toThrow(FramingError);
    const friend = new CommandFramer();
    friend.trusted = true;
    expect(friend.push(Buffer.alloc(50_000, 0x61))).toEqual([]);
    expect(() => friend.push(Buffer.alloc(50_000, 0x61))).toThrow(FramingError);
  });

  test.each(['9999999', '-1', 'x', '1e3'])('content-length %s is refused', (length) => {
    const framer = new CommandFramer();
    expect(() => framer.push(Buffer.from(`sendmsg A\ncontent-length: ${length}\n\n`))).toThrow(FramingError);
  });

  test('whatever arrives, a session never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 10 }), async (chunks) => {
        const world = await World.ready('');
        for (const chunk of chunks) world.session.receive(Buffer.from(chunk));
        await world.settle();
      }),
      { numRuns: 50 },
    );
  });
});

test('secrets are compared whole', () => {
  expect(sameSecret('abc', 'abc')).toBe(true);
  expect(sameSecret('abc', 'abd')).toBe(false);
  expect(sameSecret('abc', 'abcd')).toBe(false);
});
