import { expect, test } from 'vitest';
import { ProxiedCalls } from './proxied-calls.ts';
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

test('a caller is told in the name of whom she called, at the place her packets came from', () => {
  const calls = new ProxiedCalls();
  calls.answered(invite('a'), answer, 'switch');
  expect(calls.lost(['a'])).toMatchInlineSnapshot(`
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
  const calls = new ProxiedCalls();
  calls.answered(invite('b'), answer, 'phone');
  expect(calls.lost(['b'])).toMatchObject([
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

test('what was refused, has ended or was never known is told nothing, and nothing is told twice', () => {
  const calls = new ProxiedCalls();
  calls.answered(invite('refused'), { status: 486 }, 'phone');
  calls.answered(invite('ended'), answer, 'phone');
  calls.answered(invite('lost'), answer, 'switch');
  calls.answered(invite('no contact'), { status: 200, to: answer.to }, 'phone');
  calls.ended('ended');
  expect(calls.size).toBe(1);
  expect(calls.lost(['refused', 'ended', 'lost', 'no contact', 'unknown']).length).toBe(1);
  expect(calls.lost(['lost'])).toEqual([]);
});
