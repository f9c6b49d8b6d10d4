// Requests of a phone answered by an application: drachtio-srf, unmodified, on each server of the edge suite.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import {
  connectApp,
  next,
  type SrfApp,
  type SrfDialog,
  type SrfRequest,
  type SrfResponse,
} from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

const ANSWER = SDP.replace('50000', '40000');
const DIALOG_ID = (callId: string, tag: string): string => `${callId};from-tag=${tag}`;

describe('an application answers', () => {
  edgeSuite('uas', ({ server, test, embeddedOnly }) => {
    /** One phone, one application, both gone afterwards. */
    async function withPhone(
      handlers: Parameters<typeof connectApp>[1],
      body: (phone: SipPeer, app: SrfApp) => Promise<void>,
      protocol: 'udp' | 'tcp' = 'udp',
    ): Promise<void> {
      const phone = await SipPeer[protocol](server().sip);
      const app = await connectApp(server().control, handlers);
      try {
        await body(phone, app);
      } finally {
        app.close();
        await phone.close();
      }
    }

    for (const protocol of ['udp', 'tcp'] as const) {
      test(`OPTIONS over ${protocol}: the application sees where it came from, the phone gets its headers`, () => {
        const seen: SrfRequest[] = [];
        const options = (req: SrfRequest, res: SrfResponse): void => {
          seen.push(req);
          res.send(200, { headers: { accept: 'application/sdp', 'X-App': 'a' } });
        };
        return withPhone(
          { options },
          async (phone) => {
            phone.send(phone.request('OPTIONS', { headers: { 'X-Custom': 'Zé€' } }));
            const ok = await phone.receive(200);
            expect(ok.header('Accept')).toBe('application/sdp');
            expect(ok.header('X-App')).toBe('a');
            expect(ok.tag('To')).toBeDefined();
            const [req] = seen;
            expect(req?.get('X-Custom')).toBe('Zé€');
            expect(req?.protocol).toBe(protocol);
            expect(req?.source_address).toBe('127.0.0.1');
            expect(req?.source_port).toBe(phone.port);
            expect(req?.receivedOn).toBe(`127.0.0.1:${server().sip.port}`);
          },
          protocol,
        );
      });
    }

    test('REGISTER is challenged, then accepted', () => {
      const register = (req: SrfRequest, res: SrfResponse): void => {
        if (!req.has('Authorization')) {
          res.send(401, {
            headers: { 'WWW-Authenticate': 'Digest realm="example.test", nonce="n1", qop="auth"' },
          });
        } else res.send(200, { headers: { Contact: `${req.get('Contact')};expires=300`, Expires: '300' } });
      };
      return withPhone({ register }, async (phone) => {
        phone.send(phone.request('REGISTER', { headers: { Expires: '300' } }));
        const challenge = await phone.receive(401);
        expect(challenge.header('WWW-Authenticate')).toContain('nonce="n1"');
        phone.send(
          phone.request('REGISTER', { headers: { Authorization: 'Digest username="a", nonce="n1"' } }),
        );
        const ok = await phone.receive(200);
        expect(ok.header('Contact')).toBe(`${phone.contact};expires=300`);
        expect(ok.header('Expires')).toBe('300');
      });
    });

    test('INVITE: 100, 180, 200, ACK, BYE of the phone; one tag, one dialog id', () => {
      const dialogs: SrfDialog[] = [];
      const invite = (req: SrfRequest, res: SrfResponse, app: SrfApp): void => {
        res.send(180);
        void app
          .createUAS(req, res, { localSdp: ANSWER, headers: { 'X-Foo': 'bar' } })
          .then((dialog) => dialogs.push(dialog));
      };
      return withPhone({}, async (phone, app) => {
        app.handle('invite', (req, res) => invite(req, res, app));
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        await phone.receive(100);
        const ringing = await phone.receive(180);
        const ok = await phone.receive(200);
        expect(ok.tag('To')).toBe(ringing.tag('To'));
        expect(ok.body).toBe(ANSWER);
        expect(ok.header('Content-Type')).toBe('application/sdp');
        expect(ok.header('X-Foo')).toBe('bar');
        expect(ok.header('Contact')).toBe(`<sip:127.0.0.1:${server().sip.port}>`);
        phone.send(phone.inDialog('ACK', sent, ok));
        const dialog = await until('the application has its dialog', () => dialogs[0]);
        expect(dialog.id).toBe(DIALOG_ID(sent.callId, sent.tag('From') ?? ''));
        const destroyed = next(dialog, 'destroy');
        phone.send(phone.inDialog('BYE', sent, ok));
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
        await destroyed;
      });
    });

    test('a phone that repeats its INVITE gets the same answers and the application one call', () => {
      let calls = 0;
      return withPhone({}, async (phone, app) => {
        app.handle('invite', (_req, res) => {
          calls += 1;
          res.send(486, { headers: { 'X-Why': 'busy' } });
        });
        const text = phone.request('INVITE', { body: SDP });
        const sent = phone.send(text);
        const busy = await phone.receive(486);
        phone.send(text);
        expect((await phone.receive(486)).raw).toBe(busy.raw);
        phone.send(phone.ackOfFailure(sent, busy));
        expect(calls).toBe(1);
      });
    });

    test('the application hangs up; the phone gets INFO, NOTIFY and re-INVITE of the application before', () => {
      return withPhone({}, async (phone, app) => {
        const answered = new Promise<SrfDialog>((resolve) => {
          app.handle(
            'invite',
            (req, res) => void app.createUAS(req, res, { localSdp: ANSWER }).then(resolve),
          );
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        const ok = await phone.receive(200);
        phone.send(phone.inDialog('ACK', sent, ok));
        const dialog = await within('answered', answered);

        const modified = dialog.modify(ANSWER.replace('40000', '40002'));
        const reinvite = await phone.receive('INVITE');
        expect(reinvite.uri).toBe(`sip:alice@127.0.0.1:${phone.port}`);
        expect(reinvite.tag('From')).toBe(ok.tag('To'));
        expect(reinvite.body).toContain('40002');
        phone.reply(reinvite, '200 OK', { body: SDP.replace('50000', '50002') });
        const ack = await phone.receive('ACK');
        expect(ack.cseq.split(' ')[0]).toBe(reinvite.cseq.split(' ')[0]);
        await within('re-INVITE answered', modified);
        expect(dialog.remote.sdp).toContain('50002');

        const info = dialog.request({
          method: 'INFO',
          headers: { 'Content-Type': 'text/plain' },
          body: 'dtmf é€',
        });
        const gotInfo = await phone.receive('INFO');
        expect(gotInfo.body).toBe('dtmf é€');
        expect(gotInfo.header('Content-Length')).toBe('10');
        phone.reply(gotInfo, '200 OK');
        expect((await within('INFO answered', info)).status).toBe(200);

        const notify = dialog.request({
          method: 'NOTIFY',
          headers: { Event: 'x-test', 'Subscription-State': 'active', 'Content-Type': 'text/plain' },
          body: 'n',
        });
        phone.reply(await phone.receive('NOTIFY'), '200 OK');
        expect((await within('NOTIFY answered', notify)).status).toBe(200);

        const destroyed = dialog.destroy();
        const bye = await phone.receive('BYE');
        expect(Number(bye.cseq.split(' ')[0])).toBeGreaterThan(Number(gotInfo.cseq.split(' ')[0]));
        phone.reply(bye, '200 OK');
        await within('BYE answered', destroyed);
      });
    });

    test('the phone’s re-INVITE reaches the dialog, its ACK too', () => {
      return withPhone({}, async (phone, app) => {
        const answered = new Promise<SrfDialog>((resolve) => {
          app.handle(
            'invite',
            (req, res) => void app.createUAS(req, res, { localSdp: ANSWER }).then(resolve),
          );
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        const ok = await phone.receive(200);
        phone.send(phone.inDialog('ACK', sent, ok));
        const dialog = await within('answered', answered);
        dialog.on('modify', (_req: SrfRequest, res: SrfResponse) => res.send(200, { body: ANSWER }));
        const again = phone.send(phone.inDialog('INVITE', sent, ok, { body: SDP.replace('50000', '50002') }));
        const okAgain = await phone.receive(
          (message) => message.status === 200 && message.cseq === again.cseq,
        );
        expect(okAgain.body).toBe(ANSWER);
        phone.send(phone.inDialog('ACK', again, okAgain));
        phone.send(phone.inDialog('BYE', again, okAgain));
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
      });
    });

    embeddedOnly(
      'the real server never refreshes the target',
      'a new Contact in a re-INVITE moves the dialog there',
      () =>
        withPhone({}, async (phone, app) => {
          const answered = new Promise<SrfDialog>((resolve) => {
            app.handle(
              'invite',
              (req, res) => void app.createUAS(req, res, { localSdp: ANSWER }).then(resolve),
            );
          });
          const sent = phone.send(phone.request('INVITE', { body: SDP }));
          const ok = await phone.receive(200);
          phone.send(phone.inDialog('ACK', sent, ok));
          const dialog = await within('answered', answered);
          dialog.on('modify', (_req: SrfRequest, res: SrfResponse) => res.send(200, { body: ANSWER }));
          const again = phone.send(
            phone.inDialog('INVITE', sent, ok, { body: SDP, contact: `<sip:moved@127.0.0.1:${phone.port}>` }),
          );
          const okAgain = await phone.receive(
            (message) => message.status === 200 && message.cseq === again.cseq,
          );
          phone.send(phone.inDialog('ACK', again, okAgain));
          const destroyed = dialog.destroy();
          const bye = await phone.receive('BYE');
          expect(bye.uri).toBe(`sip:moved@127.0.0.1:${phone.port}`);
          phone.reply(bye, '200 OK');
          await within('BYE answered', destroyed);
        }),
    );

    test('CANCEL after 180: the phone gets 200 and 487, the application its cancel event', () => {
      return withPhone({}, async (phone, app) => {
        const cancelled = new Promise<SrfRequest>((resolve) => {
          app.handle('invite', (req, res) => {
            req.on('cancel', resolve);
            res.send(180);
          });
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        const ringing = await phone.receive(180);
        phone.send(phone.cancelOf(sent, { Reason: 'SIP;cause=200;text="Call completed elsewhere"' }));
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('CANCEL'));
        const terminated = await phone.receive(487);
        expect(terminated.tag('To')).toBe(ringing.tag('To'));
        phone.send(phone.ackOfFailure(sent, terminated));
        const cancel = await within('cancel event', cancelled);
        expect(cancel.get('Reason')).toContain('elsewhere');
      });
    });

    test('CANCEL before the application said anything; its late answer is refused', () => {
      return withPhone({}, async (phone, app) => {
        const refused = new Promise<unknown>((resolve) => {
          app.handle('invite', (req, res) => {
            req.on('cancel', () => res.send(200, { body: ANSWER }, (error: unknown) => resolve(error)));
          });
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        await phone.receive(100);
        phone.send(phone.cancelOf(sent));
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('CANCEL'));
        phone.send(phone.ackOfFailure(sent, await phone.receive(487)));
        expect(String(await within('late answer refused', refused))).toContain('unknown transaction');
      });
    });

    test('REFER in a dialog is accepted and reported on', () => {
      return withPhone({}, async (phone, app) => {
        const answered = new Promise<SrfDialog>((resolve) => {
          app.handle(
            'invite',
            (req, res) => void app.createUAS(req, res, { localSdp: ANSWER }).then(resolve),
          );
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        const ok = await phone.receive(200);
        phone.send(phone.inDialog('ACK', sent, ok));
        const dialog = await within('answered', answered);
        dialog.on('refer', (req: SrfRequest, res: SrfResponse) => {
          expect(req.get('Refer-To')).toBe('<sip:carol@127.0.0.1>');
          res.send(202);
          void dialog.request({
            method: 'NOTIFY',
            headers: {
              Event: 'refer',
              'Subscription-State': 'terminated;reason=noresource',
              'Content-Type': 'message/sipfrag;version=2.0',
            },
            body: 'SIP/2.0 200 OK\r\n',
          });
        });
        const refer = phone.send(
          phone.inDialog('REFER', sent, ok, { headers: { 'Refer-To': '<sip:carol@127.0.0.1>' } }),
        );
        await phone.receive(202);
        const notify = await phone.receive('NOTIFY');
        expect(notify.body).toBe('SIP/2.0 200 OK\r\n');
        phone.reply(notify, '200 OK');
        phone.send(phone.inDialog('BYE', refer, ok));
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
      });
    });

    test('MESSAGE with a UTF-8 body', () => {
      const bodies: string[] = [];
      const message = (req: SrfRequest, res: SrfResponse): void => {
        bodies.push(req.body);
        res.send(200);
      };
      return withPhone({ message }, async (phone) => {
        phone.send(phone.request('MESSAGE', { body: 'héllo €😀', contentType: 'text/plain;charset=UTF-8' }));
        await phone.receive(200);
        expect(bodies).toEqual(['héllo €😀']);
      });
    });

    test('SUBSCRIBE makes a dialog: NOTIFY, unsubscribe', () => {
      return withPhone({}, async (phone, app) => {
        const subscribed = new Promise<SrfDialog>((resolve) => {
          app.handle('subscribe', (req, res) => {
            void app.createUAS(req, res, { headers: { Expires: req.get('Expires') } }).then(resolve);
          });
        });
        phone.send(phone.request('SUBSCRIBE', { headers: { Event: 'presence', Expires: '60' } }));
        const accepted = await phone.receive((message) => message.status === 202 || message.status === 200);
        expect(accepted.header('Contact')).toBe(`<sip:127.0.0.1:${server().sip.port}>`);
        const dialog = await within('subscription', subscribed);
        dialog.on('unsubscribe', (_req: SrfRequest, res: SrfResponse) => res.send(202));
        const notified = dialog.request({
          method: 'NOTIFY',
          headers: {
            Event: 'presence',
            'Subscription-State': 'active;expires=60',
            'Content-Type': 'text/plain',
          },
          body: 'hello',
        });
        const notify = await phone.receive('NOTIFY');
        expect(notify.body).toBe('hello');
        phone.reply(notify, '200 OK');
        expect((await within('NOTIFY answered', notified)).status).toBe(200);
        const last = dialog.request({
          method: 'NOTIFY',
          headers: { Event: 'presence', 'Subscription-State': 'terminated' },
        });
        phone.reply(await phone.receive('NOTIFY'), '200 OK');
        expect((await within('last NOTIFY answered', last)).status).toBe(200);
      });
    });

    test('a reliable 183 is repeated until PRACK, which the application answers', () => {
      return withPhone({}, async (phone, app) => {
        app.handle('invite', (req, res) => {
          res.send(183, { headers: { Require: '100rel' }, body: ANSWER });
          app.use('prack', (_prack, prackRes) => {
            prackRes.send(200);
            void app.createUAS(req, res, { localSdp: ANSWER });
          });
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP, headers: { Supported: '100rel' } }));
        const progress = await phone.receive(183);
        expect(progress.header('Require')).toBe('100rel');
        const again = await phone.receive(183);
        expect(again.header('RSeq')).toBe(progress.header('RSeq'));
        const rack = `${progress.header('RSeq')} ${sent.cseq}`;
        const prack = phone.send(phone.inDialog('PRACK', sent, progress, { headers: { RAck: rack } }));
        await phone.receive((message) => message.status === 200 && message.cseq === prack.cseq);
        const ok = await phone.receive((message) => message.status === 200 && message.cseq === sent.cseq);
        phone.send(phone.inDialog('ACK', sent, ok));
        phone.send(phone.inDialog('BYE', prack, ok));
        await phone.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
      });
    });

    test('without 100rel at the phone a reliable 183 is refused', () => {
      return withPhone({}, async (phone, app) => {
        const refused = new Promise<unknown>((resolve) => {
          app.handle('invite', (_req, res) => {
            res.send(183, { headers: { Require: '100rel' }, body: ANSWER }, (error: unknown) => {
              resolve(error);
              res.send(480);
            });
          });
        });
        const sent = phone.send(phone.request('INVITE', { body: SDP }));
        expect(String(await within('refusal', refused))).toContain('does not support 100rel');
        phone.send(phone.ackOfFailure(sent, await phone.receive(480)));
      });
    });
  });
});
