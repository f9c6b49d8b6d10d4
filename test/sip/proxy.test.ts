// Requests an application has proxied: Record-Route, forking, failover, CANCEL, what passes without the application.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { type PeerMessage, SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, type ProxyResult, type SrfApp, type SrfRequest } from '../support/srf-app.ts';
import { within } from '../support/until.ts';

describe('an application has requests proxied', () => {
  edgeSuite('proxy', ({ server, test, embeddedOnly }) => {
    interface World {
      readonly caller: SipPeer;
      readonly callees: readonly SipPeer[];
      readonly app: SrfApp;
      /** Results of proxied requests, in order. */
      readonly results: Promise<ProxyResult>[];
      uris(): string[];
    }

    /** A caller, callees, and an application that proxies every INVITE, OPTIONS and REGISTER to the callees. */
    async function inWorld(
      {
        callees: count = 1,
        options = {},
        protocols = ['udp', 'udp'],
      }: { callees?: number; options?: object; protocols?: ('udp' | 'tcp')[] },
      body: (world: World) => Promise<void>,
    ): Promise<void> {
      const { sip, control } = server();
      const caller = await SipPeer[protocols[0] ?? 'udp'](sip);
      const callees = await Promise.all(Array.from({ length: count }, (_, i) => SipPeer.udp(sip, `bob${i}`)));
      const results: Promise<ProxyResult>[] = [];
      const uris = (): string[] => callees.map(({ user, port }) => `sip:${user}@127.0.0.1:${port}`);
      const app = await connectApp(control);
      const proxy = (req: SrfRequest): void => {
        const result = app.proxyRequest(req, uris(), options);
        result.catch(() => undefined);
        results.push(result);
      };
      for (const verb of ['invite', 'options', 'register']) app.handle(verb, proxy);
      try {
        await body({ caller, callees, app, results, uris });
      } finally {
        app.close();
        await Promise.all([caller, ...callees].map((peer) => peer.close()));
      }
    }

    const callee = (world: World, index = 0): SipPeer => world.callees[index] as SipPeer;
    const ownRoute = (): string => `<sip:127.0.0.1:${server().sip.port};lr>`;

    test('a call: Record-Route, request URI replaced, ACK, re-INVITE and BYE pass without the application', () =>
      inWorld({ options: { remainInDialog: true } }, async (world) => {
        const { caller } = world;
        const bob = callee(world);
        const sent = caller.send(caller.request('INVITE', { body: SDP, headers: { 'X-Kept': 'yes' } }));
        await caller.receive(100);
        const invite = await bob.receive('INVITE');
        expect(invite.uri).toBe(`sip:bob0@127.0.0.1:${bob.port}`);
        expect(invite.header('Record-Route')).toBe(ownRoute());
        expect(invite.header('Max-Forwards')).toBe('69');
        expect(invite.header('X-Kept')).toBe('yes');
        expect(invite.body).toBe(SDP);
        expect(invite.all('Via')).toHaveLength(2);
        bob.reply(invite, '100 Trying');
        bob.reply(invite, '180 Ringing');
        const ringing = await caller.receive(180);
        expect(ringing.all('Via')).toHaveLength(1);
        bob.reply(invite, '200 OK', { body: SDP });
        const ok = await caller.receive(200);
        expect(ok.header('Record-Route')).toBe(ownRoute());
        const result = await within('proxy result', world.results[0] as Promise<ProxyResult>);
        expect(result).toMatchObject({ connected: true, finalStatus: 200 });

        world.app.close();
        caller.send(caller.inDialog('ACK', sent, ok));
        const ack = await bob.receive('ACK');
        expect(ack.header('Route')).toBe('');
        expect(ack.cseq).toBe(sent.cseq.replace('INVITE', 'ACK'));
        const again = caller.send(caller.inDialog('INVITE', sent, ok, { body: SDP }));
        const reinvite = await bob.receive('INVITE');
        expect(reinvite.cseq).toBe(again.cseq);
        bob.reply(reinvite, '200 OK', { body: SDP });
        const okAgain = await caller.receive(
          (message) => message.status === 200 && message.cseq === again.cseq,
        );
        caller.send(
          caller.inDialog('ACK', again, {
            ...okAgain,
            header: (name: string) => okAgain.header(name),
            all: (name: string) => (name === 'Record-Route' ? ok : okAgain).all(name),
          } as never),
        );
        await bob.receive('ACK');
        const bye = bob.send(
          bob.request('BYE', {
            uri: `sip:alice@127.0.0.1:${caller.port}`,
            callId: sent.callId,
            fromTag: 'peer1',
            to: sent.header('From'),
            headers: { Route: invite.all('Record-Route') },
          }),
        );
        const gotBye = await caller.receive('BYE');
        expect(gotBye.cseq).toBe(bye.cseq);
        caller.reply(gotBye, '200 OK');
        await bob.receive((message) => message.status === 200 && message.cseq === bye.cseq);
      }));

    test('serial: the first is busy, the second answers; both finals are reported', () =>
      inWorld({ callees: 2 }, async (world) => {
        const { caller } = world;
        const [first, second] = [callee(world, 0), callee(world, 1)];
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        const invite = await first.receive('INVITE');
        expect(invite.all('Record-Route')).toEqual([]);
        first.reply(invite, '486 Busy Here');
        await first.receive('ACK');
        const inviteTwo = await second.receive('INVITE');
        second.reply(inviteTwo, '200 OK', { body: SDP });
        const ok = await caller.receive(200);
        const result = await within('proxy result', world.results[0] as Promise<ProxyResult>);
        expect(result.responses.flatMap(({ msgs }) => msgs.map(({ status }) => status))).toEqual([486, 200]);
        caller.send(caller.inDialog('ACK', sent, ok), { port: second.port });
        await second.receive('ACK');
        expect(caller.unclaimed).toEqual(['SIP/2.0 100 Trying']);
      }));

    test('simultaneous: the first 2xx wins, the other is cancelled', () =>
      inWorld({ callees: 2, options: { forking: 'simultaneous' } }, async (world) => {
        const { caller } = world;
        const [first, second] = [callee(world, 0), callee(world, 1)];
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        const [one, two] = await Promise.all([first.receive('INVITE'), second.receive('INVITE')]);
        first.reply(one, '180 Ringing', { toTag: 'one' });
        second.reply(two, '180 Ringing', { toTag: 'two' });
        await Promise.all([caller.receive(180), caller.receive(180)]);
        second.reply(two, '200 OK', { body: SDP, toTag: 'two' });
        const ok = await caller.receive(200);
        expect(ok.tag('To')).toBe('two');
        const cancel = await first.receive('CANCEL');
        expect(cancel.header('Via')).toBe(one.header('Via'));
        first.reply(cancel, '200 OK');
        first.reply(one, '487 Request Terminated', { toTag: 'one' });
        await first.receive('ACK');
        caller.send(caller.inDialog('ACK', sent, ok), { port: second.port });
        expect((await within('proxy result', world.results[0] as Promise<ProxyResult>)).connected).toBe(true);
      }));

    test('simultaneous: when all fail, the best failure is forwarded, 6xx first', () =>
      inWorld({ callees: 3, options: { forking: 'simultaneous' } }, async (world) => {
        const { caller } = world;
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        const invites = await Promise.all(world.callees.map((peer) => peer.receive('INVITE')));
        const finals = ['404 Not Found', '503 Service Unavailable', '603 Decline'];
        world.callees.forEach((peer, i) => peer.reply(invites[i] as PeerMessage, finals[i] ?? ''));
        await Promise.all(world.callees.map((peer) => peer.receive('ACK')));
        const declined = await caller.receive(603);
        caller.send(caller.ackOfFailure(sent, declined));
        expect((await within('proxy result', world.results[0] as Promise<ProxyResult>)).connected).toBe(
          false,
        );
      }));

    test('the caller cancels: 200, the callee is cancelled, 487', () =>
      inWorld({ options: { remainInDialog: true } }, async (world) => {
        const { caller } = world;
        const bob = callee(world);
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        const invite = await bob.receive('INVITE');
        bob.reply(invite, '180 Ringing');
        await caller.receive(180);
        caller.send(caller.cancelOf(sent));
        await caller.receive((message) => message.status === 200 && message.cseq.endsWith('CANCEL'));
        const cancel = await bob.receive('CANCEL');
        bob.reply(cancel, '200 OK');
        bob.reply(invite, '487 Request Terminated');
        await bob.receive('ACK');
        caller.send(caller.ackOfFailure(sent, await caller.receive(487)));
      }));

    test('a challenge goes back; the retry with that nonce goes to the challenger', () =>
      inWorld({ callees: 2 }, async (world) => {
        const { caller } = world;
        const [first, second] = [callee(world, 0), callee(world, 1)];
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        const invite = await first.receive('INVITE');
        first.reply(invite, '407 Proxy Authentication Required', {
          headers: { 'Proxy-Authenticate': 'Digest realm="r", nonce="proxy-nonce-1"' },
        });
        await first.receive('ACK');
        const challenge = await caller.receive(407);
        expect(challenge.header('Proxy-Authenticate')).toContain('proxy-nonce-1');
        caller.send(caller.ackOfFailure(sent, challenge));
        const retry = caller.send(
          caller.request('INVITE', {
            body: SDP,
            callId: sent.callId,
            fromTag: sent.tag('From') ?? '',
            headers: { 'Proxy-Authorization': 'Digest username="a", realm="r", nonce="proxy-nonce-1"' },
          }),
        );
        first.reply(await first.receive('INVITE'), '403 Forbidden');
        await first.receive('ACK');
        caller.send(caller.ackOfFailure(retry, await caller.receive((message) => message.status === 403)));
        expect(second.received).toEqual([]);
      }));

    test('a target that says nothing is left after provisionalTimeout', () =>
      inWorld({ callees: 2, options: { provisionalTimeout: '200ms' } }, async (world) => {
        const { caller } = world;
        const [silent, second] = [callee(world, 0), callee(world, 1)];
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        await silent.receive('INVITE');
        second.reply(await second.receive('INVITE'), '200 OK', { body: SDP });
        const ok = await caller.receive(200);
        caller.send(caller.inDialog('ACK', sent, ok), { port: second.port });
        await second.receive('ACK');
      }));

    test('a redirect is followed when asked for', () =>
      inWorld({ options: { followRedirects: true } }, async (world) => {
        const { caller } = world;
        const bob = callee(world);
        const carol = await SipPeer.udp(server().sip, 'carol');
        try {
          const sent = caller.send(caller.request('INVITE', { body: SDP }));
          bob.reply(await bob.receive('INVITE'), '302 Moved Temporarily', {
            headers: { Contact: `<sip:carol@127.0.0.1:${carol.port}>` },
          });
          await bob.receive('ACK');
          carol.reply(await carol.receive('INVITE'), '200 OK', { body: SDP });
          const ok = await caller.receive(200);
          caller.send(caller.inDialog('ACK', sent, ok), { port: carol.port });
          await carol.receive('ACK');
        } finally {
          await carol.close();
        }
      }));

    test('REGISTER gets a Path; OPTIONS passes through', () =>
      inWorld({ options: { remainInDialog: true } }, async (world) => {
        const { caller } = world;
        const bob = callee(world);
        caller.send(caller.request('REGISTER', { headers: { Expires: '60' } }));
        const register = await bob.receive('REGISTER');
        expect(register.header('Path')).toBe(ownRoute());
        expect(register.header('Require')).toBe('path');
        bob.reply(register, '200 OK');
        await caller.receive(200);
        caller.send(caller.request('OPTIONS'));
        bob.reply(await bob.receive('OPTIONS'), '200 OK');
        await caller.receive((message) => message.status === 200 && message.cseq.endsWith('OPTIONS'));
      }));

    test('Max-Forwards 0 is answered 483', () =>
      inWorld({}, async (world) => {
        const { caller } = world;
        const bob = callee(world);
        const sent = caller.send(
          caller
            .request('INVITE', { body: SDP, headers: { 'Max-Forwards': '0' } })
            .replace('Max-Forwards: 70\r\n', ''),
        );
        caller.send(caller.ackOfFailure(sent, await caller.receive(483)));
        expect(bob.received).toEqual([]);
      }));

    embeddedOnly(
      'the real server writes one Record-Route, for the callee’s side',
      'a TCP caller and a UDP callee: two Record-Routes, and requests pass both ways',
      () =>
        inWorld({ options: { remainInDialog: true }, protocols: ['tcp', 'udp'] }, async (world) => {
          const { caller } = world;
          const bob = callee(world);
          const { port } = server().sip;
          const sent = caller.send(caller.request('INVITE', { body: SDP }));
          const invite = await bob.receive('INVITE');
          // The user part says over which connection the caller is reached.
          expect(
            invite.all('Record-Route').map((each) => each.replace(/<sip:[\w.-]+@/, '<sip:flow@')),
          ).toEqual([`<sip:flow@127.0.0.1:${port};lr>`, `<sip:flow@127.0.0.1:${port};transport=tcp;lr>`]);
          bob.reply(invite, '200 OK', { body: SDP });
          const ok = await caller.receive(200);
          caller.send(caller.inDialog('ACK', sent, ok));
          expect((await bob.receive('ACK')).header('Route')).toBe('');
          caller.send(caller.inDialog('BYE', sent, ok));
          const bye = await bob.receive('BYE');
          expect(bye.header('Route')).toBe('');
          bob.reply(bye, '200 OK');
          await caller.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
        }),
    );

    embeddedOnly(
      'the real server counts Max-Forwards down, no more',
      'a request that comes back unchanged is a loop: 482',
      () =>
        inWorld({}, async (world) => {
          const { caller } = world;
          const bob = callee(world);
          const sent = caller.send(caller.request('OPTIONS'));
          const options = await bob.receive('OPTIONS');
          const back = options.raw
            .replace(options.uri, sent.uri)
            .replace(
              /^Via: .*\r\n/m,
              (via) => `Via: SIP/2.0/UDP 127.0.0.1:${bob.port};branch=z9hG4bKbob;rport\r\n${via}`,
            );
          bob.send(back);
          await bob.receive(482);
          bob.reply(options, '200 OK');
          await caller.receive(200);
        }),
    );

    test('the application is killed in the middle: ringing, answer and hang-up go on', () =>
      inWorld({ options: { remainInDialog: true } }, async (world) => {
        const { caller } = world;
        const bob = callee(world);
        const sent = caller.send(caller.request('INVITE', { body: SDP }));
        const invite = await bob.receive('INVITE');
        world.app.close();
        bob.reply(invite, '180 Ringing');
        await caller.receive(180);
        bob.reply(invite, '200 OK', { body: SDP });
        const ok = await caller.receive(200);
        caller.send(caller.inDialog('ACK', sent, ok));
        await bob.receive('ACK');
        caller.send(caller.inDialog('BYE', sent, ok));
        bob.reply(await bob.receive('BYE'), '200 OK');
        await caller.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
      }));
  });
});
