// What happens when somebody stays silent. T1 is 10 ms here, so 64*T1 is 0.64 s.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, next, type SrfApp, type SrfDialog, type SrfRequest } from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

describe('somebody stays silent', () => {
  edgeSuite(
    'timers',
    ({ lane, server, test, embeddedOnly }) => {
      async function withPhone(body: (phone: SipPeer, app: SrfApp) => Promise<void>): Promise<void> {
        const phone = await SipPeer.udp(server().sip);
        const app = await connectApp(server().control);
        try {
          await body(phone, app);
        } finally {
          app.close();
          await phone.close();
        }
      }

      test('no ACK: the 200 is repeated, then BYE with the reason, and the application is told', () =>
        withPhone(async (phone, app) => {
          const answered = new Promise<SrfDialog>((resolve) => {
            app.handle('invite', (req, res) => void app.createUAS(req, res, { localSdp: SDP }).then(resolve));
          });
          const invite = phone.send(phone.request('INVITE', { body: SDP }));
          const ok = await phone.receive(200);
          const dialog = await within('answered', answered);
          const destroyed = next(dialog, 'destroy', 45_000);
          expect((await phone.receive(200)).raw).toBe(ok.raw);
          // The real server's ACK timer does not follow T1: 32 s.
          const bye = await phone.receive('BYE', 40_000);
          expect(bye.callId).toBe(invite.callId);
          expect(bye.header('Reason')).toBe('SIP;cause=200;text="ACK timeout"');
          phone.reply(bye, '200 OK');
          expect((await destroyed).get('Reason')).toContain('ACK timeout');
        }));

      test('a callee that never answers: INVITE is repeated, then 408', () =>
        withPhone(async (phone, app) => {
          const call = app
            .createUAC(`sip:alice@127.0.0.1:${phone.port}`, { localSdp: SDP })
            .catch((error: { status: number }) => error.status);
          expect(await within('failure', call)).toBe(408);
          const repeats = phone.received.filter(({ method }) => method === 'INVITE').length;
          // At 0, 10, 30, 70, 150, 310 and, on an idle machine, 630 ms; the real server's timer wheel is coarser than that.
          if (lane.name === 'embedded') expect([6, 7]).toContain(repeats);
        }));

      test('OPTIONS nobody answers: 408', () =>
        withPhone(async (phone, app) => {
          const request = await app.request(`sip:alice@127.0.0.1:${phone.port}`, { method: 'OPTIONS' });
          expect((await next<SrfRequest>(request, 'response')).status).toBe(408);
        }));

      embeddedOnly(
        'the real server forgets the request without an answer',
        'an application that never answers: the caller gets 408, a late answer is refused',
        () =>
          withPhone(async (phone, app) => {
            const late = new Promise<unknown>((resolve) => {
              app.handle('invite', (_req, res) => {
                void phone.receive(408).then((timeout) => {
                  phone.send(phone.ackOfFailure(invite, timeout));
                  res.send(200, {}, (error: unknown) => resolve(error));
                });
              });
            });
            const invite = phone.send(phone.request('INVITE', { body: SDP }));
            expect(String(await within('late answer refused', late))).toContain('unknown transaction');
          }),
      );

      embeddedOnly(
        'the real server repeats only the first 200',
        'a 200 to a re-INVITE is repeated until its ACK',
        () =>
          withPhone(async (phone, app) => {
            const answered = new Promise<SrfDialog>((resolve) => {
              app.handle(
                'invite',
                (req, res) => void app.createUAS(req, res, { localSdp: SDP }).then(resolve),
              );
            });
            const invite = phone.send(phone.request('INVITE', { body: SDP }));
            const ok = await phone.receive(200);
            phone.send(phone.inDialog('ACK', invite, ok));
            const dialog = await within('answered', answered);
            dialog.on('modify', (_req: unknown, res: { send(status: number, options: object): void }) =>
              res.send(200, { body: SDP }),
            );
            const again = phone.send(phone.inDialog('INVITE', invite, ok, { body: SDP }));
            const first = await phone.receive(
              (message) => message.status === 200 && message.cseq === again.cseq,
            );
            const second = await phone.receive(
              (message) => message.status === 200 && message.cseq === again.cseq,
            );
            expect(second.raw).toBe(first.raw);
            phone.send(phone.inDialog('ACK', again, first));
            const destroyed = dialog.destroy();
            phone.reply(await phone.receive('BYE'), '200 OK');
            await within('BYE answered', destroyed);
          }),
      );

      embeddedOnly(
        'the real server hangs up before the ACK',
        'a CANCEL that crosses our 200 hangs up after the ACK',
        () =>
          withPhone(async (phone, app) => {
            const answered = new Promise<SrfDialog>((resolve) => {
              app.handle(
                'invite',
                (req, res) => void app.createUAS(req, res, { localSdp: SDP }).then(resolve),
              );
            });
            const invite = phone.send(phone.request('INVITE', { body: SDP }));
            const ok = await phone.receive(200);
            const dialog = await within('answered', answered);
            const destroyed = next(dialog, 'destroy');
            phone.send(phone.cancelOf(invite));
            await phone.receive((message) => message.status === 481 && message.cseq.endsWith('CANCEL'));
            phone.send(phone.inDialog('ACK', invite, ok));
            const bye = await phone.receive('BYE');
            expect(bye.header('Reason')).toContain('CANCEL after 200 OK');
            phone.reply(bye, '200 OK');
            await destroyed;
          }),
      );

      test('a callee that ignores BYE: the dialog goes after the time-out', () =>
        withPhone(async (phone, app) => {
          const call = app.createUAC(`sip:alice@127.0.0.1:${phone.port}`, { localSdp: SDP });
          phone.reply(await phone.receive('INVITE'), '200 OK', { body: SDP });
          await phone.receive('ACK');
          const dialog = await within('call', call);
          const destroyed = dialog.destroy().catch((error: unknown) => error);
          await phone.receive('BYE');
          await within('BYE given up', destroyed);
          await until('no dialog is left', () => (server().leftovers() ?? { dialogs: 0 })['dialogs'] === 0);
        }));
    },
    { t1: 10 },
  );
});
