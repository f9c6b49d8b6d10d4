// Requests of an application: calls it makes, digest, CANCEL and its races, failures of the network, refusals.
import { createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { type PeerMessage, SDP, SipPeer } from '../support/sip-peer.ts';
import {
  connectApp,
  next,
  type SrfApp,
  type SrfDialog,
  type SrfRequest,
  type SrfResponse,
} from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

const OFFER = SDP.replace('50000', '40000');

describe('an application calls', () => {
  edgeSuite('uac', ({ server, test, embeddedOnly }) => {
    async function withPhone(
      body: (phone: SipPeer, app: SrfApp, uri: string) => Promise<void>,
      protocol: 'udp' | 'tcp' = 'udp',
    ): Promise<void> {
      const phone = await SipPeer[protocol](server().sip, 'bob');
      const app = await connectApp(server().control);
      try {
        await body(phone, app, `sip:bob@127.0.0.1:${phone.port}`);
      } finally {
        app.close();
        await phone.close();
      }
    }

    /** Answers an INVITE and takes the ACK. */
    async function answer(phone: SipPeer, invite: PeerMessage): Promise<PeerMessage> {
      phone.reply(invite, '200 OK', { body: SDP });
      return phone.receive('ACK');
    }

    async function hangUp(phone: SipPeer, dialog: SrfDialog): Promise<void> {
      const destroyed = dialog.destroy();
      phone.reply(await phone.receive('BYE'), '200 OK');
      await within('BYE answered', destroyed);
    }

    const refusal = (attempt: Promise<unknown>): Promise<Error & { status?: number; code?: string }> =>
      within(
        'refusal',
        attempt.then(
          () => {
            throw new Error('it was not refused');
          },
          (error: Error) => error,
        ),
      );

    test('a call with a challenge: same Call-ID and tag, next CSeq, then 180, 200, ACK, BYE', () =>
      withPhone(async (phone, app, uri) => {
        const call = app.createUAC(uri, {
          localSdp: OFFER,
          callingNumber: '1000',
          callingName: 'Alice A',
          headers: { 'X-Trace': 't1' },
          auth: { username: 'u', password: 'p' },
        });
        const first = await phone.receive('INVITE');
        expect(first.header('From')).toContain(`"Alice A" <sip:1000@127.0.0.1:${server().sip.port}>;tag=`);
        expect(first.header('Contact')).toContain(`<sip:1000@127.0.0.1:${server().sip.port}>`);
        expect(first.header('To')).toBe(`<${uri}>`);
        expect(first.header('Max-Forwards')).toBe('70');
        expect(first.header('Content-Type')).toBe('application/sdp');
        expect(first.header('X-Trace')).toBe('t1');
        expect(first.body).toBe(OFFER);
        phone.reply(first, '401 Unauthorized', {
          headers: { 'WWW-Authenticate': 'Digest realm="bob",nonce="abc123",algorithm=MD5,qop="auth"' },
        });
        await phone.receive('ACK');
        const second = await phone.receive('INVITE');
        expect(second.callId).toBe(first.callId);
        expect(second.tag('From')).toBe(first.tag('From'));
        expect(Number.parseInt(second.cseq, 10)).toBe(Number.parseInt(first.cseq, 10) + 1);
        expect(second.header('Authorization')).toMatch(/username="u".*nonce="abc123"/);
        expect(second.header('Via')).not.toBe(first.header('Via'));
        phone.reply(second, '180 Ringing', { headers: { 'X-Bob': 'ring' } });
        const ack = await answer(phone, second);
        expect(ack.cseq).toBe(second.cseq.replace('INVITE', 'ACK'));
        const dialog = await within('call', call);
        expect(dialog.remote.sdp).toBe(SDP);
        expect(dialog.id).toBe(`${first.callId};from-tag=${first.tag('From') ?? ''}`);
        const destroyed = dialog.destroy();
        const bye = await phone.receive('BYE');
        expect(Number.parseInt(bye.cseq, 10)).toBe(Number.parseInt(second.cseq, 10) + 1);
        phone.reply(bye, '200 OK');
        await within('BYE answered', destroyed);
      }));

    test('a repeated 200 gets the same ACK again, without the application', () =>
      withPhone(async (phone, app, uri) => {
        const call = app.createUAC(uri, { localSdp: OFFER });
        const invite = await phone.receive('INVITE');
        const ack = await answer(phone, invite);
        const dialog = await within('call', call);
        expect((await answer(phone, invite)).raw).toBe(ack.raw);
        await hangUp(phone, dialog);
      }));

    test('a challenged BYE is tried again in the same dialog', () =>
      withPhone(async (phone, app, uri) => {
        const call = app.createUAC(uri, { localSdp: OFFER, auth: { username: 'u', password: 'p' } });
        await answer(phone, await phone.receive('INVITE'));
        const dialog = await within('call', call);
        const destroyed = dialog.destroy({ auth: { username: 'u', password: 'p' } });
        const bye = await phone.receive('BYE');
        phone.reply(bye, '407 Proxy Authentication Required', {
          headers: { 'Proxy-Authenticate': 'Digest realm="bob",nonce="n2",qop="auth"' },
        });
        const again = await phone.receive('BYE');
        expect(again.header('Proxy-Authorization')).toContain('nonce="n2"');
        expect(again.tag('To')).toBe(bye.tag('To'));
        expect(again.uri).toBe(bye.uri);
        expect(Number.parseInt(again.cseq, 10)).toBe(Number.parseInt(bye.cseq, 10) + 1);
        phone.reply(again, '200 OK');
        await within('BYE answered', destroyed);
      }));

    test('the callee hangs up', () =>
      withPhone(async (phone, app, uri) => {
        const call = app.createUAC(uri, { localSdp: OFFER });
        const invite = await phone.receive('INVITE');
        await answer(phone, invite);
        const dialog = await within('call', call);
        const destroyed = next(dialog, 'destroy');
        phone.send(
          phone.request('BYE', {
            callId: invite.callId,
            fromTag: 'peer1',
            to: invite.header('From'),
            uri: `sip:127.0.0.1:${server().sip.port}`,
          }),
        );
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
        await destroyed;
      }));

    for (const [status, reason] of [
      [486, 'Busy Here'],
      [302, 'Moved Temporarily'],
      [603, 'Decline'],
    ] as const) {
      test(`${status} is acknowledged by the server and told to the application`, () =>
        withPhone(async (phone, app, uri) => {
          const refused = refusal(app.createUAC(uri, { localSdp: OFFER }));
          const invite = await phone.receive('INVITE');
          phone.reply(invite, `${status} ${reason}`);
          const ack = await phone.receive('ACK');
          expect(ack.header('Via')).toBe(invite.header('Via'));
          expect((await refused).status).toBe(status);
        }));
    }

    test('CANCEL by the application: same branch, its Reason; the 487 is told', () =>
      withPhone(async (phone, app, uri) => {
        const progress = {
          cbProvisional: () => undefined,
          cbRequest: (_error: unknown, req: SrfRequest) => requests.push(req),
        };
        const requests: SrfRequest[] = [];
        const refused = refusal(app.createUAC(uri, { localSdp: OFFER }, progress));
        const invite = await phone.receive('INVITE');
        phone.reply(invite, '180 Ringing');
        const request = await until('the request was sent', () => requests[0]);
        request.cancel({ headers: { Reason: 'SIP;cause=200;text="elsewhere"' } });
        const cancel = await phone.receive('CANCEL');
        expect(cancel.header('Via')).toBe(invite.header('Via'));
        expect(cancel.cseq).toBe(invite.cseq.replace('INVITE', 'CANCEL'));
        expect(cancel.header('Reason')).toBe('SIP;cause=200;text="elsewhere"');
        phone.reply(cancel, '200 OK');
        phone.reply(invite, '487 Request Terminated');
        await phone.receive('ACK');
        expect((await refused).status).toBe(487);
      }));

    test('a CANCEL before the first provisional is held until it comes', () =>
      withPhone(async (phone, app, uri) => {
        const requests: SrfRequest[] = [];
        const refused = refusal(
          app.createUAC(
            uri,
            { localSdp: OFFER },
            { cbRequest: (_error: unknown, req: SrfRequest) => requests.push(req) },
          ),
        );
        const invite = await phone.receive('INVITE');
        (await until('the request was sent', () => requests[0])).cancel({});
        await phone.receive('INVITE');
        expect(phone.received.map(({ method }) => method)).not.toContain('CANCEL');
        phone.reply(invite, '100 Trying');
        phone.reply(await phone.receive('CANCEL'), '200 OK');
        phone.reply(invite, '487 Request Terminated');
        await phone.receive('ACK');
        expect((await refused).status).toBe(487);
      }));

    test('a CANCEL that crosses the 200: ACK, BYE, and the dialog is destroyed', () =>
      withPhone(async (phone, app, uri) => {
        const requests: SrfRequest[] = [];
        const call = app.createUAC(
          uri,
          { localSdp: OFFER },
          { cbRequest: (_error: unknown, req: SrfRequest) => requests.push(req) },
        );
        const outcome = call.catch((error: Error) => error);
        const invite = await phone.receive('INVITE');
        phone.reply(invite, '180 Ringing');
        (await until('the request was sent', () => requests[0])).cancel({});
        await phone.receive('CANCEL');
        phone.reply(invite, '200 OK', { body: SDP });
        await phone.receive('ACK');
        const bye = await phone.receive('BYE');
        expect(bye.header('Reason')).toBe('SIP;cause=200;text="ACK-BYE due to cancel race condition"');
        phone.reply(bye, '200 OK');
        await within('the application is told', outcome);
      }));

    test('a reliable 183 is acknowledged by PRACK through drachtio-srf', () =>
      withPhone(async (phone, app, uri) => {
        const call = app.createUAC(uri, { localSdp: OFFER });
        const invite = await phone.receive('INVITE');
        phone.reply(invite, '183 Session Progress', {
          headers: { Require: '100rel', RSeq: '17' },
          body: SDP,
        });
        const prack = await phone.receive('PRACK');
        expect(prack.header('RAck')).toBe(`17 ${invite.cseq}`);
        expect(prack.tag('To')).toBe('peer1');
        phone.reply(prack, '200 OK');
        const ack = await answer(phone, invite);
        expect(ack.cseq).toBe(invite.cseq.replace('INVITE', 'ACK'));
        await hangUp(phone, await within('call', call));
      }));

    test('two phones answer the forked call: one is kept, the other acknowledged and hung up', () =>
      withPhone(async (phone, app, uri) => {
        const call = app.createUAC(uri, { localSdp: OFFER });
        const invite = await phone.receive('INVITE');
        phone.reply(invite, '200 OK', { body: SDP, toTag: 'one' });
        const ack = await phone.receive('ACK');
        expect(ack.tag('To')).toBe('one');
        const dialog = await within('call', call);
        expect(dialog.sip.remoteTag).toBe('one');
        await hangUp(phone, dialog);
      }));

    test('MESSAGE out, defaults filled in; a body counts bytes', () =>
      withPhone(async (phone, app, uri) => {
        const request = await app.request(uri, {
          method: 'MESSAGE',
          headers: { Subject: 'hi', 'Content-Type': 'text/plain', Via: 'x', Route: '<sip:evil>' },
          body: 'héllo €',
        });
        const answered = next<SrfResponse>(request, 'response');
        const message = await phone.receive('MESSAGE');
        expect(message.body).toBe('héllo €');
        expect(message.header('Content-Length')).toBe('10');
        expect(message.header('Subject')).toBe('hi');
        expect(message.all('Route')).toEqual([]);
        expect(message.all('Via')).toHaveLength(1);
        expect(message.header('From')).toContain(`<sip:127.0.0.1:${server().sip.port}>;tag=`);
        phone.reply(message, '200 OK');
        expect((await answered).status).toBe(200);
      }));

    test('over TCP, when the URI says so', () =>
      withPhone(async (phone, app) => {
        phone.send(phone.request('OPTIONS'));
        await phone.receive(503);
        const received = new Promise<string>((resolve) => {
          const listener = createServer((socket) => {
            socket.once('data', (data) => {
              const [, ...lines] = data.toString().split('\r\n');
              socket.end(['SIP/2.0 200 OK', ...lines].join('\r\n'));
              listener.close();
              resolve(data.toString());
            });
          }).listen(0, '127.0.0.1', () => {
            const { port } = listener.address() as { port: number };
            app
              .request(`sip:x@127.0.0.1:${port};transport=tcp`, { method: 'OPTIONS' })
              .catch(() => undefined);
          });
        });
        expect(await within('OPTIONS over TCP', received)).toContain('Via: SIP/2.0/TCP 127.0.0.1');
      }, 'tcp'));

    test('a closed port is told at once as 503', () =>
      withPhone(async (phone, app) => {
        const closed = await SipPeer.udp(server().sip, 'gone');
        const { port } = closed;
        await closed.close();
        expect((await refusal(app.createUAC(`sip:x@127.0.0.1:${port}`, { localSdp: OFFER }))).status).toBe(
          503,
        );
        expect(phone.received).toEqual([]);
      }));

    describe('what cannot be sent is refused with a text', () => {
      test('to the server itself', () =>
        withPhone(async (_phone, app) => {
          const error = await refusal(
            app.request(`sip:me@127.0.0.1:${server().sip.port}`, { method: 'OPTIONS' }),
          );
          expect(error.message).toContain('can not send request to myself');
        }));

      test('a transport the server does not have', () =>
        withPhone(async (_phone, app) => {
          const error = await refusal(
            app.request('sip:x@127.0.0.1:5099;transport=tls', { method: 'OPTIONS' }),
          );
          expect(error.message).toContain('requested protocol/transport not available');
        }));

      test('a request URI that is none', () =>
        withPhone(async (_phone, app) => {
          const error = await refusal(app.request('nonsense', { method: 'OPTIONS' }));
          expect(error.message).toContain('invalid request-uri: OPTIONS nonsense SIP/2.0');
        }));

      test('a body nobody can name', () =>
        withPhone(async (_phone, app, uri) => {
          const error = await refusal(app.request(uri, { method: 'MESSAGE', body: 'plain' }));
          expect(error.message).toContain('missing content-type');
        }));

      test('a dialog that is gone: ENODIALOG', () =>
        withPhone(async (phone, app, uri) => {
          const call = app.createUAC(uri, { localSdp: OFFER });
          await answer(phone, await phone.receive('INVITE'));
          const dialog = await within('call', call);
          await hangUp(phone, dialog);
          const error = await refusal(app.request('', { method: 'INFO', stackDialogId: dialog.id }));
          expect(error.code).toBe('ENODIALOG');
        }));
    });

    embeddedOnly(
      'the real server crashes on it',
      'a 200 without a sip Contact fails the call, and only that call',
      () =>
        withPhone(async (phone, app, uri) => {
          const refused = refusal(app.createUAC(uri, { localSdp: OFFER }));
          phone.reply(await phone.receive('INVITE'), '200 OK', {
            body: SDP,
            headers: { Contact: '<tel:+4912345>' },
          });
          expect((await refused).status).toBe(503);
          const call = app.createUAC(uri, { localSdp: OFFER });
          await answer(phone, await phone.receive((message) => message.method === 'INVITE'));
          await hangUp(phone, await within('call', call));
        }),
    );
  });
});
