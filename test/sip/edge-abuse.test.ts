// Strangers with bad intentions: what they learn, and how soon they are no longer listened to.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import type { EdgeOptions } from '../../gateway/sip/edge.ts';
import {
  answerTo,
  directory,
  passwords,
  registerPeer,
  startEdgeWorld,
  type EdgeWorld,
} from '../support/edge-peers.ts';
import { SDP, SipPeer, type Headers, type PeerMessage } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { until } from '../support/until.ts';

const loopback = ['127.0.0.0/8'];

edgeSuite('strangers at the edge', ({ test, server }) => {
  let world: EdgeWorld;
  let peers: SipPeer[] = [];
  const begin = async (overrides: Partial<EdgeOptions> = {}): Promise<void> => {
    world = await startEdgeWorld(server(), overrides);
  };
  afterEach(async () => {
    await world.close();
    await Promise.all(peers.map((peer) => peer.close()));
    peers = [];
    expect(world.errors).toEqual([]);
  });
  const party = async (user: string): Promise<SipPeer> => {
    const peer = await SipPeer.udp(server().sip, user);
    peers.push(peer);
    return peer;
  };
  const ask = (from: SipPeer, method: string, user: string, headers: Headers = {}): Promise<PeerMessage> =>
    from.final(
      from.send(
        from.request(method, {
          uri: `sip:${user}@${world.address}`,
          headers,
          ...(method === 'INVITE' ? { body: SDP } : {}),
        }),
      ),
    );
  const bans = (): readonly string[] => world.edge.bans().map(({ source, reason }) => `${source} ${reason}`);

  // 5 methods × 40 users: nothing of it may reach a switch with a hole in its MESSAGE, or a phone.
  const hostile = [
    ...[
      'api+uuid_kill%20x',
      'api%2Bstatus',
      'API+reload',
      'api',
      'global',
      'conf+3000',
      'sip+1001',
      'GLOBAL_SMS',
      'sms+1',
    ],
    ...[
      'event+custom',
      'xmpp+a',
      'jingle+b',
      'park+1',
      '1001',
      '1002',
      'queue-sales',
      'agent-1001',
      'flow-x',
      'root',
      'admin',
    ],
    ...[
      '%24%7Bsystem%20id%7D',
      '$%7Brecv%7D',
      '%26park()',
      '%7C%7C',
      '%5E%5E%2Ca',
      '%0d%0aX',
      '%00',
      '*',
      '**8',
      '#',
      '911',
    ],
    ...[
      '+4990012345',
      '..%2f..',
      "'%20or%201=1",
      '%3Cscript%3E',
      '%F0%9F%93%9E',
      'a'.repeat(200),
      '~',
      '!',
      '-',
    ],
  ];
  test(`unsolicited requests to ${hostile.length} hostile users are answered here and go nowhere`, async () => {
    await begin({ trusted: loopback });
    const phone = await party('1002');
    expect((await registerPeer(phone)).status).toBe(200);
    const mallory = await party('mallory');
    const expected = { MESSAGE: 405, SUBSCRIBE: 489, PUBLISH: 405, NOTIFY: 481, INFO: 481 };
    const event = { Event: 'presence', 'Subscription-State': 'active', Expires: '60' };
    let asked = 0;
    for (const user of hostile) {
      for (const [method, status] of Object.entries(expected)) {
        const answer = await ask(mallory, method, user, event);
        // What is no URI at all is refused by the SIP server itself.
        expect([user, method, [status, 400, 416].includes(answer.status ?? 0)]).toEqual([user, method, true]);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThanOrEqual(200);
    expect(world.switch.received).toEqual([]);
    expect(phone.unclaimed.filter((line) => !line.startsWith('OPTIONS'))).toEqual([]);
  });

  test('known and unknown users hear the same, in the same words, after the same time', async () => {
    const slowToKnow = {
      ...directory,
      // A look-up that takes longer for users that exist.
      sipCredentials: async (username: string) => {
        const found = await directory.sipCredentials(username);
        if (found) await sleep(80);
        return found;
      },
    };
    await begin({ trusted: loopback, directory: slowToKnow });
    const times: Record<string, number[]> = { '1001': [], '7777': [] };
    const words: Record<string, Set<string>> = { '1001': new Set(), '7777': new Set() };
    for (let round = 0; round < 8; round++) {
      for (const user of ['1001', '7777']) {
        const peer = await party(user);
        for (const method of ['REGISTER', 'INVITE', 'OPTIONS']) {
          const first = await ask(peer, method, user);
          const shape = first.raw
            .replace(/nonce="[^"]*"|[0-9a-f]{8,}|\d{2,}/g, '')
            .replace(/tag=[^\s;]*|branch=[^\s;]*/g, '');
          words[user]?.add(
            `${method} ${first.status} ${shape
              .split('\r\n')
              .filter((line) => !/^(Via|From|To|Call-ID|CSeq)/i.test(line))
              .join(' ')}`,
          );
          if (method !== 'REGISTER') continue;
          const began = performance.now();
          const uri = `sip:${user}@${world.address}`;
          const proof = answerTo(first, method, uri, { user, password: 'wrong' });
          const second = await ask(peer, method, user, proof);
          times[user]?.push(performance.now() - began);
          words[user]?.add(`second ${second.status}`);
        }
      }
    }
    expect([...(words['7777'] ?? [])].sort()).toEqual([...(words['1001'] ?? [])].sort());
    const [known = 0, unknown = 0] = ['1001', '7777'].map((user) => median(times[user] ?? []));
    expect(Math.min(known, unknown)).toBeGreaterThan(95);
    // What a busy machine adds is less than the look-up's 80 ms, which would show.
    expect(Math.abs(known - unknown)).toBeLessThan(60);
  });

  test('a scanner that names itself hears 403 and is banned; the ban is listed, and lifted', async () => {
    await begin();
    const mallory = await party('100');
    expect((await ask(mallory, 'OPTIONS', '100', { 'User-Agent': 'friendly-scanner' })).status).toBe(403);
    expect((await ask(mallory, 'OPTIONS', '100')).status).toBe(403);
    expect(bans()).toEqual(['127.0.0.1 scanner']);
    expect(world.edge.liftBan('127.0.0.1')).toBe(true);
    expect((await ask(mallory, 'OPTIONS', '100')).status).toBe(200);
  });

  test('one that goes through the numbers is banned at the twentieth, and learns of none; a proven phone beside it works', async () => {
    await begin();
    const phone = await party('1002');
    expect((await registerPeer(phone)).status).toBe(200);
    const mallory = await party('mallory');
    const register = async (user: string): Promise<number | undefined> => {
      const text = mallory
        .request('REGISTER', { uri: `sip:${world.address}`, to: `<sip:${user}@${world.address}>` })
        .replace(/^From: <[^>]*>/m, `From: <sip:${user}@${world.address}>`);
      return (await mallory.final(mallory.send(text))).status;
    };
    const statuses: (number | undefined)[] = [];
    for (let user = 990; user < 1_015; user++) statuses.push(await register(String(user)));
    expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(403)]);
    expect(bans()).toEqual(['127.0.0.1 guessing users']);
    expect((await registerPeer(phone)).status).toBe(200);
  });

  test('a phone speaks for itself: an identity of another, or a diversion, is refused; its own passes', async () => {
    await begin();
    const phone = await party('1001');
    const uri = `sip:4000@${world.address}`;
    const call = (headers: Headers): PeerMessage =>
      phone.send(phone.request('INVITE', { uri, body: SDP, headers }));
    const proven = async (headers: Headers): Promise<PeerMessage> => {
      const challenge = await phone.final(call(headers));
      const proof = answerTo(challenge, 'INVITE', uri, { user: '1001', password: passwords['1001'] ?? '' });
      return call({ ...headers, ...proof });
    };
    for (const header of [
      { 'P-Asserted-Identity': '<sip:+493055555@carrier.example>' },
      { 'P-Asserted-Identity': '<tel:+493055555>' },
      { 'P-Preferred-Identity': '<sip:1002@127.0.0.1>' },
      { 'Remote-Party-ID': '"Boss" <sip:1003@127.0.0.1>;party=calling' },
      { Diversion: '<sip:+4917712345@carrier.example>;reason=unconditional' },
      { 'History-Info': '<sip:1002@127.0.0.1>;index=1' },
      { 'P-Asserted-Identity': '<sip:1001@127.0.0.1>, <tel:+493055555>' },
    ])
      expect([header, (await phone.final(await proven(header))).status]).toEqual([header, 403]);
    expect(world.switch.received).toEqual([]);
    const own = await proven({ 'P-Asserted-Identity': '<sip:1001@127.0.0.1>' });
    const arrived = await world.switch.receive('INVITE');
    expect(arrived.header('X-Cordboard-Caller')).toBe('1001');
    world.switch.reply(arrived, '486 Busy Here');
    await world.switch.receive('ACK');
    await phone.final(own);
  });

  for (const [name, value] of [
    ['Remote-Party-ID', '"Ann" <sip:+4917712345@10.0.0.1>;party=calling;privacy=full'],
    ['P-Asserted-Identity', '<tel:+4917712345>'],
    ['Diversion', '<sip:+4917712345@10.0.0.1>'],
    ['History-Info', '<sip:+4917712345@10.0.0.1>;index=1'],
  ] as const) {
    test(`a number masked in From is not let slip to the phone in ${name}`, async () => {
      await begin();
      const phone = await party('1001');
      expect((await registerPeer(phone)).status).toBe(200);
      const ring = (headers: Headers): PeerMessage =>
        world.switch.send(
          world.switch
            .request('INVITE', { uri: `sip:1001@${world.address}`, body: SDP, headers })
            .replace(/^From: <sip:[^@]*@/m, 'From: <sip:anonymous@'),
        );
      expect((await world.switch.final(ring({ [name]: value }))).status).toBe(500);
      expect(phone.received.filter(({ method }) => method === 'INVITE')).toEqual([]);
      expect(world.errors.splice(0)).toHaveLength(1);
      const masked = ring({ [name]: value.replaceAll('+4917712345', 'anonymous') });
      phone.reply(await phone.receive('INVITE'), '486 Busy Here');
      await phone.receive('ACK');
      expect((await world.switch.final(masked)).status).toBe(486);
    });
  }

  test('a peer that answers our BYE with a challenge gets nothing, whatever realm it names', async () => {
    await begin({ trusted: loopback });
    const phone = await party('1001');
    expect((await registerPeer(phone)).status).toBe(200);
    for (const [status, header, realm] of [
      [401, 'WWW-Authenticate', 'cordboard'],
      [407, 'Proxy-Authenticate', 'cordboard'],
      [401, 'WWW-Authenticate', 'attacker'],
      [407, 'Proxy-Authenticate', '127.0.0.1'],
    ] as const) {
      const invite = world.switch.send(
        world.switch.request('INVITE', { uri: `sip:1001@${world.address}`, body: SDP }),
      );
      const ringing = await phone.receive('INVITE');
      phone.reply(ringing, '200 OK', { body: SDP });
      const answer = await world.switch.receive(200);
      world.switch.send(world.switch.inDialog('ACK', invite, answer));
      await phone.receive('ACK');
      const challenge = { [header]: `Digest realm="${realm}", nonce="n", qop="auth"` };
      // The switch's own BYE, and then the edge's for a switch that died.
      world.switch.send(world.switch.inDialog('BYE', invite, answer));
      phone.reply(await phone.receive('BYE'), `${status} Unauthorized`, { headers: challenge });
      await world.switch.receive(status);
      await until('the edge knows the call', () => world.edge.calls > 0);
      world.edge.switchLost(`127.0.0.1:${world.switch.port}`, [invite.callId]);
      const bye = await phone.receive('BYE');
      phone.reply(bye, `${status} Unauthorized`, { headers: challenge });
      await until('the edge has heard it', () => world.edge.calls === 0);
    }
    const said = phone.received.filter(({ method }) => method === 'BYE');
    expect(said).toHaveLength(8);
    expect(said.map(({ raw }) => raw).join()).not.toMatch(/^(Proxy-)?Authorization:/im);
  });

  const scan = async (tool: string, args: readonly string[], forMs = 60_000): Promise<string> => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sipvicious-'));
    const child = spawn(tool, args, {
      cwd: folder,
      env: { HOME: folder, PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: forMs,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    rmSync(folder, { recursive: true, force: true });
    return said;
  };
  const sipvicious = (tool: string): string =>
    ['/usr/bin/sipvicious_', '/usr/bin/'].map((prefix) => prefix + tool).find(existsSync) ?? '';
  const [host, port] = ['127.0.0.1', (): string => String(server().sip.port)];

  test('svmap finds a server and nothing to use; it is banned', async () => {
    expect(sipvicious('svmap'), 'sipvicious is missing: apt-get install sipvicious').not.toBe('');
    await begin();
    await scan(sipvicious('svmap'), ['-p', port(), host]);
    expect(bans()).toEqual(['127.0.0.1 scanner']);
  });

  for (const method of ['REGISTER', 'INVITE', 'OPTIONS']) {
    test(`svwar by ${method} finds no extension, though 1001 and 1002 exist`, async () => {
      await begin();
      const said = await scan(sipvicious('svwar'), ['-e', '995-1010', '-m', method, '-p', port(), host]);
      expect(said).not.toMatch(/\b100[12]\b.*(reqauth|noauth|weird)/i);
      expect(bans()).toEqual(['127.0.0.1 scanner']);
      expect(world.switch.received).toEqual([]);
    });
  }

  test('svcrack does not find a password that is in its list', async () => {
    const known = 'secret7';
    const ha1 = createHash('md5').update(`1001:cordboard:${known}`).digest('hex');
    await begin({
      directory: {
        ...directory,
        sipCredentials: async (username) =>
          username === '1001' ? { username, agentId: username, ha1 } : undefined,
      },
    });
    // It never gives up by itself.
    const said = await scan(sipvicious('svcrack'), ['-u', '1001', '-r', '1-200', '-p', port(), host], 4_000);
    expect(said).not.toContain(known);
    expect(bans()).toHaveLength(1);
  });
});

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
