// INVITE exchanges between two user agents on a wire in memory: answering, cancelling, reliable provisionals, forks,
// re-INVITE, and all of it again in bad weather.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { label, laboratory, requestOf } from '../../test/support.ts';
import {
  badWeather,
  cloneResponse,
  createResponse,
  parseMessage,
  serialise,
  type ClientTransaction,
  type Dialog,
  type ServerTransaction,
  type SipRequest,
  type SipStack,
  type Target,
  type UacInvite,
  type UasInvite,
} from '../index.ts';

const BOB: Target = { protocol: 'udp', host: '192.0.2.2', port: 5060 };
const SDP = { type: 'application/sdp', content: 'v=0\r\n' };

let lab: ReturnType<typeof laboratory>;
let alice: SipStack;
let bob: SipStack;
let uas: UasInvite | undefined;
let heard: string[];
let bobHeard: string[];
/** What bob does with an INVITE. */
let bobDoes: (invite: UasInvite) => void;

function bobRequest(transaction: ServerTransaction): void {
  const { method } = transaction.request;
  bobHeard.push(method);
  if (method === 'INVITE') {
    const inside =
      uas?.dialog && transaction.request.headers.to.tag !== undefined ? { dialog: uas.dialog } : {};
    if (inside.dialog) inside.dialog.receiveRequest(transaction.request);
    const invite = bob.uasInvite(transaction, { contact: '<sip:bob@192.0.2.2>', ...inside });
    invite.events = {
      acknowledged: () => bobHeard.push('acknowledged'),
      ackTimedOut: () => bobHeard.push('no ACK'),
      cancelled: () => bobHeard.push('cancelled'),
      prack: (prack, rseq) => {
        bobHeard.push(`prack ${rseq - firstRSeq(invite)}`);
        prack.respond(prack.createResponse(200));
      },
      prackTimedOut: () => bobHeard.push('no PRACK'),
    };
    uas = invite;
    bobDoes(invite);
  } else if (transaction.cancels) uas?.receiveCancel(transaction);
  else if (method === 'PRACK') {
    if (!uas?.receivePrack(transaction)) transaction.respond(transaction.createResponse(481));
  } else transaction.respond(transaction.createResponse(200));
}

const firstRSeqs = new WeakMap<UasInvite, number>();
function firstRSeq(invite: UasInvite): number {
  return firstRSeqs.get(invite) ?? 0;
}

beforeEach(async () => {
  lab = laboratory();
  uas = undefined;
  heard = [];
  bobHeard = [];
  bobDoes = (invite) => invite.respond(200, { body: SDP });
  alice = await lab.stack('192.0.2.1', { handlers: { request: () => undefined } });
  bob = await lab.stack('192.0.2.2', {
    handlers: {
      request: bobRequest,
      ack: (ack, arrival) => bobHeard.push(uas?.receiveAck(ack, arrival) ? 'ACK' : 'stray ACK'),
    },
  });
});

afterEach(async () => {
  lab.network.weather = () => [1];
  lab.clock.advance(200_000);
  for (const stack of [alice, bob])
    expect(stack.counts()).toMatchObject({ clientTransactions: 0, serverTransactions: 0 });
  expect(lab.clock.pending).toBe(0);
  await Promise.all([alice.close(), bob.close()]);
});

const invitation = (): SipRequest =>
  requestOf('INVITE', { headers: { Contact: '<sip:alice@192.0.2.1>', Supported: '100rel' }, body: SDP });

function prackFor(
  uac: UacInvite,
  dialog: Dialog,
  response: Parameters<UacInvite['createPrack']>[1],
): ClientTransaction {
  const prack = alice.clientTransaction(uac.createPrack(dialog, response), BOB);
  prack.events = {
    response: (r) => heard.push(`prack ${r.status}`),
    timedOut: () => heard.push('prack lost'),
  };
  prack.send();
  return prack;
}

function call(request = invitation(), acknowledge = true): UacInvite {
  const uac = alice.uacInvite(request, BOB);
  uac.events = {
    trying: () => heard.push('100'),
    progress: (response, { dialog, reliable }) => {
      heard.push(`${response.status}${reliable ? ' reliable' : ''}`);
      if (reliable && dialog) prackFor(uac, dialog, response);
    },
    answered: (_response, dialog) => {
      heard.push(`answered ${dialog.state}`);
      if (acknowledge) uac.ack(dialog).send();
    },
    rejected: (response) => heard.push(`rejected ${response.status}`),
    timedOut: () => heard.push('timed out'),
    transportFailed: (failure) => heard.push(failure.reason),
  };
  uac.send();
  return uac;
}

const sent = (what: string): number => lab.network.log.filter(({ bytes }) => label(bytes) === what).length;

test('ring, answer, acknowledge, hang up from either side', () => {
  bobDoes = (invite) => {
    invite.respond(180);
    lab.clock.setTimer(1000, () => invite.respond(200, { body: SDP }));
  };
  const uac = call();
  lab.clock.advance(2000);
  expect(heard).toEqual(['180', 'answered confirmed']);
  expect(bobHeard).toEqual(['INVITE', 'acknowledged', 'ACK']);
  const [dialog] = uac.dialogs;
  expect(uas?.dialog?.state).toBe('confirmed');
  expect(dialog?.remoteTarget).toBe('sip:bob@192.0.2.2');
  const bye = alice.clientTransaction(dialog?.createRequest('BYE') ?? invitation(), BOB, {
    events: { response: (r) => heard.push(`bye ${r.status}`) },
  });
  bye.send();
  lab.clock.advance(10);
  expect(heard.at(-1)).toBe('bye 200');
});

test('a 2xx is repeated at T1 doubling to T2 until its ACK comes, the ACK again for each (13.3.1.4, 13.2.2.4)', () => {
  lab.network.weather = ({ bytes }) => (label(bytes) === 'ACK' && lab.clock.now() < 8000 ? [] : [1]);
  call();
  lab.clock.advance(20_000);
  // At 0, 500, 1500, 3500, 7500, 11500 ms; the ACK to the sixth gets through.
  expect([sent('200 INVITE'), sent('ACK')]).toEqual([6, 6]);
  expect(heard).toEqual(['answered confirmed']);
  expect(bobHeard).toEqual(['INVITE', 'acknowledged', 'ACK']);
  expect(uas?.awaiting).toBe('nothing');
});

test('nothing is heard of an unacknowledged 2xx once the stack is closed', async () => {
  call(invitation(), false);
  lab.clock.advance(1000);
  await bob.close();
  lab.clock.advance(40_000);
  expect(bobHeard).toEqual(['INVITE']);
});

test('repeated ACKs are absorbed', () => {
  lab.network.weather = ({ bytes }) => (label(bytes) === 'ACK' ? [1, 5, 9] : [1]);
  call();
  lab.clock.advance(100);
  expect(bobHeard).toEqual(['INVITE', 'acknowledged', 'ACK', 'ACK', 'ACK']);
});

test('a 2xx nobody acknowledges is given up after 64*T1', () => {
  call(invitation(), false);
  lab.clock.advance(31_900);
  expect(bobHeard).toEqual(['INVITE']);
  lab.clock.advance(200);
  expect(bobHeard).toEqual(['INVITE', 'no ACK']);
  expect(heard).toEqual(['answered confirmed']);
});

test('CANCEL before the answer: 200, 487, no dialog left', () => {
  bobDoes = (invite) => invite.respond(180);
  const uac = call();
  lab.clock.advance(10);
  uac.createCancel()?.send();
  lab.clock.advance(10);
  expect(heard).toEqual(['180', 'rejected 487']);
  expect(bobHeard).toEqual(['INVITE', 'CANCEL', 'cancelled']);
  expect([uac.dialogs[0]?.state, uas?.dialog?.state]).toEqual(['terminated', 'terminated']);
  expect(uas?.respond(200)).toBe(false);
});

test('CANCEL that crosses the 2xx is 481 and changes nothing', () => {
  bobDoes = (invite) => invite.respond(180);
  const uac = call();
  lab.clock.advance(10);
  uas?.respond(200, { body: SDP });
  uac.createCancel()?.send();
  lab.clock.advance(10);
  expect(heard).toEqual(['180', 'answered confirmed']);
  expect(sent('481 CANCEL')).toBe(1);
  expect(uas?.dialog?.state).toBe('confirmed');
});

describe('100rel (RFC 3262)', () => {
  const reliably = (invite: UasInvite, status: number, body = false): void => {
    const response = invite.createResponse(status, { reliable: true, ...(body ? { body: SDP } : {}) });
    if (!firstRSeqs.has(invite)) firstRSeqs.set(invite, response.headers.rseq ?? 0);
    invite.prepare(response)?.send();
  };

  test('is repeated until PRACK, delivered once, and the next one waits its turn', () => {
    lab.network.weather = ({ bytes }) => (label(bytes) === 'PRACK' && lab.clock.now() < 2000 ? [] : [1]);
    bobDoes = (invite) => {
      reliably(invite, 183, true);
      reliably(invite, 180);
      invite.respond(200);
    };
    call();
    lab.clock.advance(1000);
    expect([heard, uas?.awaiting]).toEqual([['183 reliable'], 'prack']);
    lab.clock.advance(10_000);
    expect(heard).toEqual(['183 reliable', 'prack 200', '180 reliable', 'prack 200', 'answered confirmed']);
    expect(bobHeard.slice(0, 3)).toEqual(['INVITE', 'PRACK', 'prack 0']);
    expect(sent('183 INVITE')).toBeGreaterThan(1);
  });

  test('a 2xx waits for the PRACK of an SDP, but not of a mere 180', () => {
    bobDoes = (invite) => {
      reliably(invite, 180);
      invite.respond(200, { body: SDP });
    };
    lab.network.weather = ({ bytes }) => (label(bytes) === 'PRACK' ? [] : [1]);
    call();
    lab.clock.advance(10);
    expect(heard).toEqual(['180 reliable', 'answered confirmed']);
  });

  test('no PRACK within 64*T1 is told, so that the user refuses', () => {
    bobDoes = (invite) => reliably(invite, 180);
    lab.network.weather = ({ bytes }) => (label(bytes) === 'PRACK' ? [] : [1]);
    call();
    lab.clock.advance(32_100);
    expect(bobHeard).toEqual(['INVITE', 'no PRACK']);
    uas?.respond(500);
  });

  test('a PRACK for something else is not ours', () => {
    bobDoes = (invite) => reliably(invite, 180);
    const uac = call();
    lab.clock.advance(10);
    const [dialog] = uac.dialogs;
    if (!dialog) throw new Error('no dialog');
    const again = dialog.createRequest('PRACK', { headers: { RAck: '99 1 INVITE' } });
    alice
      .clientTransaction(again, BOB, { events: { response: (r) => heard.push(`again ${r.status}`) } })
      .send();
    lab.clock.advance(10);
    expect(heard).toEqual(['180 reliable', 'prack 200', 'again 481']);
    uas?.respond(486);
  });

  test('is refused as a bug towards a peer that does not support it', () => {
    bobDoes = (invite) => {
      expect(invite.peerSupports100rel).toBe(false);
      expect(() => invite.createResponse(180, { reliable: true })).toThrow(RangeError);
      invite.respond(486);
    };
    call(requestOf('INVITE'));
    lab.clock.advance(10);
    expect(heard).toEqual(['rejected 486']);
  });
});

test('forked answers are dialogs of their own, each acknowledged, early ones end with the exchange (12.1.2, 13.2.2.4)', () => {
  bobDoes = (invite) => {
    for (const [status, tag] of [
      [180, 'a'],
      [180, 'b'],
      [180, 'c'],
      [200, 'a'],
      [200, 'b'],
      [200, 'a'],
    ] as const)
      invite.transaction.respond(
        invite.transaction.createResponse(status, {
          toTag: tag,
          headers: { Contact: `<sip:${tag}@192.0.2.2>` },
        }),
      );
  };
  const uac = call();
  lab.clock.advance(100);
  expect(heard).toEqual(['180', '180', '180', 'answered confirmed', 'answered confirmed']);
  expect(uac.dialogs.map(({ remoteTag, state }) => `${remoteTag} ${state}`)).toEqual([
    'a confirmed',
    'b confirmed',
    'c early',
  ]);
  const acks = lab.network.log
    .filter(({ bytes }) => label(bytes) === 'ACK')
    .map(({ bytes }) => bytes.toString().split('\r\n', 1)[0]);
  expect(acks).toEqual(['a', 'b', 'a'].map((tag) => `ACK sip:${tag}@192.0.2.2 SIP/2.0`));
  lab.clock.advance(33_000);
  expect(uac.dialogs[2]?.state).toBe('terminated');
});

test('re-INVITE keeps the dialog and refreshes its target', () => {
  const uac = call();
  lab.clock.advance(10);
  const [dialog] = uac.dialogs;
  if (!dialog) throw new Error('no dialog');
  const again = alice.uacInvite(
    dialog.createRequest('INVITE', { contact: '<sip:alice@192.0.2.1:5099>', body: SDP }),
    BOB,
    { dialog },
  );
  again.events = {
    answered: (_r, same) => (
      heard.push(same === dialog ? 'same dialog' : 'other dialog'),
      again.ack(same).send()
    ),
  };
  again.send();
  lab.clock.advance(10);
  expect(heard).toEqual(['answered confirmed', 'same dialog']);
  expect(uas?.dialog?.remoteTarget).toBe('sip:alice@192.0.2.1:5099');
  expect(bobHeard).toEqual(['INVITE', 'acknowledged', 'ACK', 'INVITE', 'acknowledged', 'ACK']);
});

test('the ACK carries the credentials of the INVITE (13.2.2.4)', () => {
  const invite = invitation();
  invite.headers.append('Authorization', 'Digest username="a"');
  call(invite);
  lab.clock.advance(10);
  const ack = lab.network.log.find(({ bytes }) => label(bytes) === 'ACK');
  expect(ack?.bytes.toString()).toContain('Authorization: Digest username="a"\r\n');
});

test('a stateless response finds its way by Via', () => {
  const request = requestOf('OPTIONS');
  request.headers.prepend('Via', 'SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKs;received=192.0.2.2;rport=5060');
  const response = cloneResponse(createResponse(request, 200, { toTag: 'x' }));
  alice.statelessResponse(response)?.send();
  expect(lab.network.log.at(-1)?.to).toBe('192.0.2.2:5060');
  const parsed = parseMessage(serialise(response));
  expect(parsed.outcome).toBe('ok');
});

describe('in bad weather', () => {
  test.each(Array.from({ length: 25 }, (_, seed) => seed + 1))(
    'seed %i: the call is set up once and hung up once',
    (seed) => {
      lab.network.weather = badWeather(seed, { loss: 0.3, repeat: 0.3, maxDelay: 700 });
      bobDoes = (invite) => {
        invite.respond(180);
        lab.clock.setTimer(3000, () => invite.respond(200, { body: SDP }));
      };
      const uac = call();
      lab.clock.advance(40_000);
      expect(heard.filter((what) => what.startsWith('answered'))).toEqual(['answered confirmed']);
      expect(bobHeard.filter((what) => what === 'INVITE' || what === 'acknowledged')).toEqual([
        'INVITE',
        'acknowledged',
      ]);
      const [dialog] = uac.dialogs;
      const byes: string[] = [];
      const bye = alice.clientTransaction(dialog?.createRequest('BYE') ?? invitation(), BOB);
      bye.events = { response: (r) => byes.push(String(r.status)), timedOut: () => byes.push('timed out') };
      bye.send();
      lab.clock.advance(40_000);
      expect(byes).toEqual(['200']);
      expect(bobHeard.filter((what) => what === 'BYE')).toEqual(['BYE']);
    },
  );
});
