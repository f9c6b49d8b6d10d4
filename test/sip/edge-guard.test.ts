// What the edge refuses, answers itself, and survives.

import { afterEach, beforeEach, expect } from 'vitest';
import {
  answerTo,
  goodTicket,
  passwords,
  registerPeer,
  startEdgeWorld,
  type EdgeWorld,
} from '../support/edge-peers.ts';
import { SDP, SipPeer, type Headers, type PeerMessage, type RequestParts } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';

edgeSuite('guarding the edge', ({ test, server }) => {
  let world: EdgeWorld;
  let stranger: SipPeer;
  let peers: SipPeer[] = [];
  beforeEach(async () => {
    world = await startEdgeWorld(server());
    stranger = await party('1001');
  });
  afterEach(async () => {
    await world.close();
    await Promise.all(peers.map((peer) => peer.close()));
    peers = [];
    expect(world.switch.unclaimed).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  const party = async (user: string, transport: 'udp' | 'tcp' = 'udp'): Promise<SipPeer> => {
    const peer = await SipPeer[transport](server().sip, user);
    peers.push(peer);
    return peer;
  };
  const invite = (headers: Headers = {}, parts: RequestParts = {}): string =>
    stranger.request('INVITE', { uri: `sip:4000@${world.address}`, body: SDP, headers, ...parts });
  const call = (headers: Headers = {}, parts: RequestParts = {}): Promise<PeerMessage> =>
    stranger.final(stranger.send(invite(headers, parts)));
  const requestsAtSwitch = (): readonly (string | undefined)[] =>
    world.switch.received.map(({ method }) => method);

  test('a stranger is challenged, and with a wrong password refused', async () => {
    const challenge = await call();
    expect(challenge.status).toBe(407);
    expect(challenge.header('Proxy-Authenticate')).toMatch(/^Digest realm="cordboard", nonce=".*qop="auth"/);
    const wrong = answerTo(challenge, 'INVITE', `sip:4000@${world.address}`, {
      user: '1001',
      password: 'wrong',
    });
    expect((await call(wrong)).status).toBe(403);
    expect(requestsAtSwitch()).toEqual([]);
  });

  test('an agent who proved a password may call as nobody else', async () => {
    const uri = `sip:4000@${world.address}`;
    const mine = { user: '1001', password: passwords['1001'] ?? '' };
    const forged = stranger
      .request('INVITE', { uri, body: SDP, headers: answerTo(await call(), 'INVITE', uri, mine) })
      .replace(/^From: <sip:1001@/m, 'From: <sip:1002@');
    expect((await stranger.final(stranger.send(forged))).status).toBe(403);
    expect(requestsAtSwitch()).toEqual([]);
  });

  test('a browser with a good ticket reaches the queue of its ticket, whatever it dialled', async () => {
    const sent = stranger.send(
      invite({ 'X-Cordboard-Ticket': goodTicket }, { uri: `sip:queue-vip@${world.address}` }),
    );
    const arrived = await world.switch.receive('INVITE');
    expect(arrived.uri).toMatch(/^sip:queue-sales@/);
    expect(arrived.header('X-Cordboard-Source')).toBe('web');
    expect(arrived.header('X-Cordboard-Session')).toBe('session-7');
    expect(arrived.header('X-Cordboard-Queue')).toBe('sales');
    world.switch.reply(arrived, '486 Busy Here');
    await world.switch.receive('ACK');
    expect((await stranger.final(sent)).status).toBe(486);
  });

  test('a ticket that does not verify is 403, not a question for a password', async () => {
    expect((await call({ 'X-Cordboard-Ticket': 'forged.session-7.vip' })).status).toBe(403);
  });

  for (const [name, text] of [
    ['beside a good ticket', 'X-Cordboard-Queue: vip'],
    ['in small letters', 'x-cordboard-queue: vip'],
    ['with a blank before the colon', 'X-Cordboard-Queue : vip'],
    ['behind a bare line feed', 'Subject: hello\nX-Cordboard-Queue: vip'],
    ['behind a bare carriage return', 'Subject: hello\rX-Cordboard-Queue: vip'],
  ] as const) {
    test(`a header of ours, forged ${name}, never reaches the switch`, async () => {
      const text2 = invite({ 'X-Cordboard-Ticket': goodTicket }).replace(
        '\r\nMax-Forwards',
        `\r\n${text}\r\nMax-Forwards`,
      );
      const answer = await stranger.final(stranger.send(text2));
      expect([400, 403]).toContain(answer.status);
      expect(requestsAtSwitch()).toEqual([]);
    });
  }

  test('unsolicited requests are answered at the edge and reach neither switch nor phone', async () => {
    const phone = await party('1002');
    expect((await registerPeer(phone)).status).toBe(200);
    const expected = { MESSAGE: 405, PUBLISH: 405, SUBSCRIBE: 489, NOTIFY: 481, INFO: 481, OPTIONS: 200 };
    for (const user of ['1002', 'queue-sales', 'api+uuid_kill%20x', 'global']) {
      for (const [method, status] of Object.entries(expected)) {
        const request = stranger.send(
          stranger.request(method, {
            uri: `sip:${user}@${world.address}`,
            headers: { Event: 'presence', 'Subscription-State': 'active', Expires: '60' },
            ...(method === 'MESSAGE' ? { body: 'hello', contentType: 'text/plain' } : {}),
          }),
        );
        expect([user, method, (await stranger.final(request)).status]).toEqual([user, method, status]);
      }
    }
    expect(world.switch.received).toEqual([]);
    expect(phone.unclaimed).toEqual([]);
  });

  test('twenty wrong passwords ban a source for a while: even the right one hears 403; a proven phone does not suffer', async () => {
    const good = await party('1002');
    expect((await registerPeer(good)).status).toBe(200);
    const guesser = await party('1001');
    for (let guess = 0; guess < 20; guess++)
      expect((await registerPeer(guesser, { password: `guess-${guess}` })).status).toBe(403);
    const banned = await registerPeer(guesser);
    expect(banned.status).toBe(403);
    expect((await call()).status).toBe(403);
    expect((await registerPeer(good)).status).toBe(200);
    expect(await world.registrations.of('1001', Date.now())).toEqual([]);
  });

  test('a nonce is for the address that got it, and each of its counts for one request', async () => {
    const uri = `sip:${world.address}`;
    const mine = { user: '1001', password: passwords['1001'] ?? '' };
    const register = async (headers: Headers): Promise<PeerMessage> => {
      const text = stranger.request('REGISTER', { uri, to: `<sip:1001@${world.address}>`, headers });
      return stranger.final(stranger.send(text));
    };
    const challenge = await register({});
    const first = answerTo(challenge, 'REGISTER', uri, mine);
    expect((await register(first)).status).toBe(200);
    const replayed = await register(first);
    expect(replayed.status).toBe(401);
    expect(replayed.header('WWW-Authenticate')).toContain('stale=true');
    const second = answerTo(challenge, 'REGISTER', uri, { ...mine, nc: '00000002' });
    expect((await register(second)).status).toBe(200);
    const made = answerTo(challenge, 'REGISTER', uri, mine);
    const foreign = {
      Authorization: String(made['Authorization']).replace(/nonce="[^"]*"/, 'nonce="abc.def.ghi"'),
    };
    expect((await register(foreign)).header('WWW-Authenticate')).toContain('stale=true');
  });

  test('nobody registers for somebody else, and nobody with a contact that is no SIP URI', async () => {
    const peer = await party('1001');
    expect((await registerPeer(peer, { contact: '<tel:+4930123456>' })).status).toBe(400);
    expect((await registerPeer(peer, { contact: '<mailto:x@example.org>' })).status).toBe(400);
    expect((await registerPeer(peer, { contact: `<sips:1001@127.0.0.1:${peer.port}>` })).status).toBe(400);
    const uri = `sip:${world.address}`;
    const foreign = (headers: Headers): PeerMessage =>
      peer.send(peer.request('REGISTER', { uri, to: `<sip:1002@${world.address}>`, headers }));
    const challenge = await peer.final(foreign({}));
    const mine = { user: '1001', password: passwords['1001'] ?? '' };
    expect((await peer.final(foreign(answerTo(challenge, 'REGISTER', uri, mine)))).status).toBe(403);
    expect(await world.registrations.all(Date.now())).toEqual([]);
  });

  test('expiry is bounded, several contacts are listed, and * takes them all away', async () => {
    const brief = await registerPeer(stranger, { expires: 5 });
    expect([brief.status, brief.header('Min-Expires')]).toEqual([423, '30']);
    const long = await registerPeer(stranger, { expires: 1_000_000 });
    expect(long.header('Contact')).toMatch(/;expires=3600$/);
    const second = await registerPeer(stranger, { contact: `<sip:1001@127.0.0.1:9>;expires=60` });
    expect(
      second
        .all('Contact')
        .join(',')
        .match(/expires=/g),
    ).toHaveLength(2);
    expect((await registerPeer(stranger, { contact: '*', expires: 0 })).status).toBe(200);
    const query = await registerPeer(stranger, { contact: null });
    expect([query.status, query.all('Contact')]).toEqual([200, []]);
    expect(world.told).toEqual(['1001 reachable', '1001 unregistered']);
  });

  test('headers as long as they may be do not jam the connection to the SIP server', async () => {
    const peer = await party('1001', 'tcp');
    const long = `"${'x'.repeat(7_500)}"`;
    const text = peer
      .request('REGISTER', { uri: `sip:${world.address}`, to: `${long} <sip:1001@${world.address}>` })
      .replace(/^From: /m, `From: ${long} `);
    expect((await peer.final(peer.send(text))).status).toBe(401);
    const parts = { uri: `sip:4000@${world.address}`, body: SDP, to: `${long} <sip:4000@${world.address}>` };
    expect((await peer.final(peer.send(peer.request('INVITE', parts)))).status).toBe(407);
    expect((await call()).status).toBe(407);
    expect(world.edge.health().up).toBe(true);
  });
});
