// SIP over TLS, WebSocket and secure WebSocket: what an application sees of it, and that clients are reached over the
// connection they opened, on the embedded server and on drachtio-server.
import { afterAll, describe, expect } from 'vitest';
import { certificateAuthority } from '../support/certificates.ts';
import { edgeSuite, type LaunchedSipServer } from '../support/sip-servers.ts';
import { SDP, SipPeer, type PeerMessage } from '../support/sip-peer.ts';
import { connectApp, next, type SrfDialog, type SrfRequest } from '../support/srf-app.ts';
import { within } from '../support/until.ts';

const authority = certificateAuthority();
const certificate = authority.issue('DNS:localhost', 'IP:127.0.0.1');
afterAll(() => authority.remove());

const PROTOCOLS = ['tls', 'ws', 'wss'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const at = (server: LaunchedSipServer, protocol: Protocol): { host: string; port: number } => {
  const address = server[protocol];
  if (!address) throw new Error(`${protocol} was not asked for`);
  return address;
};

const client = (server: LaunchedSipServer, protocol: Protocol, user?: string): Promise<SipPeer> =>
  protocol === 'tls'
    ? SipPeer.tls(at(server, 'tls'), authority.ca, user)
    : SipPeer.webSocket(at(server, protocol), protocol === 'wss' ? authority.ca : undefined, user);

describe('SIP over TLS and WebSocket', () => {
  edgeSuite(
    'transports',
    ({ server, test, embeddedOnly }) => {
      test('an application is told of every transport', async () => {
        const app = await connectApp(server().control);
        const expected = (['tcp', 'udp', ...PROTOCOLS] as const).map((protocol) => {
          const { host, port } =
            protocol === 'tcp' || protocol === 'udp' ? server().sip : at(server(), protocol);
          return `${protocol}/${host}:${port}`;
        });
        expect(app.hostport.split(',').sort()).toEqual(expected.sort());
        app.close();
      });

      for (const protocol of PROTOCOLS) {
        test(`${protocol}: the application answers a request, and is told where it came from`, async () => {
          const seen: SrfRequest[] = [];
          const app = await connectApp(server().control, {
            options: (req, res) => {
              seen.push(req);
              res.send(200);
            },
          });
          const phone = await client(server(), protocol);
          phone.send(phone.request('OPTIONS'));
          const ok = await phone.receive(200);
          expect(ok.header('Via')).toContain(`SIP/2.0/${protocol.toUpperCase()} `);
          expect(seen[0]).toMatchObject({
            protocol: protocol === 'tls' ? 'tls' : 'tcp',
            source_address: '127.0.0.1',
          });
          expect(seen[0]?.get('Via')).toContain(`/${protocol.toUpperCase()} `);
          await phone.close();
          app.close();
        });

        test(`${protocol}: a call to the application: answered, changed by it, hung up by it`, async () => {
          const app = await connectApp(server().control);
          const phone = await client(server(), protocol);
          const made = new Promise<SrfDialog>((resolve, reject) => {
            app.handle('invite', (req, res) => {
              app.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
            });
          });
          const sent = phone.send(phone.request('INVITE', { body: SDP }));
          const ok = await phone.receive(200);
          const { port } = at(server(), protocol);
          expect(ok.header('Contact')).toContain(`:${port};transport=${protocol}`);
          phone.send(phone.inDialog('ACK', sent, ok));
          const dialog = await within('dialog', made);
          const over = dialog.destroy();
          const bye = await phone.receive('BYE');
          phone.reply(bye, '200 OK');
          await over;
          await phone.close();
          app.close();
        });

        test(`${protocol}: a registered client is called over its connection, ACK and BYE too`, async () => {
          const app = await connectApp(server().control, {
            register: (req, res) => {
              const contact = `${req.get('Contact')};expires=300`;
              res.send(200, { headers: { Contact: contact } });
            },
          });
          const phone = await client(server(), protocol, 'bob');
          phone.send(phone.request('REGISTER', { headers: { Expires: '300' } }));
          await phone.receive(200);
          const contact = phone.contact.slice(1, -1);
          const calling = app.createUAC(contact, { localSdp: SDP });
          const invite = await phone.receive('INVITE');
          expect(invite.header('Via')).toContain(`SIP/2.0/${protocol.toUpperCase()} `);
          phone.reply(invite, '200 OK', { body: SDP });
          await phone.receive('ACK');
          const dialog = await within('dialog', calling);
          const ended = next(dialog, 'destroy');
          const bye = phone.send(
            phone.request('BYE', {
              uri: /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '',
              callId: invite.callId,
              fromTag: 'peer1',
              to: invite.header('From'),
            }),
          );
          await ended;
          await phone.receive((message) => message.status === 200 && message.cseq === bye.cseq);
          await phone.close();
          app.close();
        });

        test(`${protocol}: a client is proxied to at the address it came from, over its connection`, async () => {
          const app = await connectApp(server().control);
          const phone = await client(server(), protocol, 'bob');
          const caller = await SipPeer.udp(server().sip);
          const sources: string[] = [];
          app.handle('register', (req, res) => {
            const transport = /SIP\/2\.0\/(\w+)/.exec(req.get('Via'))?.[1]?.toLowerCase() ?? '';
            sources.push(`sip:bob@${req.source_address}:${req.source_port};transport=${transport}`);
            res.send(200, { headers: { Contact: `${req.get('Contact')};expires=300` } });
          });
          app.handle('invite', (req) => {
            void app.proxyRequest(req, sources, { remainInDialog: true }).catch(() => undefined);
          });
          phone.send(phone.request('REGISTER', { headers: { Expires: '300' } }));
          await phone.receive(200);
          const sent = caller.send(caller.request('INVITE', { body: SDP }));
          const invite = await phone.receive('INVITE');
          phone.reply(invite, '200 OK', { body: SDP });
          const ok = await caller.receive(200);
          caller.send(caller.inDialog('ACK', sent, ok));
          // drachtio-server forwards by the request URI: a registered Contact at `.invalid` is found again, others dialled.
          await phone.receive('ACK');
          const bye = phone.send(byeOfCallee(phone, invite));
          caller.reply(await caller.receive('BYE'), '200 OK');
          await phone.receive((message) => message.status === 200 && message.cseq === bye.cseq);
          await Promise.all([phone.close(), caller.close()]);
          app.close();
        });

        embeddedOnly(
          'drachtio-server routes requests within proxied calls by their URI, and this Contact is nowhere',
          `${protocol}: a caller that never registered gets the BYE of the other side over its connection`,
          async () => {
            const app = await connectApp(server().control);
            const caller = await client(server(), protocol);
            const bob = await SipPeer.udp(server().sip, 'bob');
            app.handle('invite', (req) => {
              void app
                .proxyRequest(req, [`sip:bob@127.0.0.1:${bob.port}`], { remainInDialog: true })
                .catch(() => undefined);
            });
            const hidden = `<sip:alice@192.168.77.1:5999;transport=${protocol === 'tls' ? 'tls' : 'ws'}>`;
            const sent = caller.send(caller.request('INVITE', { body: SDP, contact: hidden }));
            const invite = await bob.receive('INVITE');
            bob.reply(invite, '200 OK', { body: SDP });
            const ok = await caller.receive(200);
            caller.send(caller.inDialog('ACK', sent, ok));
            await bob.receive('ACK');
            app.close();
            const bye = bob.send(byeOfCallee(bob, invite));
            caller.reply(await caller.receive('BYE'), '200 OK');
            await bob.receive((message) => message.status === 200 && message.cseq === bye.cseq);
            await Promise.all([bob.close(), caller.close()]);
          },
        );
      }

      test('a keep-alive of two line breaks gets one back (RFC 5626 section 4.4.1)', async () => {
        const phone = await client(server(), 'tls');
        const app = await connectApp(server().control, { options: (_req, res) => res.send(200) });
        phone.send('\r\n\r\n');
        phone.send(phone.request('OPTIONS'));
        await phone.receive(200);
        await phone.close();
        app.close();
      });
    },
    () => ({ certificate }),
  );
});

/** The BYE of a callee: along the route set the INVITE brought, to the caller's Contact. */
const byeOfCallee = (callee: SipPeer, invite: PeerMessage): string =>
  callee.request('BYE', {
    uri: /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '',
    callId: invite.callId,
    fromTag: 'peer1',
    to: invite.header('From'),
    headers: { Route: invite.all('Record-Route').flatMap((line) => line.split(/,\s*(?=<)/)) },
  });
