import { describe, expect, test, vi } from 'vitest';
import type { FarEnd } from './support/world.ts';
import { World, account } from './support/world.ts';

const stateOf = (eventSerno: number, subscribedChannel = 'vcc.default', more: object = {}) => ({
  eventChannel: 'vcc.default.1007',
  subscribedChannel,
  eventSerno,
  eventType: 'agent-state',
  data: { queue: 'default', agent: '1007', state: 'READY' },
  ...more,
});

const grant = (socket: FarEnd, sernos: Record<string, number>): Promise<void> =>
  socket.answer('verto.subscribe', { subscribedChannels: Object.keys(sernos), sernos });

describe('subscribing', () => {
  test('before the log-in: asked for right after it', async () => {
    const world = new World();
    const verto = world.verto();
    const handler = vi.fn();
    const handles = verto.subscribe('vcc.default.1007', { handler });
    void verto.connect(account).catch(() => undefined);
    await world.socket.letIn();
    expect(world.socket.last('verto.subscribe').params).toEqual({
      eventChannel: 'vcc.default.1007',
      sessid: verto.sessid,
    });
    await grant(world.socket, { 'vcc.default.1007': 5 });
    await handles.ready;
    await world.socket.event(stateOf(6, 'vcc.default.1007'));
    expect(handler).toHaveBeenCalledExactlyOnceWith(
      verto,
      expect.objectContaining({ eventSerno: 6 }),
      undefined,
    );
    verto.closeSocket();
  });

  test('several at once are one request; each handler gets its own', async () => {
    const world = new World();
    const verto = await world.online();
    const [all, group] = [vi.fn(), vi.fn()];
    verto.subscribe('vcc', { handler: all });
    verto.subscribe(['vcc.default', 'chat.default'], { handler: group, userData: 'mine' });
    expect(world.socket.last('verto.subscribe').params.eventChannel).toEqual(['vcc.default', 'chat.default']);
    await world.socket.event(stateOf(1, 'vcc'));
    await world.socket.event(stateOf(1, 'vcc.default'));
    expect(all).toHaveBeenCalledTimes(1);
    expect(group).toHaveBeenCalledExactlyOnceWith(verto, expect.anything(), 'mine');
  });

  test('plain mod_verto names no subscribedChannel: the longest of ours that fits gets the event', async () => {
    const world = new World();
    const verto = await world.online();
    const [all, group] = [vi.fn(), vi.fn()];
    verto.subscribe('vcc', { handler: all });
    verto.subscribe('vcc.default', { handler: group });
    await world.socket.event({ eventChannel: 'vcc.default.1007', eventType: 'x' });
    await world.socket.event({ eventChannel: 'vcc.sales.1007', eventType: 'x' });
    expect([all.mock.calls.length, group.mock.calls.length]).toEqual([1, 1]);
  });

  test('without a handler, onEvent gets the event', async () => {
    const world = new World();
    const onEvent = vi.fn();
    const verto = await world.online({}, { onEvent });
    verto.subscribe('vcc');
    await world.socket.event(stateOf(1, 'vcc'));
    expect(onEvent).toHaveBeenCalledExactlyOnceWith(
      verto,
      expect.objectContaining({ eventSerno: 1 }),
      undefined,
    );
  });

  test('a channel that is not ours to hear: ready rejects, and it is not asked for again', async () => {
    const world = new World();
    const verto = await world.online();
    const handles = verto.subscribe(['vcc.default', 'vcc.default.1008']);
    await world.socket.answer('verto.subscribe', {
      subscribedChannels: ['vcc.default'],
      unauthorizedChannels: ['vcc.default.1008'],
    });
    await expect(handles.ready).rejects.toMatchObject({
      reason: 'refused',
      data: { channel: 'vcc.default.1008' },
    });
    await world.socket.drop();
    await world.pass(1_000);
    await world.socket.letIn();
    expect(world.socket.last('verto.subscribe').params.eventChannel).toBe('vcc.default');
  });

  test('"Already Subscribed" comes as an error and is none', async () => {
    const world = new World();
    const verto = await world.online();
    const readyHandler = vi.fn();
    const handles = verto.subscribe('vcc', { readyHandler });
    await world.socket.refuse('verto.subscribe', {
      code: -32602,
      message: 'Already Subscribed',
      alreadySubscribedChannels: ['vcc'],
    });
    await handles.ready;
    expect(readyHandler).toHaveBeenCalledExactlyOnceWith(verto, 'vcc');
  });

  test('an unanswered subscription is asked again while somebody wants it', async () => {
    const world = new World();
    const verto = await world.online({ requestTimeout: 5_000, keepAlive: false });
    verto.subscribe('vcc');
    await world.pass(5_000);
    expect(world.socket.methods()).toEqual(['login', 'verto.subscribe', 'verto.subscribe']);
    void verto.unsubscribe('vcc');
    await world.pass(60_000);
    expect(world.socket.methods().filter((method) => method === 'verto.subscribe')).toHaveLength(2);
  });

  test('the same function twice on one channel hears each event once', async () => {
    const world = new World();
    const verto = await world.online();
    const handler = vi.fn();
    verto.subscribe('vcc', { handler });
    verto.subscribe('vcc', { handler });
    await world.socket.event(stateOf(1, 'vcc'));
    expect(handler).toHaveBeenCalledOnce();
  });

  test('a handler that throws does not keep the event from the next one', async () => {
    const world = new World();
    const verto = await world.online();
    const second = vi.fn();
    verto.subscribe('vcc', {
      handler: () => {
        throw new Error('a mistake of the page');
      },
    });
    verto.subscribe('vcc', { handler: second });
    await world.socket.event(stateOf(1, 'vcc'));
    expect(second).toHaveBeenCalledOnce();
    expect(world.reported).toHaveLength(1);
  });

  test('an event for this session alone needs no subscription', async () => {
    const world = new World();
    const onMessage = vi.fn();
    const verto = await world.online({}, { onMessage });
    await world.socket.event({ eventChannel: verto.sessid, data: { pvtData: 1 } });
    expect(onMessage).toHaveBeenCalledWith(
      verto,
      null,
      expect.objectContaining({ name: 'pvtEvent' }),
      expect.anything(),
    );
  });
});

describe('unsubscribing', () => {
  test('the last handler takes the channel along', async () => {
    const world = new World();
    const verto = await world.online();
    const one = verto.subscribe('vcc', { handler: vi.fn() });
    const two = verto.subscribe('vcc', { handler: vi.fn() });
    void verto.unsubscribe(one);
    expect(world.socket.methods()).not.toContain('verto.unsubscribe');
    void verto.unsubscribe(two);
    expect(world.socket.last('verto.unsubscribe').params.eventChannel).toBe('vcc');
  });

  test('by name, or all of them', async () => {
    const world = new World();
    const verto = await world.online();
    const handler = vi.fn();
    verto.subscribe(['a', 'b', 'c'], { handler });
    void verto.unsubscribe('a');
    void verto.unsubscribe();
    expect(world.socket.last('verto.unsubscribe').params.eventChannel).toEqual(['b', 'c']);
    await world.socket.event({ eventChannel: 'b' });
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('replay', () => {
  async function listening(world = new World()) {
    const seen: number[] = [];
    const verto = await world.online();
    verto.subscribe('vcc.default', { handler: (_verto, event) => seen.push(event.eventSerno ?? -1) });
    await grant(world.socket, { 'vcc.default': 100 });
    return { world, verto, seen };
  }
  async function again(world: World): Promise<void> {
    await world.socket.drop();
    await world.pass(1_000);
    await world.socket.letIn();
  }

  test('after a reconnect the last serial number goes along, and what was missed comes once and in order', async () => {
    const { world, verto, seen } = await listening();
    for (const serno of [101, 102]) await world.socket.event(stateOf(serno));
    await again(world);
    expect(world.socket.last('verto.subscribe').params).toMatchObject({
      eventChannel: 'vcc.default',
      lastSerno: { 'vcc.default': 102 },
    });
    await grant(world.socket, { 'vcc.default': 104 });
    for (const serno of [102, 103, 104, 104, 105]) await world.socket.event(stateOf(serno));
    expect(seen).toEqual([101, 102, 103, 104, 105]);
    expect(verto.counters.duplicateEvents).toBe(2);
  });

  test('a break before the first event misses nothing either', async () => {
    const { world } = await listening();
    await again(world);
    expect(world.socket.last('verto.subscribe').params.lastSerno).toEqual({ 'vcc.default': 100 });
  });

  test('a server that no longer has it all sends a snapshot, and counts on from there', async () => {
    const { world, seen } = await listening();
    await again(world);
    await grant(world.socket, { 'vcc.default': 9_000 });
    await world.socket.event(
      stateOf(9_000, 'vcc.default', { eventType: 'snapshot', data: { reason: 'gap' } }),
    );
    await world.socket.event(stateOf(9_001));
    await world.socket.event(stateOf(9_000));
    expect(seen).toEqual([9_000, 9_001]);
  });

  test('plain mod_verto counts anew on each connection: nothing is taken for a repetition', async () => {
    const world = new World();
    const handler = vi.fn();
    const verto = await world.online();
    verto.subscribe('conf', { handler });
    await world.socket.answer('verto.subscribe', { subscribedChannels: ['conf'] });
    for (const eventSerno of [0, 1, 2]) await world.socket.event({ eventChannel: 'conf', eventSerno });
    await again(world);
    expect(world.socket.last('verto.subscribe').params.lastSerno).toBeUndefined();
    await world.socket.answer('verto.subscribe', { subscribedChannels: ['conf'] });
    for (const eventSerno of [0, 1, 2]) await world.socket.event({ eventChannel: 'conf', eventSerno });
    expect(handler).toHaveBeenCalledTimes(6);
  });

  test('a page that subscribes in onWSLogin, at every log-in anew, hears each event once and misses none', async () => {
    const world = new World();
    const seen: string[] = [];
    let round = 0;
    world.verto(account, {
      onWSLogin: (verto, success) => {
        const mine = (round += 1);
        if (success)
          verto.subscribe('vcc.default', {
            handler: (_verto, event) => seen.push(`${mine}:${event.eventSerno}`),
          });
      },
    });
    await world.socket.letIn();
    await grant(world.socket, { 'vcc.default': 10 });
    await world.socket.event(stateOf(11));
    await again(world);
    expect(world.socket.methods().filter((method) => method === 'verto.subscribe')).toHaveLength(1);
    expect(world.socket.last('verto.subscribe').params.lastSerno).toEqual({ 'vcc.default': 11 });
    await grant(world.socket, { 'vcc.default': 12 });
    await world.socket.event(stateOf(12));
    expect(seen).toEqual(['1:11', '2:12']);
  });

  test('the first look is asked for once: after a reconnect the replay does', async () => {
    const world = new World();
    const verto = await world.online();
    verto.subscribe('vcc', { snapshot: true });
    expect(world.socket.last('verto.subscribe').params.snapshot).toBe(true);
    await grant(world.socket, { vcc: 7 });
    await again(world);
    expect(world.socket.last('verto.subscribe').params).toMatchObject({ lastSerno: { vcc: 7 } });
    expect(world.socket.last('verto.subscribe').params.snapshot).toBeUndefined();
  });
});
