// Phones whose Contact leads nowhere: what is sent to them within a call goes where their packets come from.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { SDP, SipPeer, type PeerMessage } from '../support/sip-peer.ts';
import { connectApp, next, type SrfApp, type SrfDialog } from '../support/srf-app.ts';
import { within } from '../support/until.ts';

const HIDDEN = '<sip:bob@10.77.1.2:5060>';

/** The request of a callee within the call an INVITE began: along its route set, to the caller's Contact. */
const fromCallee = (callee: SipPeer, method: string, invite: PeerMessage): string =>
  callee.request(method, {
    uri: /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '',
    callId: invite.callId,
    fromTag: 'peer1',
    to: invite.header('From'),
    headers: { Route: invite.all('Record-Route') },
  });

describe('phones behind NAT over UDP', () => {
  edgeSuite('nat', ({ server, test, embeddedOnly }) => {
    async function withPeers(
      body: (peers: { alice: SipPeer; bob: SipPeer; app: SrfApp }) => Promise<void>,
    ): Promise<void> {
      const { sip, control } = server();
      const [alice, bob] = [await SipPeer.udp(sip), await SipPeer.udp(sip, 'bob')];
      const app = await connectApp(control);
      try {
        await body({ alice, bob, app });
      } finally {
        app.close();
        await Promise.all([alice.close(), bob.close()]);
      }
    }

    test('an application calls one: ACK and BYE follow its 200', () =>
      withPeers(async ({ bob, app }) => {
        const calling = app.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP });
        bob.reply(await bob.receive('INVITE'), '200 OK', { body: SDP, headers: { Contact: HIDDEN } });
        const ack = await bob.receive('ACK');
        expect(ack.uri).toBe('sip:bob@10.77.1.2:5060');
        const over = (await within('dialog', calling)).destroy();
        bob.reply(await bob.receive('BYE'), '200 OK');
        await over;
      }));

    test('an application is called by one: its BYE and re-INVITE arrive', () =>
      withPeers(async ({ alice, app }) => {
        const made = new Promise<SrfDialog>((resolve, reject) => {
          app.handle('invite', (req, res) => {
            app.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
          });
        });
        const sent = alice.send(alice.request('INVITE', { body: SDP, contact: HIDDEN }));
        const ok = await alice.receive(200);
        alice.send(alice.inDialog('ACK', sent, ok));
        const dialog = await within('dialog', made);
        const changed = dialog.modify(SDP);
        const again = await alice.receive('INVITE');
        expect(again.uri).toBe('sip:bob@10.77.1.2:5060');
        alice.reply(again, '200 OK', { body: SDP, headers: { Contact: HIDDEN } });
        await alice.receive('ACK');
        await changed;
        const over = dialog.destroy();
        alice.reply(await alice.receive('BYE'), '200 OK');
        await over;
      }));

    test('an application calls through a proxy that record-routed with a private address', () =>
      withPeers(async ({ bob, app }) => {
        const calling = app.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP });
        bob.reply(await bob.receive('INVITE'), '200 OK', {
          body: SDP,
          headers: { 'Record-Route': '<sip:10.77.1.1;lr>' },
        });
        expect((await bob.receive('ACK')).header('Route')).toBe('<sip:10.77.1.1;lr>');
        const dialog = await within('dialog', calling);
        const ended = next(dialog, 'destroy');
        bob.send(
          bob.request('BYE', {
            uri: `sip:${server().sip.host}:${server().sip.port}`,
            callId: dialog.sip.callId,
            fromTag: dialog.sip.remoteTag,
            to: `<sip:x@127.0.0.1>;tag=${dialog.sip.localTag}`,
          }),
        );
        await ended;
        await bob.receive(200);
      }));

    const proxied = 'drachtio-server routes requests within proxied calls by their URI alone';

    embeddedOnly(proxied, 'a proxied callee with a private Contact gets ACK, re-INVITE and BYE', () =>
      withPeers(async ({ alice, bob, app }) => {
        app.handle('invite', (req) => {
          const to = `sip:bob@127.0.0.1:${bob.port}`;
          void app.proxyRequest(req, [to], { remainInDialog: true }).catch(() => undefined);
        });
        const sent = alice.send(alice.request('INVITE', { body: SDP }));
        const invite = await bob.receive('INVITE');
        expect(invite.header('Record-Route')).toBe(`<sip:127.0.0.1:${server().sip.port};lr>`);
        bob.reply(invite, '180 Ringing', { headers: { Contact: HIDDEN } });
        await alice.receive(180);
        bob.reply(invite, '200 OK', { body: SDP, headers: { Contact: HIDDEN } });
        const ok = await alice.receive(200);
        expect(ok.header('Contact')).toBe(HIDDEN);
        app.close();
        alice.send(alice.inDialog('ACK', sent, ok));
        const ack = await bob.receive('ACK');
        expect([ack.uri, ack.header('Route')]).toEqual(['sip:bob@10.77.1.2:5060', '']);
        const bye = alice.send(alice.inDialog('BYE', sent, ok));
        bob.reply(await bob.receive('BYE'), '200 OK');
        await alice.receive((message) => message.status === 200 && message.cseq === bye.cseq);
      }),
    );

    embeddedOnly(proxied, 'a proxied caller with a private Contact gets the BYE', () =>
      withPeers(async ({ alice, bob, app }) => {
        app.handle('invite', (req) => {
          const to = `sip:bob@127.0.0.1:${bob.port}`;
          void app.proxyRequest(req, [to], { remainInDialog: true }).catch(() => undefined);
        });
        const hidden = '<sip:alice@192.168.1.20:5060>';
        const sent = alice.send(alice.request('INVITE', { body: SDP, contact: hidden }));
        const invite = await bob.receive('INVITE');
        bob.reply(invite, '200 OK', { body: SDP });
        const ok = await alice.receive(200);
        // The way back to the caller is for the callee to know, not for her.
        expect(ok.header('Record-Route')).toBe(`<sip:127.0.0.1:${server().sip.port};lr>`);
        alice.send(alice.inDialog('ACK', sent, ok));
        await bob.receive('ACK');
        const bye = bob.send(fromCallee(bob, 'BYE', invite));
        alice.reply(await alice.receive('BYE'), '200 OK');
        await bob.receive((message) => message.status === 200 && message.cseq === bye.cseq);
      }),
    );

    embeddedOnly(proxied, 'a flow token nobody gave out leads nowhere', () =>
      withPeers(async ({ alice, bob }) => {
        const forged = Buffer.from(`udp 127.0.0.1 ${bob.port}`).toString('base64url');
        const { host, port } = server().sip;
        alice.send(
          alice.request('BYE', {
            uri: `sip:${host}:${port}`,
            to: '<sip:bob@127.0.0.1>;tag=x',
            headers: { Route: `<sip:${forged}.AAAAAAAAAAAA@${host}:${port};lr>` },
          }),
        );
        await alice.receive(481);
        expect(bob.received).toEqual([]);
      }),
    );
  });
});
