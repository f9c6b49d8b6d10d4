import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EslPeer, apiFrame, eventFrame, farewell } from '../../test/support/switches-esl-peer.ts';
import { until } from '../../test/support/until.ts';
import { createVirtualClock, type VirtualClock } from '../../test/support/virtual-clock.ts';
import { EslConnection, type EslEvent } from './connection.ts';

describe('the event socket', () => {
  let peer: EslPeer;
  let clock: VirtualClock;
  let connection: EslConnection;
  let opened: string[];
  let closed: string[];
  let events: EslEvent[];

  const connect = (password = 'secret') => {
    connection = new EslConnection({
      host: '127.0.0.1',
      port: peer.port,
      password,
      events: ['CHANNEL_PARK', 'BACKGROUND_JOB'],
      clock,
      listener: {
        opened: (core) => void opened.push(core),
        event: (event) => void events.push(event),
        heard: () => undefined,
        closed: (why) => void closed.push(why),
      },
    });
    connection.start();
  };
  const connected = async () => {
    connect();
    await until('open', () => opened.length === 1);
  };

  beforeEach(async () => {
    peer = await EslPeer.open();
    clock = createVirtualClock();
    [opened, closed, events] = [[], [], []];
  });
  afterEach(async () => {
    connection.close();
    await until('every socket is closed', () => peer.open === 0);
    expect(clock.pending).toBe(0);
    await peer.close();
  });

  it('authenticates, subscribes to what it was given and nothing else, and learns the core', async () => {
    await connected();
    expect(opened).toEqual(['core-1']);
    expect(peer.commands).toEqual([
      'auth secret',
      'event json BACKGROUND_JOB',
      'event json CHANNEL_PARK BACKGROUND_JOB',
      'api global_getvar core_uuid',
    ]);
  });

  it('gives each command its own reply, however the bytes are cut', async () => {
    peer.pieces = 1;
    peer.api = (command) => `héllo 李伟 ${command}\n`;
    await connected();
    const replies = await Promise.all(['a', 'b', 'c'].map((command) => connection.api(command)));
    expect(replies).toEqual(['a', 'b', 'c'].map((command) => `héllo 李伟 ${command}\n`));
  });

  it('takes an event that comes in one piece with a reply', async () => {
    await connected();
    peer.api = () => undefined;
    const reply = connection.api('x');
    await until('asked', () => peer.commands.includes('api x'));
    const event = eventFrame('{"Event-Name":"CHANNEL_PARK","Unique-ID":"u1","Text":"a, \\"b\\" %zz 李"}');
    peer.write(`${event}${apiFrame('done')}${event}`);
    expect(await reply).toBe('done');
    await until('both events', () => events.length === 2);
    expect(events[0]?.get('Text')).toBe('a, "b" %zz 李');
    expect(events[0]?.get('Nothing')).toBeUndefined();
  });

  it('runs a job under the id it was given and hands over its result', async () => {
    await connected();
    await connection.background('originate x', 'leg-1');
    expect(peer.headers.get('bgapi originate x')).toBe('Job-UUID: leg-1');
    peer.event('BACKGROUND_JOB', { 'Job-UUID': 'leg-1', 'Content-Length': '16' }, '-ERR USER_BUSY\n');
    await until('result', () => events.length === 1);
    expect(events[0]).toMatchObject({ name: 'BACKGROUND_JOB', body: '-ERR USER_BUSY\n' });
    peer.bgapi = () => '-ERR nope';
    await expect(connection.background('originate y', 'leg-2')).rejects.toMatchObject({ reason: 'refused' });
  });

  it('drops the socket on an overdue reply, so that no later reply is taken for another', async () => {
    await connected();
    // The switch answers a socket's commands one after the other: one that hangs holds up all that follow.
    peer.api = (command) => (command === 'fresh' ? 'fresh!' : undefined);
    const slow = connection.api('slow');
    const next = connection.api('next-in-line');
    const outcomes = Promise.allSettled([slow, next]);
    await until('asked', () => peer.commands.includes('api next-in-line'));
    await clock.advance(4_000);
    const [first, second] = await outcomes;
    expect(first).toMatchObject({ reason: { reason: 'timeout' } });
    expect(second).toMatchObject({ reason: { reason: 'disconnected' } });
    expect(closed).toEqual(['a reply is overdue']);
    await clock.advance(100);
    await until('open again', () => opened.length === 2);
    expect(await connection.api('fresh')).toBe('fresh!');
  });

  it('rejects what is pending when the socket dies, and refuses commands until it is back', async () => {
    await connected();
    peer.api = () => undefined;
    const pending = [connection.api('a'), connection.api('b'), connection.background('originate z', 'j')];
    const outcomes = Promise.allSettled(pending);
    await until('asked', () => peer.commands.some((command) => command.startsWith('bgapi')));
    // The background job's reply arrives; the other two never do.
    peer.cut();
    const reasons = (await outcomes).map(
      (one) => one.status === 'rejected' && (one.reason as { reason: string }).reason,
    );
    expect(reasons.slice(0, 2)).toEqual(['disconnected', 'disconnected']);
    expect(() => connection.api('c')).toThrow(expect.objectContaining({ reason: 'disconnected' }));
    peer.api = () => 'ok';
    await clock.advance(50);
    await until('open again', () => opened.length === 2);
    expect(await connection.api('d')).toBe('ok');
  });

  it('tries again with growing pauses while nobody listens', async () => {
    await connected();
    const { port } = peer;
    await peer.close();
    await until('closed', () => closed.length === 1);
    for (const [attempt, pause] of [50, 100, 200, 400, 800, 1_000, 1_000].entries()) {
      await clock.advance(pause - 1);
      expect(closed).toHaveLength(attempt + 1);
      await clock.advance(1);
      await until('refused', () => closed.length === attempt + 2);
    }
    expect(port).toBe(peer.port || port);
    peer = await EslPeer.open();
  });

  it('says so when the password is wrong', async () => {
    connect('guess');
    await until('refused', () => closed.length === 1);
    expect(closed).toEqual(['the switch refused the password']);
    expect(opened).toEqual([]);
  });

  it('says so when its address is not welcome', async () => {
    peer.greeting = `Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n${farewell}`;
    connect();
    await until('refused', () => closed.length === 1);
    expect(closed).toEqual(['the switch refuses our address']);
  });

  it('gives up on a peer that accepts and then says nothing', async () => {
    peer.greeting = '';
    connect();
    await until('accepted', () => peer.connections === 1);
    await clock.advance(2_000);
    expect(closed).toEqual(['not connected within 2000 ms']);
  });

  it.each([
    ['an event that is no JSON', eventFrame('{"Event-Name":')],
    ['a header that cannot be decoded', 'Content-Type: command/reply\nReply-Text: 100%\n\n'],
  ])('survives %s by starting afresh', async (_what, frame) => {
    await connected();
    peer.write(frame);
    await until('closed', () => closed.length === 1);
    await clock.advance(50);
    await until('open again', () => opened.length === 2);
  });

  it('lets no line break through', async () => {
    await connected();
    expect(() => connection.api('status\n\napi hupall')).toThrow('line break');
    expect(peer.commands).not.toContain('api hupall');
  });
});
