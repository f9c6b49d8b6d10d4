// Bad input at every door of a running Cordboard while two people talk: it is refused or dropped as the protocol says, the two
// talk on, no part is started again, and nothing is lost.

import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { phoneMissing, type Phone } from '../support/baresip.ts';
import { atPhone, hearEachOther } from '../support/hearing.ts';
import { JanusClient } from '../support/janus-client.ts';
import { mutate, seeded } from '../support/malformed.ts';
import { signIn, type AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { until, within } from '../support/until.ts';
import { apiOf, clientOf, codeOf } from '../contract/http-client.ts';

const seed = 4_475;
const missing = phoneMissing();

describe.skipIf(missing !== undefined)(`bad input${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let scene: Scene;
  let caller: Phone;
  let phone: Phone;
  let desk: AgentDesk;
  let talk: string;
  let pids: Record<string, number | undefined>;

  const partIds = () => ({
    telephony: scene.cordboard.pid('telephony'),
    janus: scene.cordboard.pid('janus'),
    cordboard: scene.cordboard.pid('cordboard'),
  });
  const twoHear = () =>
    hearEachOther([atPhone('caller', caller, tones.customer), atPhone('agent', phone, tones.agent)]);

  beforeAll(async () => {
    scene = await Scene.open({ queues: { default: { max_waiting: 1 } } });
    caller = await scene.trunkPhone('4930777001');
    phone = await scene.deskPhone('1001');
    desk = await scene.desk('1001');
    await desk.goReady();
    talk = await scene.caller(caller);
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId: talk });
    await twoHear();
    pids = partIds();
  });
  afterAll(() => scene?.close());

  /** Where the switch is, as the control plane was told. */
  function switchAddress(): { eslPort: number; password: string; sipPort: number } {
    const environment = readFileSync(`/proc/${scene.cordboard.pid('cordboard')}/environ`, 'utf8').split('\0');
    const name = 'CORDBOARD_FREESWITCH_URL=';
    const url = new URL(environment.find((entry) => entry.startsWith(name))?.slice(name.length) ?? '');
    const sip = url.searchParams.get('sip') ?? '';
    return {
      eslPort: Number(url.port),
      password: decodeURIComponent(url.password),
      sipPort: Number(sip.split(':')[1]),
    };
  }

  /** Writes bytes to a TCP port, and gives what came back until the other side closed (or we lost patience and did). */
  async function tcp(port: number, bytes: string | Buffer, patienceMs = 300): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined); // A reset is one way of refusing; `close` follows.
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.write(bytes);
    await within('the connection ends', once(socket, 'close'));
    return text;
  }

  describe('while two talk', () => {
    /** After every attack: they still hear each other, everything is up, nothing was started again. */
    afterEach(async () => {
      await twoHear();
      expect((await fetch(`${scene.cordboard.url}/health/ready`)).status).toBe(200);
      expect(partIds()).toEqual(pids);
    });

    describe('SIP at the edge', () => {
      const swap = (from: RegExp, to: string) => (text: string) => text.replace(from, to);
      const refused: readonly [string, string, (text: string) => string, number][] = [
        ['no Call-ID', 'OPTIONS', swap(/Call-ID: .*\r\n/, ''), 400],
        ['no From', 'INVITE', swap(/From: .*\r\n/, ''), 400],
        ['a negative Content-Length', 'INVITE', swap(/Content-Length: \d+/, 'Content-Length: -999'), 400],
        ['a CSeq of another method', 'OPTIONS', swap(/CSeq: (\d+) \w+/, 'CSeq: $1 INVITE'), 400],
        ['a CSeq above 2^32', 'REGISTER', swap(/CSeq: \d+/, 'CSeq: 36893488147419103232'), 400],
        ['another SIP version', 'OPTIONS', swap(/ SIP\/2\.0\r\n/, ' SIP/7.0\r\n'), 505],
        ['a pipe in the Call-ID', 'INVITE', swap(/Call-ID: /, 'Call-ID: a|b'), 400],
      ];
      for (const transport of ['udp', 'tcp'] as const) {
        test(`what RFC 4475 calls invalid is answered over ${transport.toUpperCase()}`, async () => {
          const stranger = await SipPeer[transport]({ host: '127.0.0.1', port: scene.cordboard.sipPort });
          try {
            for (const [, method, change, status] of refused) {
              // Over TCP a wrong length leaves no place where the next message begins: a connection of its own.
              const peer = await SipPeer[transport]({ host: '127.0.0.1', port: scene.cordboard.sipPort });
              const body = method === 'INVITE' ? SDP : '';
              peer.send(change(peer.request(method, { body })));
              await peer.receive(status);
              await peer.close();
            }
            stranger.send(stranger.request('OPTIONS'));
            await stranger.receive(200);
          } finally {
            await stranger.close();
          }
        });
      }

      test('an unknown scheme, a stranger, somebody who is not there: each hears why', async () => {
        const peer = await SipPeer.udp({ host: '127.0.0.1', port: scene.cordboard.sipPort });
        const statusOf = async (uri: string, method = 'INVITE'): Promise<number> => {
          const sent = peer.send(peer.request(method, { uri, body: method === 'INVITE' ? SDP : '' }));
          return (await peer.final(sent)).status ?? 0;
        };
        const here = `127.0.0.1:${scene.cordboard.sipPort}`;
        try {
          expect([401, 403, 407]).toContain(await statusOf(`sip:4000@${here}`));
          expect(await statusOf('nobodyKnowsThisScheme:totallyopaquecontent')).toBeGreaterThanOrEqual(400);
          expect(await statusOf(`sip:nobody@${here}`, 'SUBSCRIBE')).toBeGreaterThanOrEqual(400);
          expect(await statusOf(`sip:nobody@${here}`, 'FROBNICATE')).toBeGreaterThanOrEqual(400);
        } finally {
          await peer.close();
        }
      });

      test('hundreds of mutated messages over UDP and TCP', async () => {
        const random = seeded(seed);
        const server = { host: '127.0.0.1', port: scene.cordboard.sipPort };
        const mallory = await SipPeer.udp(server, 'mallory');
        const methods = [
          'INVITE',
          'REGISTER',
          'OPTIONS',
          'SUBSCRIBE',
          'NOTIFY',
          'MESSAGE',
          'BYE',
          'CANCEL',
          'ACK',
        ];
        const corpus = methods.flatMap((method) => [
          mallory.request(method, {
            body: method === 'INVITE' ? SDP : '',
            uri: `sip:4000@127.0.0.1:${server.port}`,
          }),
          mallory.request(method, { to: '<sip:1001@127.0.0.1>;tag=abc', headers: { Expires: '60' } }),
        ]);
        try {
          for (let count = 0; count < 600; count += 1) {
            const message = mutate(Buffer.from(corpus[count % corpus.length] ?? ''), random);
            if (count % 10 === 0) await tcp(server.port, message, 50);
            else mallory.send(message);
          }
          // A good one at the end is answered: everything before it has been read.
          const last = mallory.send(mallory.request('OPTIONS'));
          await mallory.receive(({ callId, status }) => callId === last.callId && status === 200);
          expect(mallory.received.length).toBeGreaterThan(50);
        } finally {
          await mallory.close();
        }
      });

      test('a header without end and a datagram of 64 KB are no reason to stop', async () => {
        const peer = await SipPeer.udp({ host: '127.0.0.1', port: scene.cordboard.sipPort });
        try {
          peer.send(peer.request('OPTIONS', { headers: { 'X-Long': 'x'.repeat(60_000) } }));
          await tcp(
            scene.cordboard.sipPort,
            `OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nX-Long: ${'x'.repeat(200_000)}`,
          );
          await tcp(scene.cordboard.sipPort, '\0'.repeat(100_000));
          const good = peer.send(peer.request('OPTIONS'));
          await peer.receive(({ callId, status }) => callId === good.callId && status === 200);
        } finally {
          await peer.close();
        }
      });
    });

    describe('the inner ports, for whoever is on this machine', () => {
      test('the event socket: no password, a wrong one, garbage, a line without end', async () => {
        const { eslPort } = switchAddress();
        expect(await tcp(eslPort, 'api status\n\n')).not.toContain('UP ');
        expect(await tcp(eslPort, 'auth ClueCon\n\n')).toContain('-ERR invalid');
        const random = seeded(seed);
        const good = Buffer.from(
          'auth x\n\napi show channels as json\n\nsendmsg 1\ncall-command: hangup\n\n',
        );
        for (let count = 0; count < 30; count += 1) {
          const answer = await tcp(eslPort, mutate(good, random), 50);
          expect(answer).not.toContain('row_count');
          expect(answer).not.toContain('+OK accepted');
        }
        expect(await tcp(eslPort, 'x'.repeat(2_000_000))).not.toContain('+OK');
      });

      test('the event socket, signed in: what is unknown or wrong is -ERR, never +OK', async () => {
        const { eslPort, password } = switchAddress();
        const wrong = [
          'api',
          'api no_such_command',
          'api uuid_kill',
          'api uuid_kill not-a-uuid',
          'api uuid_bridge a',
          'api originate',
          'api originate {origination_uuid=x sofia/cordboard/x &park()',
          'api uuid_record nobody start ../../../etc/passwd',
          'bgapi',
          'event',
          'sendmsg',
          'nonsense',
        ];
        for (const command of wrong) {
          const answer = await tcp(eslPort, `auth ${password}\n\n${command}\n\nexit\n\n`, 1_000);
          const [, accepted = '', ...rest] = answer.split(/(?=Content-Type: )/);
          expect(accepted).toContain('+OK accepted');
          expect(rest[0], `${command}: ${rest.join('')}`).toMatch(/-ERR|-USAGE/);
        }
      });

      test('the switch’s SIP port: SDP nobody can use is 488, and no channel is left of it', async () => {
        const { sipPort } = switchAddress();
        const peer = await SipPeer.udp({ host: '127.0.0.1', port: sipPort });
        const bodies = {
          'no SDP at all': 'this is no description',
          'no audio': SDP.replace('m=audio 50000 RTP/AVP 0', 'm=video 50000 RTP/AVP 96'),
          'no codec we speak': SDP.replace('RTP/AVP 0', 'RTP/AVP 18'),
          'no address': SDP.replace('c=IN IP4 127.0.0.1\r\n', ''),
          'an address that is none': SDP.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 999.1.1.1'),
          'a port that is none': SDP.replace('50000', '99999'),
          'lines without values': SDP.replace('s=-', 's').replace('t=0 0', 't'),
        };
        const before = (await scene.channels()).length;
        try {
          for (const [what, body] of Object.entries(bodies)) {
            const sent = peer.send(peer.request('INVITE', { uri: `sip:4000@127.0.0.1:${sipPort}`, body }));
            const final = await peer.receive(
              ({ callId, status }) => callId === sent.callId && (status ?? 0) >= 200,
            );
            peer.send(peer.ackOfFailure(sent, final));
            expect([400, 415, 488], `${what}: ${final.startLine}`).toContain(final.status);
          }
        } finally {
          await peer.close();
        }
        expect((await scene.channels()).length).toBe(before);
      });
    });

    describe('HTTP', () => {
      const http = () => clientOf(scene.cordboard.url);
      const v1 = () => apiOf(scene.cordboard.url);
      const nobody = '00000000-0000-4000-8000-000000000000';

      test('every mistake has its status and its code', async () => {
        const token = await signIn(scene.cordboard.url, 'supervisor', scene.cordboard.demoPassword);
        const answers = [
          await v1()('POST', '/sign-in', { body: '{"username": "1001", "pass' }),
          await v1()('POST', '/sign-in', { body: { username: 7 } }),
          await v1()('POST', '/sign-in', { body: { username: '1001', password: 'wrong-password' } }),
          await v1()('POST', '/sign-in', { body: `"${'x'.repeat(3_000_000)}"` }),
          await v1()('POST', '/sessions', { body: { link: 'no-link' } }),
          await v1()('GET', '/calls', { token: `${token}x` }),
          await v1()('GET', `/calls/${nobody}`, { token }),
          await v1()('GET', '/calls/no-uuid', { token }),
          await v1()('GET', `/recordings/${nobody.replaceAll('-', '')}/sound?link=none`),
          await v1()('GET', '/calls?limit=lots', { token }),
          await v1()('DELETE', '/calls', { token }),
          await v1()('GET', '/no-such-thing', { token }),
          await http()('GET', '/../../etc/passwd'),
        ];
        expect(answers.map(({ status }) => status)).toEqual([
          400, 400, 401, 413, 404, 401, 404, 404, 404, 400, 405, 404, 404,
        ]);
        for (const answer of answers.slice(0, -1)) expect(codeOf(answer)).toMatch(/^[a-z_]+$/);
      });

      test('bytes that are not HTTP are answered 400 or 431, and closed', async () => {
        const { port } = new URL(scene.cordboard.url);
        expect(await tcp(Number(port), 'GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
        expect(await tcp(Number(port), `GET / HTTP/1.1\r\nX: ${'x'.repeat(50_000)}\r\n\r\n`)).toMatch(
          /^HTTP\/1\.1 431 /,
        );
        const random = seeded(seed);
        const good = Buffer.from('POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
        for (let count = 0; count < 60; count += 1) await tcp(Number(port), mutate(good, random), 30);
      });
    });

    describe('sockets', () => {
      const socketUrl = (path: string): string => `${scene.cordboard.url.replace('http', 'ws')}${path}`;

      test('frames that are no Socket.IO end the connection, not the server', async () => {
        const random = seeded(seed);
        const good = Buffer.from('42/agent,1["ready",{"a":[1,2,{"_placeholder":true,"num":0}]}]');
        for (let count = 0; count < 40; count += 1) {
          const socket = new WebSocket(socketUrl('/socket.io/?EIO=4&transport=websocket'));
          socket.on('error', () => undefined);
          await within('it opens', once(socket, 'open'));
          socket.send('40/agent,{"token":"forged"}');
          socket.send(mutate(good, random), { binary: count % 4 === 0 });
          socket.send('x'.repeat(count % 10 === 0 ? 3_000_000 : 10));
          socket.close();
          await within('it closes', once(socket, 'close'));
        }
      });

      test('an agent whose page sends nonsense is told what is wrong with it', async () => {
        const { url, demoPassword } = scene.cordboard;
        const socket: Socket = io(`${url}/agent`, {
          auth: { token: await signIn(url, '1002', demoPassword) },
          transports: ['websocket'],
          forceNew: true,
        });
        try {
          await until('it is connected', () => socket.connected);
          for (const [command, payload] of [
            ['signIn', { device: 'telepathy' }],
            ['signIn', 'sip'],
            ['break', { reason: 7 }],
            ['hold', { sessionId: 'no-such-call' }],
          ] as const) {
            const answer: unknown = await socket.timeout(5_000).emitWithAck(command, payload);
            expect(answer, command).toMatchObject({ ok: false });
            expect((answer as { error: { code: string } }).error.code, command).toMatch(/^[a-z_]+$/);
          }
          socket.emit('no-such-command', { __proto__: null });
          socket.emit('ready');
        } finally {
          socket.disconnect();
        }
      });

      test('a browser that speaks nonsense to Janus is refused at our door', async () => {
        const { url, demoPassword } = scene.cordboard;
        const token = await signIn(url, '1002', demoPassword);
        await expect(JanusClient.open(socketUrl('/janus'), 'forged')).rejects.toThrow('401');
        const random = seeded(seed);
        for (let count = 0; count < 20; count += 1) {
          const client = await JanusClient.open(socketUrl('/janus'), token);
          const session_id = await client.create();
          const good = { janus: 'attach', plugin: 'janus.plugin.sip', transaction: 'x', session_id };
          client.raw(mutate(Buffer.from(JSON.stringify(good)), random));
          if (count % 5 === 0) client.raw('x'.repeat(2_000_000));
          client.vanish();
        }
        const client = await JanusClient.open(socketUrl('/janus'), token);
        const session_id = await client.create();
        const answer = await client.ask({ janus: 'attach', session_id, plugin: 'janus.plugin.echotest' });
        expect(answer.janus).toBe('error');
        client.close();
      });
    });

    describe('a full queue', () => {
      /** The session that was refused after so many facts; it must be on the record like any other call. */
      async function refusedSince(seen: number): Promise<string> {
        const refusal = await until('the refusal is seen', () =>
          scene.board.facts.slice(seen).find(({ fact }) => fact['ending'] === 'refused'),
        );
        const sessionId = String(refusal.fact['sessionId']);
        scene.called('refused', sessionId);
        return sessionId;
      }

      test('the caller hears busy, the web customer is told, each leaves a record; who waits keeps waiting', async () => {
        const waiting = await scene.trunkPhone('4930777002');
        const first = await scene.caller(waiting);
        const late = await scene.trunkPhone('4930777003');
        const seen = scene.board.facts.length;
        await late.dial(`sip:4000@${scene.edge}`);
        expect(await late.callEnded()).toMatch(/^486 /);
        expect(await scene.board.record(await refusedSince(seen))).toMatchObject({
          ending: 'refused',
          source: 'phone',
        });

        const [, link = ''] = (scene.cordboard.ready.customerLink ?? '').split('/c/');
        const before = scene.board.facts.length;
        const answer = await apiOf(scene.cordboard.url)('POST', '/sessions', { body: { link } });
        expect([answer.status, codeOf(answer)]).toEqual([409, 'queue_full']);
        const turnedAway = await refusedSince(before);
        expect(await scene.board.record(turnedAway)).toMatchObject({ ending: 'refused', source: 'web' });

        expect(scene.board.kindsOf(first)).not.toContain('session.ended');
        await waiting.hangUp();
        expect((await scene.board.record(first)).ending).toMatch(/^abandoned_/);
      });
    });
  });

  test('the call that went on through all of it ends normally, and nothing was lost', async () => {
    await caller.hangUp();
    await phone.callEnded();
    expect(await scene.board.record(talk)).toMatchObject({ ending: 'customer_hung_up', agentId: '1001' });
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: '' });
    await scene.judge();
    expect(partIds()).toEqual(pids);
  });
});
