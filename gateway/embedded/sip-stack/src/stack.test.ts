// The stack as a whole on a wire in memory: what is seen before it leaves, where answers go, and a forking proxy on top.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { laboratory, requestOf } from '../test/support.ts';
import {
  cloneRequest,
  cloneResponse,
  serialise,
  statelessBranch,
  type ClientTransaction,
  type ServerTransaction,
  type SipRequest,
  type SipStack,
  type Target,
} from './index.ts';

const BOB: Target = { protocol: 'udp', host: '192.0.2.2', port: 5060 };

let lab: ReturnType<typeof laboratory>;
let alice: SipStack;
let bob: SipStack;
/** What reached bob's user. */
let requests: ServerTransaction[];
/** What reached alice's user. */
let heard: string[];
let onRequest: (transaction: ServerTransaction) => void;

beforeEach(async () => {
  lab = laboratory();
  requests = [];
  heard = [];
  onRequest = () => undefined;
  alice = await lab.stack('192.0.2.1', {
    handlers: { request: () => undefined, strayResponse: (r) => heard.push(`stray ${r.status}`) },
  });
  bob = await lab.stack('192.0.2.2', {
    handlers: {
      request: (transaction) => {
        requests.push(transaction);
        onRequest(transaction);
      },
    },
  });
});

afterEach(async () => {
  lab.clock.advance(200_000);
  expect({ ...alice.counts(), ...{ listeningPoints: 0 } }).toEqual({
    clientTransactions: 0,
    serverTransactions: 0,
    openTransactions: 0,
    connections: 0,
    listeningPoints: 0,
  });
  expect(bob.counts().serverTransactions).toBe(0);
  expect(lab.clock.pending).toBe(0);
  await alice.close();
  await bob.close();
});

function send(request: SipRequest, target = BOB): ClientTransaction {
  const transaction = alice.clientTransaction(request, target, {
    events: {
      response: (response) => heard.push(String(response.status)),
      timedOut: () => heard.push('timed out'),
      transportFailed: (failure) => heard.push(failure.reason),
      terminated: () => heard.push('end'),
    },
  });
  transaction.send();
  return transaction;
}

const answer =
  (status: number) =>
  (transaction: ServerTransaction): void => {
    transaction.respond(transaction.createResponse(status));
  };

test('what leaves is what could be seen before: bytes first, datagram after', () => {
  onRequest = (transaction) => {
    const out = transaction.prepare(transaction.createResponse(200));
    const before = lab.network.log.length;
    expect(out?.destination).toEqual({ protocol: 'udp', host: '192.0.2.1', port: 5060 });
    out?.send();
    out?.send();
    expect(lab.network.log.slice(before).map(({ bytes }) => bytes)).toEqual([out?.bytes]);
  };
  const transaction = alice.clientTransaction(requestOf('OPTIONS'), BOB);
  expect(lab.network.log).toEqual([]);
  transaction.send();
  transaction.send();
  expect(lab.network.log.map(({ bytes }) => bytes)).toEqual([transaction.bytes]);
  lab.clock.advance(10);
  expect(requests).toHaveLength(1);
});

test('responses go to the packet source whatever Via claims, and say so (18.2.1, RFC 3581)', () => {
  onRequest = answer(200);
  const bytes = serialise(requestOf('OPTIONS'))
    .toString()
    .replace('\r\n', '\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKnat;rport\r\n');
  lab.network.inject(Buffer.from(bytes), { host: '192.0.2.77', port: 4711 }, '192.0.2.2:5060');
  lab.clock.advance(5);
  const out = lab.network.log.at(-1);
  expect(out?.to).toBe('192.0.2.77:4711');
  expect(out?.bytes.toString()).toContain(
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKnat;rport=4711;received=192.0.2.77\r\n',
  );
});

test('a malformed request is answered 400 without a transaction', () => {
  const bytes = serialise(requestOf('OPTIONS'))
    .toString()
    .replace('\r\n', '\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb\r\n')
    .replace('CSeq: 1 OPTIONS', 'CSeq: x');
  lab.network.inject(Buffer.from(bytes), { host: '192.0.2.9', port: 5060 }, '192.0.2.2:5060');
  lab.clock.advance(5);
  expect(lab.network.log.at(-1)?.bytes.toString()).toContain('SIP/2.0 400 Bad CSeq\r\n');
  expect(bob.counts().serverTransactions).toBe(0);
});

test('a stateful proxy forks, forwards the 2xx, and cancels the loser', async () => {
  const carolSaw: string[] = [];
  let carolInvite: ServerTransaction | undefined;
  const carol = await lab.stack('192.0.2.3', {
    handlers: {
      request: (transaction) => {
        carolSaw.push(transaction.request.method);
        if (transaction.request.method === 'INVITE') {
          carolInvite = transaction;
          answer(180)(transaction);
          return;
        }
        answer(200)(transaction);
        carolInvite?.respond(carolInvite.createResponse(487));
      },
    },
  });
  const proxy = await lab.stack('192.0.2.100', {
    tryingAfter: 0,
    handlers: {
      request: (upstream) => {
        const branches = ['192.0.2.2', '192.0.2.3'].map((host) => {
          const copy = cloneRequest(upstream.request);
          copy.uri = `sip:bob@${host}`;
          copy.headers.set('Max-Forwards', (copy.headers.maxForwards ?? 71) - 1);
          copy.headers.prepend('Record-Route', '<sip:192.0.2.100;lr>');
          return proxy.clientTransaction(copy, { ...BOB, host });
        });
        for (const branch of branches) {
          branch.events = {
            response: (response) => {
              if (response.status === 100 || response.status >= 300) return;
              const up = cloneResponse(response);
              up.headers.shift('Via');
              upstream.respond(up);
              if (response.status >= 200)
                for (const other of branches) if (other !== branch) other.createCancel()?.send();
            },
          };
          branch.send();
        }
      },
    },
  });
  onRequest = (transaction) => void lab.clock.setTimer(20, () => answer(200)(transaction));
  send(requestOf('INVITE'), { ...BOB, host: '192.0.2.100' });
  lab.clock.advance(100);
  expect(heard).toEqual(['100', '180', '200']);
  expect(carolSaw).toEqual(['INVITE', 'CANCEL']);
  expect(requests[0]?.request.headers.get('Max-Forwards')).toBe('69');
  expect(requests[0]?.request.headers.vias.map(({ host }) => host)).toEqual(['192.0.2.100', '192.0.2.1']);
  lab.clock.advance(100_000);
  expect(
    [proxy.counts(), carol.counts()].every((c) => c.clientTransactions + c.serverTransactions === 0),
  ).toBe(true);
  await proxy.close();
  await carol.close();
});

test('a stateless branch is the same for the repetitions, CANCEL and ACK of a request, and for nothing else (16.11)', () => {
  const over = (method: string, via: string): SipRequest => {
    const request = requestOf(method);
    request.headers.prepend('Via', via);
    return request;
  };
  const via = 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKone';
  const branch = statelessBranch(over('INVITE', via));
  expect(branch).toMatch(/^z9hG4bK[0-9a-f]{20}$/);
  expect([over('INVITE', via), over('CANCEL', via), over('ACK', via)].map(statelessBranch)).toEqual([
    branch,
    branch,
    branch,
  ]);
  expect(statelessBranch(over('INVITE', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtwo'))).not.toBe(branch);
  expect(statelessBranch(over('INVITE', 'SIP/2.0/UDP 192.0.2.1'))).not.toBe(
    statelessBranch(over('INVITE', 'SIP/2.0/UDP 192.0.2.3')),
  );
});
