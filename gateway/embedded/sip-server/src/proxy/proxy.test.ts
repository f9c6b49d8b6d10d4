// The proxy on a virtual clock: what it may wait for, what it tells whom, and that nothing remains.
import { describe, expect, test } from 'vitest';
import {
  badWeather,
  createRequest,
  createResponse,
  parseMessage,
  type SipResponse,
} from '@cordboard/sip-stack';
import { EDGE, type FakeApp, type FakePhone, header, NOTHING, SDP, World } from '../../test/support.ts';
import { bestResponse } from './best-response.ts';
import { takeOffOwnRoutes } from './routing.ts';

const LONG = 300_000;

async function proxying(
  targets: readonly string[],
  { flags = 'remainInDialog|fullResponse||serial||', method = 'INVITE' } = {},
): Promise<{ world: World; app: FakeApp; caller: FakePhone; callees: FakePhone[]; id: string }> {
  const world = await World.open();
  const app = world.app(method.toLowerCase());
  const caller = await world.phone('10.0.0.1');
  const callees = await Promise.all(targets.map((host) => world.phone(host)));
  caller.send(caller.request(method, { body: method === 'INVITE' ? SDP : '', branch: 'x' }));
  const transactionId = app.last(method).fields[8] ?? '';
  const uris = targets.map((host) => `sip:bob@${host}:5060`);
  const id = app.tell(
    `proxy|${transactionId}|${flags}|${uris.join('|')}`,
    `${method} ${uris[0] ?? ''} SIP/2.0`,
    'X-Added: by the application',
  );
  world.clock.advance(5);
  return { world, app, caller, callees, id };
}

const ackOf = (caller: FakePhone, status: string): string =>
  caller.request('ACK', { branch: 'x', to: header(caller.last(`SIP/2.0 ${status}`), 'To') });

describe('a proxied call', () => {
  test('is reported as each final response, then done', async () => {
    const { app, callees, id, caller, world } = await proxying(['10.0.0.2', '10.0.0.3']);
    const [one, two] = callees as [FakePhone, FakePhone];
    expect(header(one.last('INVITE'), 'X-Added')).toBe('by the application');
    one.send(one.answer(one.last('INVITE'), '486 Busy Here'));
    two.send(two.answer(two.last('INVITE'), '200 OK', { body: SDP }));
    expect(
      app
        .answersTo(id)
        .map(({ fields, sip }) => [
          ...fields.slice(3, 5),
          ...fields.slice(6, 9),
          fields.at(-1),
          sip.split('\r\n')[0],
        ]),
    ).toEqual([
      ['OK', 'network', 'udp', '10.0.0.2', '5060', 'continue', 'SIP/2.0 486 Busy Here'],
      ['OK', 'network', 'udp', '10.0.0.3', '5060', 'continue', 'SIP/2.0 200 OK'],
      ['OK', 'done', 'done', ''],
    ]);
    const ok = caller.last('SIP/2.0 200');
    caller.send(
      caller.request('ACK', {
        to: header(ok, 'To'),
        uri: 'sip:phone@10.0.0.3:5060',
        headers: [`Route: ${header(ok, 'Record-Route')}`],
      }),
    );
    expect(header(two.last('ACK'), 'Route')).toBe('');
    world.clock.advance(LONG);
    expect(world.alive).toEqual(NOTHING);
  });

  test('a 2xx the callee repeats is passed on each time', async () => {
    const { callees, caller, world } = await proxying(['10.0.0.2']);
    const [bob] = callees as [FakePhone];
    const ok = bob.answer(bob.last('INVITE'), '200 OK', { body: SDP });
    bob.send(ok);
    bob.send(ok);
    expect(caller.all('SIP/2.0 200')).toHaveLength(2);
    world.clock.advance(LONG);
    bob.send(ok);
    expect(caller.all('SIP/2.0 200')).toHaveLength(3);
  });

  test('a callee that rings for ever is cancelled by Timer C after 185 s; ringing again starts it anew', async () => {
    const { callees, caller, world } = await proxying(['10.0.0.2']);
    const [bob] = callees as [FakePhone];
    const ringing = bob.answer(bob.last('INVITE'), '180 Ringing');
    bob.send(ringing);
    world.clock.advance(100_000);
    bob.send(ringing);
    world.clock.advance(184_000);
    expect(bob.all('CANCEL')).toEqual([]);
    world.clock.advance(2000);
    bob.send(bob.answer(bob.last('CANCEL'), '200 OK'));
    bob.send(bob.answer(bob.last('INVITE'), '487 Request Terminated'));
    caller.send(ackOf(caller, '487'));
    world.clock.advance(LONG);
    expect(world.alive).toEqual(NOTHING);
  });

  test('a callee that says nothing at all: 408 to the caller', async () => {
    const { app, caller, world, id } = await proxying(['10.0.0.2']);
    world.clock.advance(32_100);
    caller.send(ackOf(caller, '408'));
    const [timeout, done] = app.answersTo(id);
    expect(timeout?.sip).toMatch(/^SIP\/2\.0 408 /);
    expect(done?.fields.slice(3)).toEqual(['OK', 'done']);
    world.clock.advance(LONG);
    expect(world.alive).toEqual(NOTHING);
  });

  test('the caller cancels and the callee says nothing more: 487 to the caller all the same', async () => {
    const { callees, caller, world } = await proxying(['10.0.0.2']);
    const [bob] = callees as [FakePhone];
    bob.send(bob.answer(bob.last('INVITE'), '180 Ringing'));
    caller.send(caller.request('CANCEL', { branch: 'x' }));
    expect(header(caller.last('SIP/2.0 200'), 'CSeq')).toBe('1 CANCEL');
    expect(bob.last('CANCEL')).toBeDefined();
    world.clock.advance(64_500);
    caller.send(ackOf(caller, '487'));
    world.clock.advance(LONG);
    expect(world.alive).toEqual(NOTHING);
  });

  test('a target nothing can be sent to fails alone', async () => {
    const world = await World.open();
    const app = world.app('invite');
    const [caller, bob] = [await world.phone('10.0.0.1'), await world.phone('10.0.0.2')];
    caller.send(caller.request('INVITE', { body: SDP }));
    app.tell(
      `proxy|${app.last('INVITE').fields[8] ?? ''}||fullResponse||serial|||tel:+4912|sip:bob@10.0.0.9;transport=tls|sip:bob@10.0.0.2`,
      'INVITE tel:+4912 SIP/2.0',
    );
    world.clock.advance(5);
    expect(bob.last('INVITE')).toMatch(/^INVITE sip:bob@10\.0\.0\.2 /);
  });

  test('Route entries of ours are taken off before forwarding, a request URI that is not ours stays', async () => {
    const world = await World.open();
    const app = world.app('invite');
    const [caller, bob] = [await world.phone('10.0.0.1'), await world.phone('10.0.0.2')];
    caller.send(
      caller.request('INVITE', {
        uri: 'sip:1001@floor.example',
        body: SDP,
        headers: [`Route: <sip:${EDGE.host}:${EDGE.port};lr>`],
      }),
    );
    app.tell(
      `proxy|${app.last('INVITE').fields[8] ?? ''}||fullResponse||serial|||sip:bob@10.0.0.2`,
      'INVITE sip:bob@10.0.0.2 SIP/2.0',
    );
    world.clock.advance(5);
    expect(bob.last('INVITE')).toMatch(/^INVITE sip:1001@floor\.example /);
    expect(header(bob.last('INVITE'), 'Route')).toBe('');
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
    'in bad weather (seed %i) it ends and leaves nothing behind',
    async (seed) => {
      const { world, caller, callees } = await proxying(['10.0.0.2']);
      const [bob] = callees as [FakePhone];
      world.network.weather = badWeather(seed);
      // The callee repeats its 200 and the caller its ACK, as phones do.
      for (let i = 0; i < 8; i++) {
        const invite = bob.all('INVITE')[0];
        if (invite !== undefined) bob.send(bob.answer(invite, '200 OK', { body: SDP }));
        world.clock.advance(500);
        const ok = caller.all('SIP/2.0 200')[0];
        if (ok === undefined) continue;
        const headers = [`Route: ${header(ok, 'Record-Route')}`];
        caller.send(
          caller.request('ACK', {
            to: header(ok, 'To'),
            uri: 'sip:phone@10.0.0.2:5060',
            headers,
            branch: `ack${i}`,
          }),
        );
      }
      expect(bob.all('ACK').length).toBeGreaterThan(0);
      world.clock.advance(LONG);
      expect(world.alive).toEqual(NOTHING);
      expect(world.clock.pending).toBe(0);
    },
  );
});

describe('the best of several failures', () => {
  const request = createRequest({
    method: 'INVITE',
    uri: 'sip:x@h',
    from: '<sip:a@h>;tag=1',
    to: '<sip:x@h>',
    callId: 'c',
    cseq: 1,
  });
  request.headers.prepend('Via', 'SIP/2.0/UDP h;branch=z9hG4bKx');
  const failure = (status: number, headers: Record<string, string> = {}): SipResponse =>
    createResponse(request, status, { toTag: 't', headers });

  test.each([
    [[404, 603, 486], 603],
    [[404, 407, 486], 407],
    [[503, 486], 486],
    [[408, 486], 486],
    [[408, 503], 408],
    [[302, 404], 302],
    [[500, 404, 503], 404],
    [[503, 500], 500],
  ])('of %j is %i', (statuses, best) => {
    expect(bestResponse(statuses.map((status) => failure(status)))?.status).toBe(best);
  });

  test('challenges of all branches are gathered', () => {
    const best = bestResponse([
      failure(407, { 'Proxy-Authenticate': 'Digest nonce="a"' }),
      failure(401, { 'WWW-Authenticate': 'Digest nonce="b"' }),
      failure(486),
    ]);
    expect([best?.headers.get('Proxy-Authenticate'), best?.headers.get('WWW-Authenticate')].sort()).toEqual([
      'Digest nonce="a"',
      'Digest nonce="b"',
    ]);
  });
});

test('a strict router before us: the request URI comes back from the last Route', async () => {
  const world = await World.open();
  const text = [
    `BYE sip:${EDGE.host}:${EDGE.port};lr SIP/2.0`,
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKs',
    'From: <sip:a@h>;tag=1',
    'To: <sip:b@h>;tag=2',
    'Call-ID: strict',
    'CSeq: 2 BYE',
    'Max-Forwards: 70',
    'Route: <sip:bob@10.0.0.2:5060>',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  const parsed = parseMessage(Buffer.from(text));
  if (parsed.outcome !== 'ok' || parsed.message.kind !== 'request')
    throw new Error('the fixture is no request');
  takeOffOwnRoutes(world.edge, parsed.message);
  expect(parsed.message.uri).toBe('sip:bob@10.0.0.2:5060');
  expect(parsed.message.headers.has('Route')).toBe(false);
});
