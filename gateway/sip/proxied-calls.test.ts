import { expect, test } from 'vitest';
import { ProxiedCalls, type Farewell } from './proxied-calls.ts';
import type { EdgeRequest } from './edge-request.ts';

const invite = (callId: string, parts: Partial<EdgeRequest> = {}): EdgeRequest => ({
  method: 'INVITE',
  callId,
  cseq: 7,
  source: { address: '203.0.113.9', port: 5062, protocol: 'udp' },
  header: (name) => (name === 'From' ? '<sip:4930@example.org>;tag=from' : undefined),
  headerNames: [],
  toUser: '',
  fromUser: '',
  requestUser: '',
  requestUri: 'sip:192.0.2.9',
  contacts: [{ uri: 'sip:4930@10.0.0.5:5060', params: {} }],
  respond: () => undefined,
  confirm: () => undefined,
  proxy: async () => ({ status: 200 }),
  ...parts,
});
const answer = { status: 200, to: '<sip:1001@example.org>;tag=to', contact: '<sip:1001@192.0.2.9:5070>' };

const address = '192.0.2.1:5080';
const towards = (side: 'switch' | 'phone', since = 1_000) =>
  ({ towards: side, switch: address, since }) as const;

function remembered(): { readonly calls: ProxiedCalls; readonly said: Farewell[] } {
  const said: Farewell[] = [];
  return { calls: new ProxiedCalls((farewell) => said.push(farewell)), said };
}

test('a caller is told in the name of whom she called, at the place her packets came from', () => {
  const { calls, said } = remembered();
  calls.answered(invite('a'), answer, towards('switch'));
  expect(calls.lost(address, 2_000)).toBe(1);
  expect(said).toMatchInlineSnapshot(`
    [
      {
        "headers": {
          "CSeq": "10000 BYE",
          "Call-ID": "a",
          "From": "<sip:1001@example.org>;tag=to",
          "Reason": "Q.850;cause=27;text="DESTINATION_OUT_OF_ORDER"",
          "To": "<sip:4930@example.org>;tag=from",
        },
        "nextHop": "sip:203.0.113.9:5062",
        "uri": "sip:4930@10.0.0.5:5060",
      },
    ]
  `);
});

test('a phone that was rung is told in the name of the caller, beyond every number the switch has used', () => {
  const { calls, said } = remembered();
  calls.answered(invite('b'), answer, towards('phone'));
  calls.lost(address, 2_000);
  expect(said).toMatchObject([
    {
      uri: 'sip:1001@192.0.2.9:5070',
      nextHop: undefined,
      headers: {
        From: '<sip:4930@example.org>;tag=from',
        To: '<sip:1001@example.org>;tag=to',
        CSeq: '10007 BYE',
      },
    },
  ]);
});

test('what was refused, has ended or is on another switch is told nothing, and nothing is told twice', () => {
  const { calls, said } = remembered();
  calls.answered(invite('refused'), { status: 486 }, towards('phone'));
  calls.answered(invite('ended'), answer, towards('phone'));
  calls.answered(invite('lost'), answer, towards('switch'));
  calls.answered(invite('elsewhere'), answer, { ...towards('switch'), switch: '192.0.2.2:5080' });
  calls.answered(invite('no contact'), { status: 200, to: answer.to }, towards('phone'));
  calls.ended('ended');
  expect(calls.size).toBe(2);
  expect(calls.lost(address, 2_000)).toBe(1);
  expect(calls.lost(address, 2_000)).toBe(0);
  expect(said.map(({ headers }) => headers['Call-ID'])).toEqual(['lost']);
  expect(calls.size).toBe(1);
});

test('who answers a call whose switch has died since it was made is told at once; a call of its next life is not', () => {
  const { calls, said } = remembered();
  calls.lost(address, 2_000);
  calls.answered(invite('late'), answer, towards('phone', 1_999));
  expect(said.map(({ headers }) => headers['Call-ID'])).toEqual(['late']);
  calls.answered(invite('next'), answer, towards('phone', 2_001));
  expect(said).toHaveLength(1);
  expect(calls.size).toBe(1);
});

test('what its switch does not name twice in a row has ended unheard', () => {
  const { calls, said } = remembered();
  for (const callId of ['lives', 'gone', 'late']) calls.answered(invite(callId), answer, towards('switch'));
  calls.answered(invite('elsewhere'), answer, { ...towards('switch'), switch: '192.0.2.2:5080' });
  expect(calls.keepOnly(address, new Set(['lives']))).toEqual([]);
  expect(calls.keepOnly(address, new Set(['lives', 'late']))).toEqual(['gone']);
  expect(calls.keepOnly(address, new Set(['lives']))).toEqual([]);
  expect(calls.size).toBe(3);
  expect(said).toEqual([]);
});
