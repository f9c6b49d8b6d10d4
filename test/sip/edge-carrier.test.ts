// Carriers as they come: known by address, by password, by our registration with them; and what they may make the switch believe.

import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Trunk } from '../../app/ports/trunking.ts';
import { answerTo, realm, startEdgeWorld, trunkNamed, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP, SipPeer, type Headers, type PeerMessage, type RequestParts } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { until } from '../support/until.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const login = { username: 'cordboard', password: 'carriers-own' };
const challengeHeader = 'Digest realm="carrier.example", nonce="abc", qop="auth", algorithm=MD5';

/** Recomputes what an Authorization value claims, as the carrier would. */
function isProven(value: string, method: string): boolean {
  const part = (name: string): string => new RegExp(`\\b${name}="?([^",]+)`).exec(value)?.[1] ?? '';
  const ha1 = md5(`${login.username}:carrier.example:${login.password}`);
  const ha2 = md5(`${method}:${part('uri')}`);
  const expected = md5(`${ha1}:${part('nonce')}:${part('nc')}:${part('cnonce')}:auth:${ha2}`);
  return part('response') === expected && part('username') === login.username;
}

// Timers shrunk: a silent carrier's transactions are over before the test is.
edgeSuite(
  'carriers',
  ({ test, server }) => {
    let world: EdgeWorld;
    let carrier: SipPeer;
    let backup: SipPeer;
    beforeEach(async () => {
      world = await startEdgeWorld(server(), { qualifyEveryMs: 200 });
      [carrier, backup] = [
        await SipPeer.udp(server().sip, 'carrier'),
        await SipPeer.udp(server().sip, 'backup'),
      ];
    });
    afterEach(async () => {
      await world.close();
      for (const peer of [carrier, backup]) await peer.close();
      expect(world.switch.unclaimed.filter((line) => !line.startsWith('SIP/2.0 100'))).toEqual([]);
      expect(world.errors).toEqual([]);
    });

    const trunks = async (...list: readonly Trunk[]): Promise<void> => {
      world.trunking.trunkList = list;
      world.trunking.routes = [{ prefix: '+49', trunks: list.map(({ name }) => name) }];
      await world.edge.trunkingChanged();
    };
    const paris = (parts: Partial<Trunk> = {}): Trunk =>
      trunkNamed('paris', {
        destination: `127.0.0.1:${carrier.port}`,
        callerNumbers: ['+493012345'],
        qualify: false,
        ...parts,
      });
    const call = (parts: RequestParts, from = '+49171234567'): PeerMessage =>
      carrier.send(
        carrier
          .request('INVITE', { body: SDP, ...parts })
          .replace(/^From: <sip:[^@]*@/m, `From: <sip:${from}@`),
      );
    /** The INVITE at the switch; the call is refused there, and over. */
    const arrives = async (invite: PeerMessage): Promise<PeerMessage> => {
      const arrived = await world.switch.receive('INVITE');
      world.switch.reply(arrived, '486 Busy Here');
      await world.switch.receive('ACK');
      await carrier.final(invite);
      return arrived;
    };
    const byLogin = (parts: Partial<Trunk> = {}): Trunk =>
      paris({ inboundLogin: { username: 'them', ha1: md5(`them:${realm}:their-own`) }, ...parts });
    const proving = async (
      parts: RequestParts,
      password = 'their-own',
      from?: string,
    ): Promise<PeerMessage> => {
      const uri = parts.uri ?? `sip:4000@${world.address}`;
      const challenge = await carrier.final(call({ ...parts, uri }, from));
      expect(challenge.status).toBe(407);
      const proof = answerTo(challenge, 'INVITE', uri, { user: 'them', password });
      return call({ ...parts, uri, headers: { ...parts.headers, ...proof } }, from);
    };

    test('a carrier that proves its password calls in from anywhere, for any caller', async () => {
      await trunks(byLogin());
      const arrived = await arrives(await proving({}));
      expect(arrived.uri).toMatch(/^sip:queue-sales@/);
      expect(arrived.header('X-Cordboard-Trunk')).toBe('paris');
      expect(arrived.header('X-Cordboard-Dialled')).toBe('4000');
      expect(arrived.header('X-Cordboard-Caller')).toBe('+49171234567');
      expect((await carrier.final(await proving({}, 'wrong'))).status).toBe(403);
    });

    test('a carrier’s password registers nobody', async () => {
      await trunks(byLogin());
      const uri = `sip:${world.address}`;
      const register = (headers: Headers = {}): PeerMessage =>
        carrier.send(carrier.request('REGISTER', { uri, to: `<sip:them@${world.address}>`, headers }));
      register();
      const proof = answerTo(await carrier.receive(401), 'REGISTER', uri, {
        user: 'them',
        password: 'their-own',
      });
      register(proof);
      await carrier.receive(403);
      expect(await world.registrations.all(Date.now())).toEqual([]);
    });

    for (const [target, user, header] of [
      [{ kind: 'queue', queueId: 'sales' }, 'queue-sales', 'X-Cordboard-Queue: sales'],
      [{ kind: 'agent', agentId: '1001' }, 'agent-1001', 'X-Cordboard-Agent: 1001'],
      [{ kind: 'flow', flowId: 'main-menu' }, 'flow-main-menu', 'X-Cordboard-Flow: main-menu'],
    ] as const) {
      test(`a number that leads to a ${target.kind}, however the carrier writes it`, async () => {
        await trunks(byLogin());
        world.trunking.numbers = { '+4930555666': target };
        for (const dialled of ['+4930555666', '4930555666', '004930555666', '030555666']) {
          const arrived = await arrives(await proving({ uri: `sip:${dialled}@${world.address}` }));
          expect(arrived.uri).toMatch(new RegExp(`^sip:${user}@`));
          expect(arrived.raw).toContain(header);
          expect(arrived.header('X-Cordboard-Dialled')).toBe(dialled);
        }
      });
    }

    test('who calls: From, or the carrier’s assertion where it is believed; nobody where she hides', async () => {
      const asserted = { 'P-Asserted-Identity': '<sip:+4930777@carrier.example>' };
      const callerAs = async (parts: Partial<Trunk>, headers: Headers, from?: string): Promise<string> => {
        await trunks(byLogin(parts));
        return (await arrives(await proving({ headers }, undefined, from))).header('X-Cordboard-Caller');
      };
      expect(await callerAs({}, asserted)).toBe('+49171234567');
      expect(await callerAs({ trustsIdentity: true }, asserted)).toBe('+4930777');
      expect(await callerAs({ trustsIdentity: true }, { 'P-Asserted-Identity': '<tel:+4930778>' })).toBe(
        '+4930778',
      );
      expect(await callerAs({ trustsIdentity: true }, { ...asserted, Privacy: 'id' })).toBe('');
      expect(await callerAs({}, {}, 'anonymous')).toBe('');
    });

    test('we register with a carrier, prove ourselves to it, and its calls to our Contact come in', async () => {
      await trunks(paris({ outboundLogin: login, registers: true, registerSeconds: 300 }));
      // Trunks that come later register when the edge is told; these are there from the start.
      await world.killEdge();
      await world.startEdge();
      const first = await carrier.receive('REGISTER');
      expect(first.uri).toBe(`sip:127.0.0.1:${carrier.port}`);
      expect(first.all('Authorization')).toEqual([]);
      carrier.reply(first, '401 Unauthorized', { headers: { 'WWW-Authenticate': challengeHeader } });
      const second = await carrier.receive('REGISTER');
      expect(isProven(second.header('Authorization'), 'REGISTER')).toBe(true);
      expect([second.callId, Number.parseInt(second.cseq, 10)]).toEqual([
        first.callId,
        Number.parseInt(first.cseq, 10) + 1,
      ]);
      expect(second.header('Expires')).toBe('300');
      carrier.reply(second, '200 OK', { headers: { Contact: `${second.header('Contact')};expires=120` } });
      await until('the trunk is up', () => world.edge.trunks()[0]?.state === 'up');
      expect(world.edge.trunks()[0]?.detail).toBe('registered for 120 s');
      const [, contact = ''] = /<sip:([^>]+)>/.exec(second.header('Contact')) ?? [];
      expect(contact).toMatch(new RegExp(`@${world.address}`));
      const arrived = await arrives(call({ uri: `sip:${contact}`, to: `<sip:4000@carrier.example>` }));
      expect(arrived.uri).toMatch(/^sip:queue-sales@/);
      expect(arrived.header('X-Cordboard-Trunk')).toBe('paris');
      expect(
        (await carrier.final(call({ uri: `sip:${contact}`, to: '<sip:4999@carrier.example>' }))).status,
      ).toBe(404);
    });

    test('a carrier that refuses our registration is down, and says why', async () => {
      await trunks(paris({ outboundLogin: { ...login, realm: 'elsewhere' }, registers: true }));
      await world.killEdge();
      await world.startEdge();
      const first = await carrier.receive('REGISTER');
      carrier.reply(first, '401 Unauthorized', { headers: { 'WWW-Authenticate': challengeHeader } });
      await until('the trunk is down', () => world.edge.trunks()[0]?.state === 'down');
      expect(world.edge.trunks()[0]?.detail).toBe('REGISTER answered 401');
      // Another realm than the one we have a password for: nothing was proven.
      expect(carrier.received.filter(({ method }) => method === 'REGISTER')).toHaveLength(1);
    });

    test('a carrier that asks for proof of each call gets it in the call’s own INVITE, whose URI it covers', async () => {
      await trunks(paris({ outboundLogin: login }));
      const invite = world.switch.send(
        world.switch
          .request('INVITE', { uri: `sip:+4930987654@${world.address};user=phone`, body: SDP })
          .replace(/^From: <sip:[^@]*@/m, 'From: <sip:+493012345@'),
      );
      const asking = await carrier.receive('INVITE');
      expect([asking.callId === invite.callId, asking.all('Proxy-Authorization')]).toEqual([false, []]);
      expect(asking.raw).not.toContain(String(world.switch.port));
      carrier.reply(asking, '407 Proxy Authentication Required', {
        headers: { 'Proxy-Authenticate': challengeHeader },
      });
      const proven = await carrier.receive(
        ({ method, callId }) => method === 'INVITE' && callId === invite.callId,
      );
      const value = proven.header('Proxy-Authorization');
      expect(isProven(value, 'INVITE')).toBe(true);
      expect(/uri="([^"]+)"/.exec(value)?.[1]).toBe(proven.uri);
      carrier.reply(proven, '200 OK', { body: SDP });
      const answer = await world.switch.receive(200);
      world.switch.send(world.switch.inDialog('ACK', invite, answer));
      await carrier.receive(({ method, callId }) => method === 'ACK' && callId === invite.callId);
      // In the dialog nobody proves anything: the carrier's challenge to our BYE goes to the switch, which has no password.
      world.switch.send(world.switch.inDialog('BYE', invite, answer));
      const bye = await carrier.receive('BYE');
      carrier.reply(bye, '407 Proxy Authentication Required', {
        headers: { 'Proxy-Authenticate': challengeHeader },
      });
      await world.switch.receive(407);
      expect(carrier.received.filter(({ method }) => method === 'BYE')).toHaveLength(1);
    });

    test('a trunk that answers OPTIONS is up, one that is silent twice is down and tried last', async () => {
      void (async () => {
        for (;;) backup.reply(await backup.receive('OPTIONS', 30_000), '200 OK');
      })().catch(() => undefined);
      await trunks(
        paris({ name: 'silent', destination: `127.0.0.1:${carrier.port}`, qualify: true }),
        paris({ name: 'alive', destination: `127.0.0.1:${backup.port}`, qualify: true }),
      );
      const states = (): readonly string[] =>
        world.edge.trunks().map(({ name, state }) => `${name} ${state}`);
      await until('both are known', () => states().join() === 'silent down,alive up', {
        withinMs: 20_000,
      });
      const invite = world.switch.send(
        world.switch
          .request('INVITE', { uri: `sip:+4930987654@${world.address};user=phone`, body: SDP })
          .replace(/^From: <sip:[^@]*@/m, 'From: <sip:+493012345@'),
      );
      backup.reply(await backup.receive('INVITE'), '486 Busy Here');
      await backup.receive('ACK');
      world.switch.send(world.switch.ackOfFailure(invite, await world.switch.receive(486)));
      expect(carrier.received.filter(({ method }) => method === 'INVITE')).toEqual([]);
    });
  },
  { t1: 100 },
);
