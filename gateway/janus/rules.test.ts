import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOwnership } from './ownership.ts';
import { parseRequest, transactionOf } from './requests.ts';
import { judge, refusalReply, type Policy, type Seat, type Verdict } from './rules.ts';
import type { StaffSpeaker, CustomerSpeaker, Speaker } from './speaker.ts';

const policy: Policy = { ownership: createOwnership('a key of the tests'), edge: { host: '127.0.0.1:5060' } };
const customer: CustomerSpeaker = {
  role: 'customer',
  sessionId: '6f1c2d3e-0000-4000-8000-000000000001',
  queueId: 'sales',
  displayName: 'Ada "><sip:evil@x> Lovelace',
  callTicket: () => 'ticket.abc',
};
const agent: StaffSpeaker = {
  role: 'staff',
  name: '1001',
  sip: { username: 'browser-1001', password: 's3cret' },
};
const own = policy.ownership.sessionId(`customer:${customer.sessionId}`, 7);
const ofAgent = policy.ownership.sessionId('staff:1001', 7);
const foreign = policy.ownership.sessionId('customer:somebody-else', 7);
const seated: Seat = { sessionId: own, handles: new Set([11]) };

const offer = {
  type: 'offer',
  sdp: 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n',
};
const answer = { ...offer, type: 'answer' };
const message = (body: object, jsep?: object) => ({
  janus: 'message',
  transaction: 't1',
  session_id: own,
  handle_id: 11,
  body,
  ...(jsep && { jsep }),
});

/** What becomes of one request, as the table below says it. */
function verdictOf(speaker: Speaker, value: unknown, seat: Seat = seated): Verdict | 'not a request' {
  const request = parseRequest(value);
  return request ? judge(speaker, seat, request, policy) : 'not a request';
}

const outcomeOf = (speaker: Speaker, value: unknown): string => {
  const verdict = verdictOf(speaker, value);
  if (verdict === 'not a request') return 'not a request';
  return verdict.outcome === 'refuse' ? verdict.why : verdict.outcome;
};

describe('every request a browser may make, for each role', () => {
  const requests: Record<string, unknown> = {
    create: { janus: 'create', transaction: 't1' },
    claim: { janus: 'claim', transaction: 't1', session_id: own },
    keepalive: { janus: 'keepalive', transaction: 't1', session_id: own },
    attach: { janus: 'attach', transaction: 't1', session_id: own, plugin: 'janus.plugin.sip' },
    trickle: {
      janus: 'trickle',
      transaction: 't1',
      session_id: own,
      handle_id: 11,
      candidate: { completed: true },
    },
    register: message({ request: 'register' }),
    call: message({ request: 'call' }, offer),
    accept: message({ request: 'accept' }, answer),
    decline: message({ request: 'decline' }),
    hangup: message({ request: 'hangup' }),
    dtmf_info: message({ request: 'dtmf_info', digit: '5' }),
    'hangup of the media': { janus: 'hangup', transaction: 't1', session_id: own, handle_id: 11 },
    detach: { janus: 'detach', transaction: 't1', session_id: own, handle_id: 11 },
    destroy: { janus: 'destroy', transaction: 't1', session_id: own },
  };

  test('is decided as the table says', () => {
    const table = Object.entries(requests).map(
      ([name, value]) =>
        `${name.padEnd(19)} | ${outcomeOf(customer, value).padEnd(13)} | ${outcomeOf(agent, value)}`,
    );
    expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      create              | has_session   | has_session
      claim               | forward       | wrong_session
      keepalive           | forward       | forward
      attach              | forward       | forward
      trickle             | forward       | forward
      register            | forward       | forward
      call                | forward       | not_for_role
      accept              | not_for_role  | forward
      decline             | not_for_role  | forward
      hangup              | forward       | forward
      dtmf_info           | forward       | forward
      hangup of the media | forward       | forward
      detach              | forward       | forward
      destroy             | forward       | forward
      "
    `);
  });
});

describe('tampering is refused', () => {
  const attempts: Record<string, unknown> = {
    'a URI of her own': message({ request: 'call', uri: 'sip:+4930123456@trunk' }, offer),
    'headers of her own': message({ request: 'call', headers: { 'X-Cordboard-Source': 'phone' } }, offer),
    'credentials for the call': message({ request: 'call', authuser: 'browser-1001', secret: 'x' }, offer),
    'a name to register': message({ request: 'register', username: 'sip:browser-1001@127.0.0.1' }),
    'a proxy to register at': message({ request: 'register', proxy: 'sip:evil.example' }),
    'a transfer': message({ request: 'transfer', uri: 'sip:evil@example.org' }),
    'a recording': message({ request: 'recording', action: 'start', filename: '/etc/passwd' }),
    'a SIP MESSAGE': message({ request: 'message', content: 'hello' }),
    'a SIP INFO': message({ request: 'info', type: 'text/plain', content: 'x' }),
    'a SUBSCRIBE': message({ request: 'subscribe', event: 'presence' }),
    'hold in Janus': message({ request: 'hold' }),
    'a key that is none': message({ request: 'dtmf_info', digit: '5\r\nVia: x' }),
    'an answer to her own call': message({ request: 'call' }, answer),
    'no description with a call': message({ request: 'call' }),
    'video in the offer': message(
      { request: 'call' },
      { ...offer, sdp: `${offer.sdp}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n` },
    ),
    'a control character in the offer': message(
      { request: 'call' },
      { ...offer, sdp: `${offer.sdp}a=x\u0000\r\n` },
    ),
    'an endless offer': message({ request: 'call' }, { ...offer, sdp: offer.sdp + 'a=x\r\n'.repeat(9_000) }),
    'another description type': message({ request: 'call' }, { ...offer, type: 'rollback' }),
    'fields in the description': message({ request: 'call' }, { ...offer, force_relay: true }),
    'a description with a hang-up': message({ request: 'hangup' }, offer),
    'another plugin': {
      janus: 'attach',
      transaction: 't1',
      session_id: own,
      plugin: 'janus.plugin.videoroom',
    },
    'a loop index': {
      janus: 'attach',
      transaction: 't1',
      session_id: own,
      plugin: 'janus.plugin.sip',
      loop_index: 1,
    },
    'ports of her own': {
      janus: 'attach',
      transaction: 't1',
      session_id: own,
      plugin: 'janus.plugin.sip',
      min_port: 1,
    },
    'a session id of her own': { janus: 'create', transaction: 't1', id: 42 },
    'a token of Janus': { janus: 'keepalive', transaction: 't1', session_id: own, token: 'x' },
    'the secret of Janus': { janus: 'keepalive', transaction: 't1', session_id: own, apisecret: 'x' },
    info: { janus: 'info', transaction: 't1' },
    ping: { janus: 'ping', transaction: 't1' },
    'an admin request': { janus: 'list_sessions', transaction: 't1', admin_secret: 'janusoverlord' },
    'a session as text': { janus: 'keepalive', transaction: 't1', session_id: String(own) },
    'a session beyond exact numbers': { janus: 'claim', transaction: 't1', session_id: 2 ** 60 },
    'a transaction of ours': { janus: 'keepalive', transaction: '~destroy', session_id: own },
    'no transaction': { janus: 'keepalive', session_id: own },
    'a prototype': JSON.parse(
      `{"janus":"keepalive","transaction":"t1","session_id":${own},"__proto__":{"x":1}}`,
    ) as unknown,
    'a list': [message({ request: 'hangup' })],
    null: null,
  };

  test.each(Object.entries(attempts))('%s', (_, value) => {
    expect(outcomeOf(customer, value)).toBe('not a request');
    expect(outcomeOf(agent, value)).toBe('not a request');
  });

  test("somebody else's session, by keepalive, destroy, attach, message and claim", () => {
    for (const janus of ['keepalive', 'destroy', 'claim']) {
      expect(
        verdictOf(
          customer,
          { janus, transaction: 't1', session_id: foreign },
          { ...seated, sessionId: janus === 'claim' ? undefined : own },
        ),
      ).toEqual({
        outcome: 'refuse',
        why: 'wrong_session',
      });
    }
    expect(outcomeOf(customer, { ...message({ request: 'hangup' }), session_id: foreign })).toBe(
      'wrong_session',
    );
    expect(
      outcomeOf(customer, {
        janus: 'attach',
        transaction: 't1',
        session_id: foreign,
        plugin: 'janus.plugin.sip',
      }),
    ).toBe('wrong_session');
  });

  test("an agent's session, claimed by a customer, and the other way round", () => {
    const nobody: Seat = { sessionId: undefined, handles: new Set() };
    const claim = (session_id: number) => ({ janus: 'claim', transaction: 't1', session_id });
    expect(verdictOf(customer, claim(ofAgent), nobody)).toEqual({ outcome: 'refuse', why: 'wrong_session' });
    expect(verdictOf(agent, claim(own), nobody)).toEqual({ outcome: 'refuse', why: 'wrong_session' });
    expect(verdictOf(agent, claim(ofAgent), nobody)).toMatchObject({ outcome: 'forward' });
  });

  test('a handle that is not hers', () => {
    expect(outcomeOf(customer, { ...message({ request: 'hangup' }), handle_id: 12 })).toBe('wrong_handle');
  });

  test('a second session on one connection', () => {
    expect(outcomeOf(customer, { janus: 'create', transaction: 't1' })).toBe('has_session');
  });

  test('a call when her session may not call any more', () => {
    const late = { ...customer, callTicket: () => undefined };
    expect(outcomeOf(late, message({ request: 'call' }, offer))).toBe('no_ticket');
  });
});

describe('what goes on to Janus is written by us', () => {
  const forwarded = (speaker: Speaker, value: unknown) => {
    const verdict = verdictOf(speaker, value);
    return verdict !== 'not a request' && verdict.outcome === 'forward' ? verdict.request : undefined;
  };

  test("a customer's call goes to the queue of her link, with her ticket", () => {
    expect(forwarded(customer, message({ request: 'call' }, offer))?.body).toEqual({
      request: 'call',
      uri: 'sip:queue-sales@127.0.0.1:5060',
      headers: { 'X-Cordboard-Ticket': 'ticket.abc' },
    });
  });

  test('a customer registers as a guest, her name without what could break out of its quotes', () => {
    expect(forwarded(customer, message({ request: 'register' }))?.body).toEqual({
      request: 'register',
      type: 'guest',
      username: 'sip:web-6f1c2d3e0000@127.0.0.1:5060',
      display_name: 'Ada sipevilx Lovelace',
      force_udp: true,
    });
  });

  test('an agent registers with the account of her browser', () => {
    expect(forwarded(agent, message({ request: 'register' }))?.body).toEqual({
      request: 'register',
      username: 'sip:browser-1001@127.0.0.1:5060',
      authuser: 'browser-1001',
      secret: 's3cret',
      proxy: 'sip:127.0.0.1:5060',
      force_udp: true,
    });
  });

  test("a page's opaque id is replaced by the owner's name", () => {
    const attach = {
      janus: 'attach',
      transaction: 't1',
      session_id: own,
      plugin: 'janus.plugin.sip',
      opaque_id: 'x',
    };
    expect(forwarded(customer, attach)?.opaque_id).toBe(`customer:${customer.sessionId}`);
  });
});

describe('whatever a browser sends', () => {
  const valid: readonly Record<string, unknown>[] = [
    { janus: 'claim', transaction: 't1', session_id: own },
    { janus: 'keepalive', transaction: 't1', session_id: own },
    { janus: 'attach', transaction: 't1', session_id: own, plugin: 'janus.plugin.sip' },
    { janus: 'trickle', transaction: 't1', session_id: own, handle_id: 11, candidate: { completed: true } },
    message({ request: 'register' }),
    message({ request: 'call' }, offer),
    message({ request: 'accept' }, answer),
    message({ request: 'hangup' }),
    message({ request: 'dtmf_info', digit: '5' }),
  ];
  const fields = [
    'janus',
    'transaction',
    'session_id',
    'handle_id',
    'plugin',
    'body',
    'jsep',
    'candidate',
    'token',
    'id',
  ];
  const inner = [
    'request',
    'uri',
    'headers',
    'secret',
    'username',
    'digit',
    'code',
    'proxy',
    'refer_id',
    'autoaccept_reinvites',
  ];
  const words = [
    'create',
    'claim',
    'message',
    'destroy',
    'info',
    'transfer',
    'call',
    'register',
    'recording',
    'hangup',
  ];
  const values = fc.oneof(
    fc.constantFrom(...words, own, foreign, 11, 12, 'janus.plugin.videoroom', 'sip:evil@x', offer, answer),
    fc.anything(),
  );
  /** A request that was right, with up to three things changed. */
  const changed = fc
    .tuple(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...fields), fc.constantFrom(...inner), values), {
        maxLength: 3,
      }),
    )
    .map(([request, changes]) => {
      const frame = structuredClone(request);
      for (const [inBody, field, innerField, value] of changes) {
        if (inBody && typeof frame.body === 'object') frame.body = { ...frame.body, [innerField]: value };
        else frame[field] = value;
      }
      return frame;
    });
  const shapes: Record<string, readonly string[]> = {
    keepalive: [],
    destroy: [],
    claim: [],
    attach: ['plugin', 'opaque_id'],
    detach: ['handle_id'],
    hangup: ['handle_id'],
    trickle: ['handle_id', 'candidate'],
    message: ['handle_id', 'body', 'jsep'],
  };
  const allowedBodies = ['register', 'call', 'accept', 'decline', 'hangup', 'dtmf_info'];

  test('only the listed requests pass, in her own session, with exactly the listed fields', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: changed }, fc.anything()),
        fc.boolean(),
        (frame, asAgent) => {
          const verdict = verdictOf(asAgent ? agent : customer, frame);
          if (verdict === 'not a request' || verdict.outcome !== 'forward') return;
          passed += 1;
          const { janus, transaction, session_id, ...rest } = verdict.request;
          expect(session_id).toBe(own);
          expect(transaction).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
          const listed = shapes[janus];
          expect(listed).toBeDefined();
          for (const field of Object.keys(rest)) expect(listed).toContain(field);
          if (janus === 'attach') expect(rest.plugin).toBe('janus.plugin.sip');
          if (janus !== 'message') return;
          const body = rest.body as { request: string; uri?: string };
          expect(allowedBodies).toContain(body.request);
          if (body.uri !== undefined) expect(body.uri).toBe('sip:queue-sales@127.0.0.1:5060');
        },
      ),
      { numRuns: 800 },
    );
    expect(passed).toBeGreaterThan(10); // A test that saw only refusals would prove nothing.
  });

  test('her own request passes whichever transaction she chose', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), (transaction) => {
        expect(verdictOf(customer, { janus: 'keepalive', transaction, session_id: own })).toMatchObject({
          outcome: 'forward',
          request: { transaction },
        });
      }),
      { numRuns: 100 },
    );
  });
});

test('a refusal has the form janus.js expects, and finds its request even when that was not understood', () => {
  const transaction = transactionOf({ janus: 'info', transaction: 'abc', more: true });
  expect(refusalReply('malformed', transaction, own)).toEqual({
    janus: 'error',
    session_id: own,
    transaction: 'abc',
    error: { code: 403, reason: 'not a request a browser may make' },
  });
  expect(refusalReply('not_json', transactionOf(undefined), undefined)).toMatchObject({
    error: { code: 454 },
  });
});
