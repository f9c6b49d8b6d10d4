import { expect, test } from 'vitest';
import type { Farewell } from '../../app/ports/edge-calls.ts';
import { MemoryEdgeCalls } from '../../test/support/memory-edge-calls.ts';
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

const address = '192.0.2.1:5080';
const towards = (side: 'switch' | 'phone', since = 1_000) =>
  ({ towards: side, switch: address, since }) as const;

const elsewhere = '192.0.2.2:5080';

function remembered(kept = new MemoryEdgeCalls()) {
  const said: Farewell[] = [];
  /** Which life each switch is in; undefined before it was reached. */
  const cores: Record<string, string | undefined> = { [address]: 'core-1', [elsewhere]: 'core-9' };
  const calls = new ProxiedCalls({
    say: (farewell) => said.push(farewell),
    kept,
    switches: { addresses: Object.keys(cores), coreOf: (one) => cores[one] },
  });
  return { calls, said, kept, cores, told: () => said.map(({ headers }) => headers['Call-ID']) };
}

/** The control plane is killed and started again: what was kept is all that is known. */
async function restarted(
  { kept }: { readonly kept: MemoryEdgeCalls },
  cores: Readonly<Record<string, string>>,
) {
  const next = remembered(kept);
  for (const one of Object.keys(next.cores)) next.cores[one] = cores[one];
  return { ...next, restored: await next.calls.restore() };
}

test('a caller is told in the name of whom she called, at the place her packets came from', () => {
  const { calls, said } = remembered();
  calls.answered(invite('a'), answer, towards('switch'));
  expect(calls.lost(address, 2_000)).toEqual(['a']);
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
  expect(said[0]).not.toHaveProperty('nextHop');
  expect(said).toMatchObject([
    {
      uri: 'sip:1001@192.0.2.9:5070',
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
  calls.answered(invite('elsewhere'), answer, { ...towards('switch'), switch: elsewhere });
  calls.answered(invite('no contact'), { status: 200, to: answer.to }, towards('phone'));
  calls.ended('ended');
  expect(calls.size).toBe(2);
  expect(calls.lost(address, 2_000)).toEqual(['lost']);
  expect(calls.lost(address, 2_000)).toEqual([]);
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
  calls.answered(invite('elsewhere'), answer, { ...towards('switch'), switch: elsewhere });
  expect(calls.keepOnly(address, new Set(['lives']))).toEqual([]);
  expect(calls.keepOnly(address, new Set(['lives', 'late']))).toEqual(['gone']);
  expect(calls.keepOnly(address, new Set(['lives']))).toEqual([]);
  expect(calls.size).toBe(3);
  expect(said).toEqual([]);
});

test('what answered from a network of its own is told through the proxy before it, else where it was called', () => {
  const { calls, said } = remembered();
  const destination = 'sip:1001@203.0.113.7:40001;transport=tcp';
  calls.answered(invite('phone'), answer, { ...towards('phone'), destination });
  calls.answered(
    invite('carrier'),
    { ...answer, nextHop: 'sip:sbc.example.net;lr' },
    { ...towards('phone'), destination },
  );
  calls.lost(address, 2_000);
  expect(said.map(({ nextHop }) => nextHop)).toEqual([destination, 'sip:sbc.example.net;lr']);
});

test('a control plane that was killed finds its calls again, and hangs up for a switch that dies afterwards', async () => {
  const before = remembered();
  before.calls.carries('berlin', 'in', towards('switch'));
  before.calls.answered(invite('in'), answer, towards('switch'));
  before.calls.carries('paris', 'rings', towards('phone'));
  before.calls.answered(invite('agent'), answer, towards('phone'));
  before.calls.answered(invite('over'), answer, towards('phone'));
  before.calls.answered(invite('other'), answer, { ...towards('phone'), switch: elsewhere });
  before.calls.ended('over');
  const after = await restarted(before, { [address]: 'core-1', [elsewhere]: 'core-9' });
  expect(after.restored.map(({ callId, trunk, towards: side }) => [callId, trunk, side])).toEqual([
    ['in', 'berlin', 'switch'],
    ['rings', 'paris', 'phone'],
    ['agent', undefined, 'phone'],
    ['other', undefined, 'phone'],
  ]);
  expect(after.calls.keepOnly(address, new Set(['in', 'rings', 'agent']))).toEqual([]);
  expect(after.calls.lost(address, 2_000)).toEqual(['in', 'rings', 'agent']);
  // Nobody answered the one that rings: there is no dialog to end.
  expect(after.told()).toEqual(['in', 'agent']);
  expect([...after.kept.rows.keys()]).toEqual(['other']);
});

test('what ended while nobody was here is forgotten, its row as well, at the first look at its switch', async () => {
  const before = remembered();
  for (const callId of ['lives', 'ended']) before.calls.answered(invite(callId), answer, towards('switch'));
  const { calls, kept, told } = await restarted(before, { [address]: 'core-1' });
  calls.answered(invite('young'), answer, towards('switch'));
  expect(calls.keepOnly(address, new Set(['lives']))).toEqual(['ended']);
  expect(calls.keepOnly(address, new Set(['lives', 'young']))).toEqual([]);
  expect([...kept.rows.keys()]).toEqual(['lives', 'young']);
  expect(told()).toEqual([]);
});

test('a switch that died and came back while nobody was here: its old calls are told, those of its new life are not', async () => {
  const before = remembered();
  before.calls.answered(invite('old'), answer, towards('switch'));
  const { calls, kept, told } = await restarted(before, { [address]: 'core-2' });
  calls.answered(invite('new'), answer, towards('switch', 5_000));
  expect(calls.keepOnly(address, new Set(['new']))).toEqual(['old']);
  expect(told()).toEqual(['old']);
  expect([...kept.rows.keys()]).toEqual(['new']);
});

test('a switch whose life is not known yet is not taken for another one', async () => {
  const before = remembered();
  before.cores[address] = undefined;
  before.calls.answered(invite('early'), answer, towards('switch'));
  before.cores[address] = 'core-1';
  before.calls.answered(invite('known'), answer, towards('switch'));
  const { calls, cores, told } = await restarted(before, {});
  expect(calls.keepOnly(address, new Set(['early', 'known']))).toEqual([]);
  cores[address] = 'core-1';
  expect(calls.keepOnly(address, new Set(['early', 'known']))).toEqual([]);
  expect(told()).toEqual([]);
});

test('calls of a switch that is no longer in the settings are forgotten at the start: nobody could say what became of them', async () => {
  const before = remembered();
  before.calls.answered(invite('gone'), answer, { ...towards('phone'), switch: '192.0.2.77:5080' });
  const { restored, kept, calls } = await restarted(before, { [address]: 'core-1' });
  expect(restored).toEqual([]);
  expect(kept.rows.size).toBe(0);
  expect(calls.size).toBe(0);
});
