import { describe, expect, test, vi } from 'vitest';
import { World, settle } from './support/world.ts';

describe('requests', () => {
  test('a refusal carries the server’s code, words and data', async () => {
    const world = new World();
    const verto = await world.online();
    const asked = verto.call('cc.break', { queue: 'default' });
    await world.socket.refuse('cc.break', {
      code: 409,
      message: 'wrong state',
      data: { refusal: 'in_call' },
    });
    await expect(asked).rejects.toMatchObject({
      name: 'VertoError',
      reason: 'refused',
      code: 409,
      message: 'wrong state',
      data: { refusal: 'in_call' },
    });
  });

  test('no answer in time: `timeout`; the answer that comes later is counted and dropped', async () => {
    const world = new World();
    const verto = await world.online({ requestTimeout: 3_000, keepAlive: false });
    const asked = verto.call('echo', { n: 1 });
    const late = world.socket.last('echo');
    const failed = expect(asked).rejects.toMatchObject({ reason: 'timeout' });
    await world.pass(3_000);
    await failed;
    const next = verto.call('echo', { n: 2 });
    await world.socket.send({ jsonrpc: '2.0', id: late.id, result: { n: 1 } });
    expect(verto.counters.lateAnswers).toBe(1);
    await world.socket.answer('echo', { n: 2 });
    expect(await next).toEqual({ n: 2 });
    expect(world.timers).toBe(0);
  });

  test('one request may have more time than the others', async () => {
    const world = new World();
    const verto = await world.online({ requestTimeout: 1_000, keepAlive: false });
    const outcome = vi.fn();
    verto.call('echo', {}, { timeout: 60_000 }).then(outcome, outcome);
    await world.pass(59_000);
    expect(outcome).not.toHaveBeenCalled();
    await world.pass(1_000);
    expect(outcome).toHaveBeenCalledWith(expect.objectContaining({ reason: 'timeout' }));
  });

  test('what was sent when the connection broke is lost and never sent again', async () => {
    const world = new World();
    const verto = await world.online();
    const asked = verto.call('cc.dial', { destNumber: '5' });
    await world.socket.drop();
    await expect(asked).rejects.toMatchObject({ reason: 'connection-lost' });
    await world.pass(1_000);
    await world.socket.letIn();
    expect(world.socket.methods()).toEqual(['login']);
  });

  test('what was asked while there was no connection goes out, in order, when it is back', async () => {
    const world = new World();
    const verto = await world.online();
    await world.socket.drop();
    void verto.call('echo', { n: 1 });
    void verto.call('echo', { n: 2 });
    await world.pass(1_000);
    await world.socket.letIn();
    expect(world.socket.asked.slice(1).map(({ params }) => params.n)).toEqual([1, 2]);
  });

  test('what waited too long for a connection is not sent afterwards', async () => {
    const world = new World();
    const verto = await world.online({ requestTimeout: 2_000, reconnect: { firstMs: 60_000 } });
    await world.socket.drop();
    const asked = expect(verto.call('echo')).rejects.toMatchObject({ reason: 'timeout' });
    await world.pass(60_000);
    await asked;
    await world.socket.letIn();
    expect(world.socket.methods()).toEqual(['login']);
  });

  test('before connect() nothing waits for a miracle', async () => {
    await expect(new World().verto().call('echo')).rejects.toMatchObject({ reason: 'not-connected' });
  });

  test('ids never repeat, over all connections', async () => {
    const world = new World();
    const verto = await world.online();
    for (let round = 0; round < 3; round += 1) {
      verto.call('echo').catch(() => undefined);
      await world.socket.drop();
      await world.pass(10_000);
      await world.socket.letIn();
    }
    const ids = world.sockets.flatMap(({ asked }) => asked.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('an answer with the id of somebody else’s text form is nobody’s', async () => {
    const world = new World();
    const verto = await world.online();
    const outcome = vi.fn();
    verto.call('echo').then(outcome, outcome);
    await world.socket.send({ jsonrpc: '2.0', id: String(world.socket.last('echo').id), result: {} });
    expect(outcome).not.toHaveBeenCalled();
    expect(verto.counters.lateAnswers).toBe(1);
  });
});

describe('batches', () => {
  test('go out as one frame; each request has its own outcome, answered in any order', async () => {
    const world = new World();
    const verto = await world.online();
    const asked = verto.batch([
      { method: 'echo', params: { n: 1 } },
      { method: 'no.such' },
      { method: 'echo', params: { n: 3 } },
    ]);
    expect(world.socket.frames.at(-1)).toHaveLength(3);
    const [first, second, third] = world.socket.asked.slice(-3);
    await world.socket.send([
      { jsonrpc: '2.0', id: third?.id, result: { n: 3 } },
      { jsonrpc: '2.0', id: second?.id, error: { code: -32601, message: 'Invalid Method' } },
      { jsonrpc: '2.0', id: first?.id, result: { n: 1 } },
    ]);
    expect(await asked).toEqual([
      { status: 'fulfilled', value: { n: 1 } },
      { status: 'rejected', reason: expect.objectContaining({ code: -32601 }) as unknown },
      { status: 'fulfilled', value: { n: 3 } },
    ]);
  });

  test('an empty batch sends nothing', async () => {
    const world = new World();
    const verto = await world.online();
    expect(await verto.batch([])).toEqual([]);
    expect(world.socket.frames).toHaveLength(1);
  });
});

describe('callbacks and promises', () => {
  test('a request with functions tells them, and rejects nobody who is not looking', async () => {
    const world = new World();
    const verto = await world.online();
    const [ok, fail] = [vi.fn(), vi.fn()];
    void verto.sendMethod('echo', {}, ok, fail);
    await world.socket.answer('echo', { a: 1 });
    expect(ok).toHaveBeenCalledExactlyOnceWith({ a: 1 });
    void verto.sendMethod('echo', {}, ok, fail);
    await world.socket.refuse('echo', { code: 1, message: 'no' });
    expect(fail).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: 'refused', code: 1 }));
    expect(ok).toHaveBeenCalledOnce();
  });

  test('a callback that throws is reported; the rest goes on', async () => {
    const world = new World();
    const mistake = new Error('a mistake of the page');
    const verto = await world.online();
    void verto.sendMethod('echo', {}, () => {
      throw mistake;
    });
    await world.socket.answer('echo');
    await settle();
    expect(world.reported).toEqual([mistake]);
    expect(verto.state).toBe('online');
  });
});

describe('the speed test', () => {
  test('sends the bytes in lines, and tells both rates', async () => {
    const world = new World();
    const verto = await world.online();
    const tested = verto.speedTest(4_096);
    expect(world.socket.lines.map((line) => line.slice(0, 4))).toEqual([
      '#SPU',
      '#SPB',
      '#SPB',
      '#SPB',
      '#SPB',
      '#SPE',
    ]);
    await world.socket.send('#SPU 100');
    await world.socket.send('#SPB ....');
    await world.socket.send('#SPD 50');
    expect(await tested).toEqual({ upDur: 100, downDur: 50, upKPS: 320, downKPS: 640 });
  });

  test('refuses sizes that are none', async () => {
    const verto = await new World().online();
    for (const bytes of [0, -1, 1.5, 10_000_001]) expect(() => verto.speedTest(bytes)).toThrow('10000000');
  });
});
