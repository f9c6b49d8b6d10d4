// Session timers in proxied calls (RFC 4028 section 8): the embedded server asks for them when it is told to, so that a call whose
// ends are gone without a word does not stand for ever.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchEmbedded, type LaunchedSipServer } from '../support/sip-servers.ts';
import { SDP, SipPeer, type Headers, type PeerMessage } from '../support/sip-peer.ts';
import { connectApp, type SrfApp } from '../support/srf-app.ts';

let server: LaunchedSipServer;
let app: SrfApp;
let alice: SipPeer;
let bob: SipPeer;

beforeAll(async () => {
  server = await launchEmbedded({}, { sessionExpires: 1800, minSessionExpires: 120 });
  [alice, bob] = [await SipPeer.udp(server.sip), await SipPeer.udp(server.sip, 'bob')];
  app = await connectApp(server.control);
  app.handle('invite', (req) => {
    const to = `sip:bob@127.0.0.1:${bob.port}`;
    void app.proxyRequest(req, [to], { remainInDialog: true }).catch(() => undefined);
  });
});

afterAll(async () => {
  app.close();
  await Promise.all([alice.close(), bob.close()]);
  await server.stop();
});

/** A call with these headers in INVITE and 200: what the callee and what the caller were shown. */
async function call(
  asked: Headers,
  answered: Headers = {},
): Promise<{ sent: PeerMessage; invite: PeerMessage; ok: PeerMessage }> {
  const sent = alice.send(alice.request('INVITE', { body: SDP, headers: asked }));
  const invite = await bob.receive(
    (message) => message.callId === sent.callId && message.method === 'INVITE',
  );
  bob.reply(invite, '200 OK', { body: SDP, headers: answered });
  const ok = await alice.receive((message) => message.callId === sent.callId && message.status === 200);
  alice.send(alice.inDialog('ACK', sent, ok));
  await bob.receive((message) => message.callId === sent.callId && message.method === 'ACK');
  return { sent, invite, ok };
}

const timers = (message: PeerMessage): string[] => [
  message.header('Session-Expires'),
  message.header('Min-SE'),
  message.header('Require'),
];

describe('session timers of a proxy', () => {
  test('where nobody asks, the server does; the caller refreshes when only she can', async () => {
    const { invite, ok } = await call({ Supported: 'timer' });
    expect(timers(invite)).toEqual(['1800', '', '']);
    expect(timers(ok)).toEqual(['1800;refresher=uac', '', 'timer']);
  });

  test('what the callee chose stays', async () => {
    const { ok } = await call(
      { Supported: 'timer' },
      { Require: 'timer', 'Session-Expires': '1800;refresher=uas' },
    );
    expect(timers(ok)).toEqual(['1800;refresher=uas', '', 'timer']);
  });

  test('neither side knows timers: there is none', async () => {
    const { ok } = await call({});
    expect(timers(ok)).toEqual(['', '', '']);
  });

  test('a longer one is shortened, the refresher stays as asked; a shorter one passes', async () => {
    const longer = await call({ Supported: 'timer', 'Session-Expires': '7200;refresher=uas' });
    expect(timers(longer.invite)[0]).toBe('1800;refresher=uas');
    const shorter = await call({ Supported: 'timer', x: '600' });
    expect(shorter.invite.header('x')).toBe('600');
  });

  test('never shorter than another proxy allows', async () => {
    const { invite } = await call({ Supported: 'timer', 'Min-SE': '3600' });
    expect(timers(invite)).toEqual(['3600', '3600', '']);
  });

  test('too short: 422 with the least; who would not understand that is given the least', async () => {
    const sent = alice.send(
      alice.request('INVITE', { body: SDP, headers: { Supported: 'timer', 'Session-Expires': '90' } }),
    );
    const refused = await alice.receive(422);
    expect(refused.header('Min-SE')).toBe('120');
    alice.send(alice.ackOfFailure(sent, refused));
    const { invite } = await call({ 'Session-Expires': '90' });
    expect(timers(invite)).toEqual(['120', '120', '']);
  });

  test('a re-INVITE that asks for too short a time is refused too, one that ends the timer passes', async () => {
    const { sent, ok } = await call({ Supported: 'timer' });
    const again = alice.send(
      alice.inDialog('INVITE', sent, ok, {
        body: SDP,
        headers: { Supported: 'timer', 'Session-Expires': '90' },
      }),
    );
    const refused = await alice.receive(422);
    alice.send(alice.ackOfFailure(again, refused));
    alice.send(alice.inDialog('INVITE', again, ok, { body: SDP }));
    const plain = await bob.receive('INVITE');
    expect(timers(plain)).toEqual(['', '', '']);
    bob.reply(plain, '200 OK', { body: SDP });
    await alice.receive((message) => message.status === 200 && message.cseq === plain.cseq);
  });
});
