// The same over real sockets of the loopback interface: UDP and TCP, IPv4 and IPv6, and peers that behave badly.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { within } from '../../../../../test/support/until.ts';
import { lines, requestOf, wire } from '../../test/support.ts';
import {
  createSipStack,
  VirtualClock,
  type ClientTransaction,
  type ListeningPoint,
  type SipRequest,
  type SipStack,
  type StackOptions,
  type Target,
} from '../index.ts';

const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

function stackOf(options: Partial<StackOptions> = {}): SipStack {
  const stack = createSipStack({
    handlers: { request: (transaction) => void transaction.respond(transaction.createResponse(200)) },
    ...options,
  });
  open.push(stack);
  return stack;
}

const listen = (stack: SipStack, protocol: 'udp' | 'tcp', host = '127.0.0.1'): Promise<ListeningPoint> =>
  stack.listen({ protocol, host, port: 0 });

const at = ({ protocol, host, port }: ListeningPoint): Target => ({ protocol, host, port });

/** What becomes of a request: a status, or the reason it failed. */
function outcome(
  stack: SipStack,
  request: SipRequest,
  target: Target,
): Promise<string> & { transaction?: ClientTransaction } {
  const transaction = stack.clientTransaction(request, target);
  const promise = new Promise<string>((resolve) => {
    transaction.events = {
      response: (response) => resolve(String(response.status)),
      timedOut: () => resolve('timed out'),
      transportFailed: (failure) => resolve(failure.reason),
    };
  });
  transaction.send();
  return within(`an end of ${request.method}`, promise, 5000);
}

/** A raw TCP peer of a listening point. */
async function peer(point: ListeningPoint): Promise<Socket> {
  const socket = connect(point.port, point.host);
  socket.on('error', () => undefined);
  open.push({ close: () => void socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

/** Resolves when a socket is gone, by RST too. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

const read = async (socket: Socket): Promise<string> => {
  const [chunk] = (await within('octets', once(socket, 'data'), 5000)) as [Buffer];
  return chunk.toString();
};

describe.each(['udp', 'tcp'] as const)('%s', (protocol) => {
  test.each(['127.0.0.1', '::1'])('carries a request and its answer over %s', async (host) => {
    const bob = stackOf();
    const point = await listen(bob, protocol, host);
    const alice = stackOf();
    await listen(alice, protocol, host);
    expect(await outcome(alice, requestOf('OPTIONS'), at(point))).toBe('200');
  });

  test("a taken port is the system's error, and nothing stays bound", async () => {
    const stack = stackOf();
    const point = await listen(stack, protocol);
    await expect(stackOf().listen({ protocol, host: '127.0.0.1', port: point.port })).rejects.toThrow(
      'EADDRINUSE',
    );
    await point.close();
    expect(stack.counts().listeningPoints).toBe(0);
    await expect(stackOf().listen({ protocol, host: '127.0.0.1', port: point.port })).resolves.toBeDefined();
  });

  test('a closed port is refused, not waited for', async () => {
    const stack = stackOf();
    await listen(stack, protocol);
    const free = await listen(stackOf(), protocol);
    await free.close();
    expect(await outcome(stack, requestOf('OPTIONS'), at(free))).toBe('refused');
    expect(stack.counts().clientTransactions).toBe(0);
  });
});

test('a name is looked up, an unknown one is unresolved', async () => {
  const bob = stackOf();
  const point = await listen(bob, 'udp');
  const alice = stackOf({
    resolve: (target) =>
      target.host === 'bob.test'
        ? Promise.resolve([{ host: '127.0.0.1', port: point.port }])
        : Promise.reject(new Error('ENOTFOUND')),
  });
  await listen(alice, 'udp');
  expect(await outcome(alice, requestOf('OPTIONS'), { ...at(point), host: 'bob.test' })).toBe('200');
  expect(await outcome(alice, requestOf('OPTIONS'), { ...at(point), host: 'eve.test' })).toBe('unresolved');
});

test('no listening point of the protocol is said at once', async () => {
  const stack = stackOf();
  await listen(stack, 'udp');
  expect(() =>
    stack.clientTransaction(requestOf('OPTIONS'), { protocol: 'tcp', host: '127.0.0.1', port: 5060 }),
  ).toThrow('noTransport');
});

test('requests to one peer share a connection, and the peer can use it to call back', async () => {
  const flows: string[] = [];
  const bob = stackOf({
    handlers: {
      request: (transaction) => {
        flows.push(transaction.arrival.flow);
        transaction.respond(transaction.createResponse(200));
      },
    },
  });
  const point = await listen(bob, 'tcp');
  const alice = stackOf();
  await listen(alice, 'tcp');
  await outcome(alice, requestOf('REGISTER'), at(point));
  await outcome(alice, requestOf('OPTIONS'), at(point));
  expect(new Set(flows).size).toBe(1);
  expect([alice.counts().connections, bob.counts().connections]).toEqual([1, 1]);
  const back: Target = { protocol: 'tcp', host: '192.0.2.99', port: 1, flow: flows[0] ?? '' };
  expect(await outcome(bob, requestOf('OPTIONS'), back)).toBe('200');
});

test('a request over a connection that is gone fails at once, and so does one under way when it goes', async () => {
  const gone: string[] = [];
  const flow: string[] = [];
  const bob = stackOf({
    handlers: {
      request: (transaction) => void flow.push(transaction.arrival.flow),
      flowClosed: (name) => void gone.push(name),
    },
  });
  const point = await listen(bob, 'tcp');
  const phone = await peer(point);
  phone.write(wire(lines()));
  phone.on('data', () => phone.destroy());
  await within(
    'the request',
    until(() => flow[0]),
  );
  const target: Target = { protocol: 'tcp', host: '127.0.0.1', port: 1, flow: flow[0] ?? '' };
  expect(await outcome(bob, requestOf('OPTIONS'), target)).toBe('flowGone');
  expect(gone).toEqual(flow);
  expect(await outcome(bob, requestOf('OPTIONS'), target)).toBe('flowGone');
});

test('a connection that closes before any answer fails what went over it, not 32 seconds later', async () => {
  const deaf = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  open.push({ close: () => void deaf.close() });
  const stack = stackOf();
  await listen(stack, 'tcp');
  const { port } = deaf.address() as AddressInfo;
  const target = { protocol: 'tcp', host: '127.0.0.1', port } as const;
  expect(await outcome(stack, requestOf('OPTIONS'), target)).toBe('flowGone');
});

test('a ping is answered with a pong (RFC 5626 4.4.1)', async () => {
  const phone = await peer(await listen(stackOf(), 'tcp'));
  phone.write('\r\n\r\n');
  expect(await read(phone)).toBe('\r\n');
});

test('a message without length is answered 400 and the connection closed', async () => {
  const phone = await peer(await listen(stackOf(), 'tcp'));
  phone.write(wire(lines('-Content-Length')));
  expect(await read(phone)).toMatch(/^SIP\/2\.0 400 Missing Content-Length\r\n/);
  await within('close', closed(phone), 5000);
});

test('half a message is waited for no longer than the limit, however it trickles', async () => {
  const clock = new VirtualClock();
  const stack = stackOf({ clock, limits: { halfMessageMs: 1000 } });
  const phone = await peer(await listen(stack, 'tcp'));
  for (const piece of ['OPTIONS sip:a@b', ' SIP/2.0\r\nVia: ', 'x']) {
    phone.write(piece);
    await within(
      'the connection and its timers',
      until(() => clock.pending >= 3),
    );
    clock.advance(300);
  }
  expect(stack.counts().connections).toBe(1);
  clock.advance(200);
  await within('close', closed(phone), 5000);
  expect(stack.counts().connections).toBe(0);
});

test('connections beyond the limit are closed, also per host', async () => {
  for (const limits of [{ connections: 2 }, { connectionsPerHost: 2 }]) {
    const stack = stackOf({ limits });
    const point = await listen(stack, 'tcp');
    const [first] = [await peer(point), await peer(point)];
    const third = await peer(point);
    await within('close of the third', closed(third), 5000);
    expect(stack.counts().connections).toBe(2);
    first.destroy();
    await within(
      'room',
      until(() => stack.counts().connections === 1),
    );
    expect((await peer(point)).destroyed).toBe(false);
  }
});

test('a peer that does not read is cut off before it fills our memory', async () => {
  const server = createServer((socket) => socket.pause());
  server.listen(0, '127.0.0.1');
  open.push({ close: () => void server.close() });
  await once(server, 'listening');
  const stack = stackOf({ limits: { sendBuffer: 20_000 } });
  await listen(stack, 'tcp');
  const target: Target = { protocol: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const large = requestOf('MESSAGE', { body: { type: 'text/plain', content: 'x'.repeat(15_000) } });
  const ends = Array.from({ length: 2 }, () => outcome(stack, large, target));
  expect(await Promise.race(ends)).toBe('overloaded');
  await Promise.all(ends);
  expect(stack.counts()).toMatchObject({ connections: 0, clientTransactions: 0 });
});

test('noise over UDP is dropped and said, the next message is served', async () => {
  const dropped: string[] = [];
  const stack = stackOf({
    handlers: {
      request: (transaction) => void transaction.respond(transaction.createResponse(200)),
      dropped: (why) => void dropped.push(why),
    },
  });
  const point = await listen(stack, 'udp');
  const socket = createSocket('udp4');
  open.push({ close: () => void socket.close() });
  for (const bytes of [Buffer.alloc(0), Buffer.from('\r\n\r\n'), Buffer.from([1, 2, 3]), wire(lines())])
    socket.send(bytes, point.port, point.host);
  const [answer] = (await within('the answer', once(socket, 'message'), 5000)) as [Buffer];
  expect(answer.toString()).toMatch(
    /^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/UDP 192\.0\.2\.1:5060;.*received=127\.0\.0\.1/,
  );
  expect(dropped).toEqual(['unintelligible start line']);
});

/** Resolves when `probe` gives something; asked again after every turn of the event loop. */
async function until(probe: () => unknown): Promise<void> {
  while (!probe()) await new Promise((resolve) => setImmediate(resolve));
}
