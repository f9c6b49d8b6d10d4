// Clients that can only be reached over the connection they opened: registered over TCP, called back over it.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, next, type SrfApp, type SrfMessage } from '../support/srf-app.ts';
import { within } from '../support/until.ts';

/** Nobody listens there: only the connection leads back. */
const UNREACHABLE = 'sip:browser@browser.invalid;transport=tcp';

describe('a client registered over a connection', () => {
  edgeSuite('callback', ({ server, test, embeddedOnly }) => {
    async function registered(body: (client: SipPeer, app: SrfApp) => Promise<void>): Promise<void> {
      const client = await SipPeer.tcp(server().sip, 'browser');
      const app = await connectApp(server().control, {
        register: (req, res) =>
          res.send(200, {
            headers: {
              Contact: `${req.get('Contact')};expires=${req.get('Expires')}`,
              Expires: req.get('Expires'),
            },
          }),
      });
      try {
        client.send(client.request('REGISTER', { contact: `<${UNREACHABLE}>`, headers: { Expires: '60' } }));
        await client.receive(200);
        await body(client, app);
      } finally {
        app.close();
        await client.close();
      }
    }

    test('is called over it', () =>
      registered(async (client, app) => {
        const call = app.createUAC(UNREACHABLE, { localSdp: SDP });
        const invite = await client.receive('INVITE');
        client.reply(invite, '200 OK', { body: SDP, headers: { Contact: `<${UNREACHABLE}>` } });
        await client.receive('ACK');
        const dialog = await within('call', call);
        const destroyed = dialog.destroy();
        client.reply(await client.receive('BYE'), '200 OK');
        await within('BYE answered', destroyed);
      }));

    embeddedOnly(
      'the real server looks registrations up for requests of applications only',
      'is reached over it by proxied calls, and their ACK and BYE',
      () =>
        registered(async (client, app) => {
          app.handle('invite', (req) => void app.proxyRequest(req, UNREACHABLE, { remainInDialog: true }));
          const caller = await SipPeer.udp(server().sip, 'alice');
          const sent = caller.send(caller.request('INVITE', { body: SDP }));
          const invite = await client.receive('INVITE');
          expect(invite.uri).toBe(UNREACHABLE);
          client.reply(invite, '200 OK', { body: SDP, headers: { Contact: `<${UNREACHABLE}>` } });
          const ok = await caller.receive((message) => message.status === 200);
          caller.send(caller.inDialog('ACK', sent, ok));
          await client.receive('ACK');
          caller.send(caller.inDialog('BYE', sent, ok));
          client.reply(await client.receive('BYE'), '200 OK');
          await caller.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
          await caller.close();
        }),
    );

    test('is not reached any more once it has unregistered', () =>
      registered(async (client, app) => {
        client.send(client.request('REGISTER', { contact: `<${UNREACHABLE}>`, headers: { Expires: '0' } }));
        await client.receive(200);
        const request = await app.request(UNREACHABLE, { method: 'OPTIONS' });
        expect((await next<SrfMessage>(request as never, 'response')).status).toBe(503);
      }));
  });
});
