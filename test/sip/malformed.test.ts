// What is not SIP, or nearly: refused or dropped, never a crash, and calls beside it are not disturbed.
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect } from 'vitest';
import { mutate, seeded } from '../support/malformed.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, type SrfApp } from '../support/srf-app.ts';
import { until } from '../support/until.ts';

const MUTATED = 3000;
const SEED = 20_261_121;

describe('malformed SIP', () => {
  edgeSuite(
    'malformed',
    ({ server, test, embeddedOnly }) => {
      async function withApp(body: (phone: SipPeer, app: SrfApp) => Promise<void>): Promise<void> {
        const phone = await SipPeer.udp(server().sip);
        const app = await connectApp(server().control, { options: (_req, res) => res.send(200) });
        app.handle('invite', (req, res) => {
          app.createUAS(req, res, { localSdp: SDP }).catch(() => undefined);
        });
        for (const verb of ['register', 'message', 'info', 'notify', 'subscribe', 'publish'])
          app.handle(verb, (_req, res) => res.send(403));
        try {
          await body(phone, app);
        } finally {
          app.close();
          await phone.close();
        }
      }

      async function goodCall(phone: SipPeer): Promise<void> {
        const invite = phone.send(phone.request('INVITE', { body: SDP }));
        const ok = await phone.receive(
          (message) => message.status === 200 && message.callId === invite.callId,
        );
        phone.send(phone.inDialog('ACK', invite, ok));
        phone.send(phone.inDialog('BYE', invite, ok));
        await phone.receive(
          (message) =>
            message.status === 200 && message.cseq.endsWith('BYE') && message.callId === invite.callId,
        );
      }

      const swap = (from: RegExp, to: string) => (text: string) => text.replace(from, to);
      const cases: readonly [string, (text: string) => string, number][] = [
        ['a negative Content-Length', swap(/Content-Length: \d+/, 'Content-Length: -1'), 400],
        ['no Call-ID', swap(/Call-ID: .*\r\n/, ''), 400],
        ['no From', swap(/From: .*\r\n/, ''), 400],
        ['no CSeq', swap(/CSeq: .*\r\n/, ''), 400],
        ['a CSeq of another method', swap(/CSeq: (\d+) \w+/, 'CSeq: $1 INVITE'), 400],
        ['a CSeq above 2^32', swap(/CSeq: \d+/, 'CSeq: 4294967299'), 400],
        ['SIP/7.0', swap(/ SIP\/2\.0\r\n/, ' SIP/7.0\r\n'), 505],
      ];
      for (const [what, change, status] of cases) {
        test(`${what} is answered ${status}`, () =>
          withApp(async (phone) => {
            phone.send(change(phone.request('OPTIONS')));
            await phone.receive(status);
          }));
      }

      for (const [what, change] of [
        ['a pipe in the Call-ID', swap(/Call-ID: /, 'Call-ID: a|b')],
        ['a pipe in the tag', swap(/;tag=/, ';tag=a|b')],
      ] as const) {
        embeddedOnly(
          'the real server passes it on and breaks its own frames',
          `${what} is answered 400`,
          () =>
            withApp(async (phone) => {
              phone.send(change(phone.request('OPTIONS')));
              await phone.receive(400);
            }),
        );
      }

      for (const contact of ['<tel:+4912345>', '*', 'nonsense', '<sip:a@127.0.0.1>, <sip:b@127.0.0.1>']) {
        embeddedOnly(
          'the real server crashes on some of them',
          `an INVITE with Contact ${contact} is answered 400`,
          () =>
            withApp(async (phone) => {
              const invite = phone.send(phone.request('INVITE', { body: SDP, contact }));
              phone.send(phone.ackOfFailure(invite, await phone.receive(400)));
              await goodCall(phone);
            }),
        );
      }

      embeddedOnly(
        'thousands of odd messages are not what the real server is asked',
        `${MUTATED} mutated messages over UDP and TCP; calls beside them go well`,
        () =>
          withApp(async (phone) => {
            const random = seeded(SEED);
            const stranger = await SipPeer.udp(server().sip, 'mallory');
            const corpus = corpusOf(stranger);
            const tcp: Promise<unknown>[] = [];
            try {
              for (let i = 0; i < MUTATED; i++) {
                const message = mutate(corpus[i % corpus.length] ?? Buffer.alloc(0), random);
                if (i % 10 === 0) tcp.push(overTcp(message));
                else stranger.send(message);
                if (i % 300 === 0) {
                  await goodCall(phone);
                  await Promise.all(tcp.splice(0));
                }
              }
              await Promise.all(tcp);
              await goodCall(phone);
              expect(stranger.received.length).toBeGreaterThan(100);
              // What looked like calls is answered and never acknowledged; without an application they would wait for 64*T1.
              await until('the last call is over', () => (server().leftovers()?.['inbound'] ?? 0) === 0);
            } finally {
              await stranger.close();
            }
          }),
      );

      async function overTcp(bytes: Buffer): Promise<void> {
        const socket = connect(server().sip);
        socket.on('error', () => undefined);
        socket.resume();
        const closed = once(socket, 'close');
        socket.end(bytes);
        await closed;
      }
    },
    { t1: 20 },
  );
});

function corpusOf(peer: SipPeer): Buffer[] {
  const methods = [
    'INVITE',
    'REGISTER',
    'OPTIONS',
    'SUBSCRIBE',
    'NOTIFY',
    'MESSAGE',
    'INFO',
    'BYE',
    'UPDATE',
    'REFER',
    'PRACK',
    'ACK',
    'CANCEL',
    'PUBLISH',
  ];
  const requests = methods.flatMap((method) => [
    peer.request(method, {
      body: method === 'INVITE' ? SDP : '',
      headers: { Supported: '100rel, timer', Expires: '60' },
    }),
    peer.request(method, {
      to: '<sip:x@127.0.0.1>;tag=abc',
      headers: { Route: '<sip:127.0.0.1:5060;lr>', RAck: '1 1 INVITE' },
    }),
  ]);
  const invite = peer.request('INVITE');
  const responses = ['100 Trying', '180 Ringing', '200 OK', '401 Unauthorized', '603 Decline'].map((status) =>
    invite.replace(/^INVITE .*\r\n/, `SIP/2.0 ${status}\r\n`),
  );
  return [...requests, ...responses].map((text) => Buffer.from(text));
}
