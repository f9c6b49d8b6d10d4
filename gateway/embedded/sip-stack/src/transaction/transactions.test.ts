// Transactions between two stacks on a wire in memory under a virtual clock: what is repeated when, and that nothing
// is left over.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { label, laboratory, requestOf } from '../../test/support.ts';
import {
  serialise,
  type ClientTransaction,
  type ServerTransaction,
  type SipRequest,
  type SipStack,
  type Target,
} from '../index.ts';

const BOB: Target = { protocol: 'udp', host: '192.0.2.2', port: 5060 };

let lab: ReturnType<typeof laboratory>;
let alice: SipStack;
let bob: SipStack;
/** What reached bob's user. */
let requests: ServerTransaction[];
let acks: SipRequest[];
/** What reached alice's user. */
let heard: string[];
let onRequest: (transaction: ServerTransaction) => void;

beforeEach(async () => {
  lab = laboratory();
  requests = [];
  acks = [];
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
      ack: (ack) => acks.push(ack),
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

/** Datagrams sent so far by one host, as labels with the time since `since`. */
function sentBy(host: string): string[] {
  return lab.network.log.filter(({ from }) => from.startsWith(`${host}:`)).map(({ bytes }) => label(bytes));
}

/** Times at which the network carried something with this label. */
function timesOf(what: string, within: number): number[] {
  const times: number[] = [];
  const weather = lab.network.weather;
  lab.network.weather = (crossing) => {
    if (label(crossing.bytes) === what) times.push(lab.clock.now());
    return weather(crossing);
  };
  lab.clock.advance(within);
  lab.network.weather = weather;
  return times;
}

describe('an unanswered request', () => {
  beforeEach(() => {
    lab.network.weather = () => [];
  });

  test('INVITE is repeated at T1 doubling and times out after 64*T1 (A, B)', () => {
    send(requestOf('INVITE'));
    expect(timesOf('INVITE', 40_000)).toEqual([500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(heard).toEqual(['timed out', 'end']);
  });

  test('others are repeated at T1 doubling up to T2 and time out after 64*T1 (E, F)', () => {
    send(requestOf('OPTIONS'));
    expect(timesOf('OPTIONS', 40_000)).toEqual([
      500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(heard).toEqual(['timed out', 'end']);
  });

  test('to a host where nothing listens fails as refused at the first repetition', () => {
    send(requestOf('OPTIONS'), { ...BOB, port: 5999 });
    lab.clock.advance(502);
    expect(heard).toEqual(['refused', 'end']);
  });

  test('abandoned says nothing more', () => {
    send(requestOf('INVITE')).abandon();
    lab.clock.advance(100);
    expect(heard).toEqual([]);
  });
});

describe('non-INVITE', () => {
  test('repetitions are answered again without the user', () => {
    onRequest = answer(200);
    lab.network.weather = (crossing) =>
      label(crossing.bytes).startsWith('200') && lab.clock.now() < 3000 ? [] : [1];
    send(requestOf('OPTIONS'));
    lab.clock.advance(10_000);
    expect(requests).toHaveLength(1);
    expect(sentBy('192.0.2.1')).toEqual(['OPTIONS', 'OPTIONS', 'OPTIONS', 'OPTIONS']);
    expect(sentBy('192.0.2.2')).toEqual(['200 OPTIONS', '200 OPTIONS', '200 OPTIONS', '200 OPTIONS']);
    expect(heard).toEqual(['200', 'end']);
  });

  test('a provisional slows repetition to T2', () => {
    onRequest = answer(100);
    send(requestOf('OPTIONS'));
    expect(timesOf('OPTIONS', 20_000)).toEqual([500, 4500, 8500, 12_500, 16_500]);
    expect(requests[0]?.state).toBe('proceeding');
    requests[0]?.respond(requests[0].createResponse(200));
    lab.clock.advance(10);
    expect(heard.slice(-1)).toEqual(['200']);
  });

  test('a second final is too late, and one after abandoning too', () => {
    send(requestOf('OPTIONS'));
    lab.clock.advance(5);
    const [transaction] = requests;
    expect(transaction?.respond(transaction.createResponse(200))).toBe(true);
    expect(transaction?.respond(transaction.createResponse(500))).toBe(false);
    expect(transaction?.finalStatus).toBe(200);
    transaction?.abandon();
    expect(transaction?.prepare(transaction.createResponse(200))).toBeUndefined();
    lab.clock.advance(5);
    expect(heard).toEqual(['200']);
  });

  test('all responses of a transaction carry the same To tag', () => {
    onRequest = (transaction) => {
      const tags = [180, 200].map((status) => transaction.createResponse(status).headers.to.tag);
      expect(tags).toEqual([transaction.localTag, transaction.localTag]);
      expect(transaction.createResponse(200, { toTag: 'mine' }).headers.to.tag).toBe('mine');
      answer(200)(transaction);
    };
    send(requestOf('OPTIONS'));
    lab.clock.advance(10);
    expect(heard).toEqual(['200']);
  });
});

describe('INVITE', () => {
  test('gets 100 after 200 ms when the user says nothing, and the repetition gets it again', () => {
    lab.network.weather = ({ bytes }) => (label(bytes) === '100 INVITE' && lab.clock.now() < 500 ? [] : [1]);
    send(requestOf('INVITE'));
    lab.clock.advance(600);
    expect(sentBy('192.0.2.2')).toEqual(['100 INVITE', '100 INVITE']);
    expect(heard).toEqual(['100']);
    requests[0]?.respond(requests[0].createResponse(486));
  });

  test('gets no 100 when the user was faster', () => {
    onRequest = answer(180);
    send(requestOf('INVITE'));
    lab.clock.advance(1000);
    expect(sentBy('192.0.2.2')).toEqual(['180 INVITE']);
    requests[0]?.respond(requests[0].createResponse(486));
  });

  test('a non-2xx is repeated until ACK (G), and ACKed again for every repetition (D)', () => {
    onRequest = answer(486);
    const acknowledged: string[] = [];
    lab.network.weather = ({ bytes }) => (label(bytes) === 'ACK' && lab.clock.now() < 3000 ? [] : [1]);
    send(requestOf('INVITE'));
    lab.clock.advance(2);
    if (requests[0])
      requests[0].events = {
        acknowledged: (ack) => acknowledged.push(ack.method),
        timedOut: () => acknowledged.push('H'),
      };
    expect(timesOf('486 INVITE', 20_000)).toEqual([501, 1501, 3501]);
    expect(heard).toEqual(['486']);
    expect(acknowledged).toEqual(['ACK']);
    expect(acks).toEqual([]);
    lab.clock.advance(20_000);
    expect(heard).toEqual(['486', 'end']);
  });

  test('a non-2xx nobody acknowledges is given up after 64*T1 (H)', () => {
    onRequest = answer(404);
    lab.network.weather = ({ bytes }) => (label(bytes) === 'ACK' ? [] : [1]);
    const ends: string[] = [];
    send(requestOf('INVITE'));
    lab.clock.advance(2);
    if (requests[0])
      requests[0].events = { timedOut: () => ends.push('H'), terminated: () => ends.push('end') };
    lab.clock.advance(31_000);
    expect(ends).toEqual([]);
    lab.clock.advance(1100);
    expect(ends).toEqual(['H', 'end']);
  });

  test('the ACK to a non-2xx is of the transaction: branch, Route, CSeq number, To of the response (17.1.1.3)', () => {
    onRequest = answer(486);
    const invite = requestOf('INVITE', {
      cseq: 7,
      headers: { Route: ['<sip:192.0.2.2;lr>', '<sip:far;lr>'], Contact: '<sip:a@b>' },
    });
    const { branch } = send(invite);
    lab.clock.advance(10);
    const ack = lab.network.log.find(({ bytes }) => label(bytes) === 'ACK')?.bytes.toString() ?? '';
    expect(ack).toContain(`branch=${branch}\r\n`);
    expect(ack).toContain('CSeq: 7 ACK\r\n');
    expect(ack).toContain('Route: <sip:192.0.2.2;lr>\r\nRoute: <sip:far;lr>\r\n');
    expect(ack).toContain(`To: <sip:bob@192.0.2.2>;tag=${requests[0]?.localTag}\r\n`);
  });

  test('every 2xx goes up, repeated ones too, until timer M; its ACK is the user of the other side (RFC 6026)', () => {
    send(requestOf('INVITE'));
    lab.clock.advance(10);
    const [transaction] = requests;
    for (const wait of [0, 500, 1000, 40_000]) {
      lab.clock.advance(wait);
      transaction?.respond(transaction.createResponse(200));
    }
    lab.clock.advance(10);
    // The last one came after timer L: the transaction could not send it any more.
    expect(heard).toEqual(['200', '200', '200', 'end']);
  });

  test('a repetition of an INVITE answered 2xx is absorbed (timer L)', () => {
    onRequest = answer(200);
    lab.network.weather = ({ bytes }) => (label(bytes).startsWith('200') ? [] : [1]);
    send(requestOf('INVITE'));
    lab.clock.advance(10_000);
    expect(requests).toHaveLength(1);
    expect(sentBy('192.0.2.2')).toEqual(['200 INVITE']);
  });
});

describe('CANCEL', () => {
  test('is held until a provisional came, matches its INVITE, and carries the same branch, URI and CSeq number', () => {
    const invite = send(requestOf('INVITE', { cseq: 3 }));
    const cancel = invite.createCancel({
      headers: { Reason: 'SIP;cause=487' },
      events: { response: (r) => heard.push(`cancel ${r.status}`) },
    });
    cancel?.send();
    lab.clock.advance(150);
    expect(sentBy('192.0.2.1')).toEqual(['INVITE']);
    lab.clock.advance(60);
    expect(sentBy('192.0.2.1')).toEqual(['INVITE', 'CANCEL']);
    const [inviteAtBob, cancelAtBob] = requests;
    expect(cancelAtBob?.cancels).toBe(inviteAtBob);
    expect(cancelAtBob?.request.uri).toBe(inviteAtBob?.request.uri);
    expect(cancelAtBob?.request.headers.via.branch).toBe(invite.branch);
    expect(cancelAtBob?.request.headers.cseq).toEqual({ number: 3, method: 'CANCEL' });
    expect(cancelAtBob?.request.headers.get('Reason')).toBe('SIP;cause=487');
    cancelAtBob?.respond(cancelAtBob.createResponse(200));
    inviteAtBob?.respond(inviteAtBob.createResponse(487));
    lab.clock.advance(10);
    expect(heard).toEqual(['100', 'cancel 200', '487']);
  });

  test('never leaves when the final comes first', () => {
    onRequest = answer(486);
    const invite = send(requestOf('INVITE'));
    const cancel = invite.createCancel({ events: { terminated: () => heard.push('cancel ended') } });
    cancel?.send();
    lab.clock.advance(1000);
    expect(sentBy('192.0.2.1')).toEqual(['INVITE', 'ACK']);
    expect(heard).toEqual(['486', 'cancel ended']);
    expect(invite.createCancel()).toBeUndefined();
  });

  test('without an answer to the INVITE ends it after 64*T1', () => {
    onRequest = (transaction) => (transaction.cancels ? answer(200)(transaction) : answer(180)(transaction));
    const invite = send(requestOf('INVITE'));
    lab.clock.advance(10);
    invite.createCancel()?.send();
    lab.clock.advance(31_900);
    expect(heard).toEqual(['180']);
    lab.clock.advance(200);
    expect(heard).toEqual(['180', 'timed out', 'end']);
    requests[0]?.abandon();
  });

  test('of an unknown INVITE matches nothing', () => {
    onRequest = answer(481);
    send(requestOf('CANCEL'));
    lab.clock.advance(10);
    expect(requests[0]?.cancels).toBeUndefined();
    expect(heard).toEqual(['481']);
  });
});

describe('matching', () => {
  test('the same request under another branch is merged (8.2.2.2), in a dialog it is not', () => {
    onRequest = answer(200);
    send(requestOf('OPTIONS'));
    send(requestOf('OPTIONS'));
    send(requestOf('INFO', { to: '<sip:bob@192.0.2.2>;tag=b' }));
    send(requestOf('INFO', { to: '<sip:bob@192.0.2.2>;tag=b' }));
    lab.clock.advance(10);
    expect(requests.map(({ merged }) => merged)).toEqual([false, true, false, false]);
  });

  test('a peer of RFC 2543, without branch, is matched by what identifies its request (17.2.3)', () => {
    onRequest = answer(486);
    const via = 'Via: SIP/2.0/UDP 192.0.2.9\r\n';
    const invite = serialise(requestOf('INVITE')).toString().replace('\r\n', `\r\n${via}`);
    const from = { host: '192.0.2.9', port: 5060 };
    lab.network.inject(Buffer.from(invite), from, '192.0.2.2:5060');
    lab.clock.advance(5);
    lab.network.inject(Buffer.from(invite), from, '192.0.2.2:5060');
    lab.clock.advance(5);
    expect(requests).toHaveLength(1);
    expect(sentBy('192.0.2.2')).toEqual(['486 INVITE', '486 INVITE']);
    const tag = requests[0]?.localTag ?? '';
    const ack = invite
      .replace('INVITE', 'ACK')
      .replace('CSeq: 1 INVITE', 'CSeq: 1 ACK')
      .replace('To: <sip:bob@192.0.2.2>', `To: <sip:bob@192.0.2.2>;tag=${tag}`);
    lab.network.inject(Buffer.from(ack), from, '192.0.2.2:5060');
    lab.clock.advance(5);
    expect([requests[0]?.state, acks.length]).toEqual(['confirmed', 0]);
  });

  test('the same branch from another host is another transaction', () => {
    onRequest = answer(200);
    for (const host of ['192.0.2.8', '192.0.2.9']) {
      const bytes = serialise(requestOf('OPTIONS'))
        .toString()
        .replace('\r\n', `\r\nVia: SIP/2.0/UDP ${host};branch=z9hG4bKsame\r\n`);
      lab.network.inject(Buffer.from(bytes), { host, port: 5060 }, '192.0.2.2:5060');
    }
    lab.clock.advance(5);
    expect(requests).toHaveLength(2);
  });

  test('a response to nothing of ours is a stray, noise is not even that', () => {
    onRequest = answer(200);
    const transaction = send(requestOf('OPTIONS'));
    transaction.abandon();
    lab.clock.advance(10);
    lab.network.inject(Buffer.from('SIP/2.0 200 OK\r\n\r\n'), BOB, '192.0.2.1:5060');
    lab.clock.advance(10);
    expect(heard).toEqual(['stray 200']);
  });
});
