// The control connection itself: authentication, frames no application sends, turns of several applications, loss.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test as plainTest } from 'vitest';
import { edgeSuite, embeddedLane } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, next, type SrfDialog } from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

/** A control connection without drachtio-srf: frames in, payloads out. */
class RawApp {
  readonly received: string[] = [];
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #count = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      for (;;) {
        const hash = this.#buffer.indexOf('#');
        const length = Number(this.#buffer.toString('latin1', 0, Math.max(hash, 0)));
        if (hash === -1 || this.#buffer.length < hash + 1 + length) return;
        this.received.push(this.#buffer.toString('utf8', hash + 1, hash + 1 + length));
        this.#buffer = this.#buffer.subarray(hash + 1 + length);
      }
    });
  }

  static async connect(control: { host: string; port: number }): Promise<RawApp> {
    const socket = connect(control);
    await within('control connection', once(socket, 'connect'));
    return new RawApp(socket);
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends one frame and gives back what answers it, without the two ids. */
  async ask(rest: string): Promise<string> {
    const id = `m${++this.#count}`;
    const payload = `${id}|${rest}`;
    this.write(`${Buffer.byteLength(payload)}#${payload}`);
    const answer = await until(`answer to ${rest}`, () =>
      this.received.find((each) => each.split('|')[2] === id),
    );
    return answer.split('|').slice(3).join('|');
  }

  close(): void {
    this.#socket.destroy();
  }
}

describe('the control connection', () => {
  edgeSuite('control', ({ server, test, embeddedOnly }) => {
    async function withApp(body: (app: RawApp) => Promise<void>, authenticated = true): Promise<void> {
      const app = await RawApp.connect(server().control);
      try {
        if (authenticated) expect(await app.ask(`authenticate|${server().control.secret}|`)).toMatch(/^OK\|/);
        await body(app);
      } finally {
        app.close();
      }
    }

    test('a good secret is told where SIP is spoken and a version drachtio-srf pings', () =>
      withApp(async (app) => {
        const [ok, shown, version, local] = (
          await app.ask(`authenticate|${server().control.secret}|a,b`)
        ).split('|');
        const { port } = server().sip;
        expect(ok).toBe('OK');
        expect(shown).toBe(`tcp/127.0.0.1:${port},udp/127.0.0.1:${port}`);
        expect(version).toMatch(/^v\d+\.\d+\.\d+/);
        expect(local).toBe(shown);
      }, false));

    test('a bad secret is told so and disconnected', () =>
      withApp(async (app) => {
        expect(await app.ask('authenticate|guess|')).toBe('NO|incorrect secret');
        await within('closed', app.closed);
      }, false));

    test('ping is answered pong, route and remove_route OK', () =>
      withApp(async (app) => {
        expect(await app.ask('ping')).toBe('OK|pong');
        expect(await app.ask('route|publish')).toBe('OK');
        expect(await app.ask('remove_route|publish')).toBe('OK');
      }));

    for (const first of [
      'ping',
      'route|invite',
      'sip||\r\nOPTIONS sip:x@127.0.0.1:5099 SIP/2.0\r\n\r\n',
      'proxy|t||||serial|||sip:x@h\r\n\r\n',
    ]) {
      embeddedOnly(
        'the real server obeys strangers',
        `before authenticate ${JSON.stringify(first.slice(0, 12))} is refused and the stranger disconnected`,
        () =>
          withApp(async (app) => {
            expect(await app.ask(first)).toBe('NO|authentication required');
            await within('closed', app.closed);
          }, false),
      );
    }

    for (const [frame, answer] of [
      ['launch', 'NO|Unknown message type'],
      ['sip||\r\nSIP/2.0 200 OK\r\n\r\n', 'NO|transaction id missing'],
      ['proxy|t', 'NO|Invalid proxy request: not enough information provided'],
    ] as const) {
      test(`${JSON.stringify(frame)} is answered ${answer} and disconnected`, () =>
        withApp(async (app) => {
          expect(await app.ask(frame)).toBe(answer);
          await within('closed', app.closed);
        }));
    }

    for (const [frame, answer] of [
      [
        'sip|deadbeef|\r\nSIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n',
        'NOK|Response not sent due to unknown transaction',
      ],
      [
        'sip|deadbeef|\r\nSIP/2.0 200 OK\r\nCSeq: 1 CANCEL\r\n\r\n',
        'NOK|200 OK to incoming CANCEL is automatically generated by the stack',
      ],
      [
        'sip|deadbeef|\r\nCANCEL sip:x@127.0.0.1:5099 SIP/2.0\r\n\r\n',
        'NOK|unable to cancel unknown transaction id: deadbeef',
      ],
      [
        'sip||nosuch;from-tag=x\r\nACK sip:x@127.0.0.1:5099 SIP/2.0\r\n\r\n',
        'NOK|Server error: ACK for non-success final response is automatically generated by server',
      ],
      [
        'sip||nosuch;from-tag=x\r\nBYE sip:placeholder SIP/2.0\r\n\r\n',
        'NOK|Server error: unable to find dialog for dialog id provided',
      ],
      ['sip||\r\nOPTIONS nonsense SIP/2.0\r\n\r\n', 'NOK|invalid request-uri: OPTIONS nonsense SIP/2.0'],
      [
        'sip||\r\nFOO sip:x@127.0.0.1:5099 SIP/2.0\r\n\r\n',
        'NOK|invalid request-uri: FOO sip:x@127.0.0.1:5099 SIP/2.0',
      ],
      [
        'sip||\r\nOPTIONS sip:x@127.0.0.1:5099;transport=tls SIP/2.0\r\n\r\n',
        'NOK|requested protocol/transport not available',
      ],
      ['sip||\r\nMESSAGE sip:x@127.0.0.1:5099 SIP/2.0\r\n\r\nhello', 'NOK|missing content-type'],
      [
        'proxy|deadbeef||fullResponse||serial|||sip:x@127.0.0.1:5099\r\nINVITE sip:x@127.0.0.1:5099 SIP/2.0\r\n\r\n',
        'NOK|Unknown transaction id: deadbeef',
      ],
    ] as const) {
      test(`${JSON.stringify(frame.slice(0, 60))} is refused`, () =>
        withApp(async (app) => {
          expect(await app.ask(frame)).toBe(answer);
          expect(await app.ask('ping')).toBe('OK|pong');
        }));
    }

    test('frames are understood one byte at a time', () =>
      withApp(async (app) => {
        for (const byte of '7#q1|ping') {
          app.write(byte);
          await until('the byte is on its way', () => true);
        }
        expect(await until('pong', () => app.received.find((each) => each.includes('|q1|')))).toMatch(
          /\|OK\|pong$/,
        );
      }));

    for (const garbage of ['x#y', 'GET / HTTP/1.1\r\n\r\n', '9999999#x']) {
      test(`${JSON.stringify(garbage)} instead of a frame ends the connection`, () =>
        withApp(async (app) => {
          app.write(garbage);
          await within('closed', app.closed);
        }));
    }

    embeddedOnly('the real server falls silent at 12 KB', 'a frame of 100 kB is understood', () =>
      withApp(async (app) => {
        const big = `sip|deadbeef|\r\nSIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n${'x'.repeat(100_000)}`;
        expect(await app.ask(big)).toBe('NOK|Response not sent due to unknown transaction');
      }),
    );

    test('applications take turns, each verb for itself', async () => {
      const seen: string[] = [];
      const handle = (name: string) => ({
        options: (_req: unknown, res: { send(status: number): void }) => {
          seen.push(name);
          res.send(200);
        },
      });
      const apps = await Promise.all(['a', 'b'].map((name) => connectApp(server().control, handle(name))));
      const phone = await SipPeer.udp(server().sip);
      try {
        await until('both have their turn', async () => {
          seen.length = 0;
          for (let i = 0; i < 6; i++) {
            phone.send(phone.request('OPTIONS'));
            await phone.receive((message) => message.status !== undefined);
          }
          return seen.length === 6;
        });
        const [first = '', second = ''] = seen;
        expect(seen).toEqual([first, second, first, second, first, second]);
        expect(new Set(seen).size).toBe(2);
      } finally {
        apps.forEach((app) => app.close());
        await phone.close();
      }
    });

    test('without an application a new request gets 503, what belongs to no dialog 481', async () => {
      const phone = await SipPeer.udp(server().sip);
      try {
        const invite = phone.send(phone.request('INVITE', { body: SDP }));
        await phone.receive(100);
        phone.send(phone.ackOfFailure(invite, await phone.receive(503)));
        for (const method of ['BYE', 'UPDATE']) {
          phone.send(phone.request(method, { to: '<sip:x@127.0.0.1>;tag=nobody' }));
          await phone.receive((message) => message.status === 481 && message.cseq.endsWith(method));
        }
        const late = phone.send(phone.request('INVITE', { body: SDP, to: '<sip:x@127.0.0.1>;tag=nobody' }));
        phone.send(phone.ackOfFailure(late, await phone.receive(481)));
        phone.send(phone.cancelOf(phone.send(phone.request('OPTIONS'))));
        await phone.receive((message) => message.status === 481 && message.cseq.endsWith('CANCEL'));
      } finally {
        await phone.close();
      }
    });

    embeddedOnly(
      'the real server does not answer at all',
      'REFER and unknown methods without a dialog get 405 with Allow',
      async () => {
        const phone = await SipPeer.udp(server().sip);
        try {
          for (const method of ['REFER', 'BREW']) {
            phone.send(phone.request(method));
            const refused = await phone.receive(
              (message) => message.status === 405 && message.cseq.endsWith(method),
            );
            expect(refused.header('Allow')).toContain('INVITE');
          }
        } finally {
          await phone.close();
        }
      },
    );

    embeddedOnly(
      'the real server leaves them without an answer',
      'an application that goes leaves nobody waiting',
      async () => {
        const phone = await SipPeer.udp(server().sip);
        const app = await connectApp(server().control);
        const arrived = new Promise((resolve) => app.handle('invite', resolve));
        const invite = phone.send(phone.request('INVITE', { body: SDP }));
        await within('INVITE at the application', arrived);
        app.close();
        phone.send(phone.ackOfFailure(invite, await phone.receive(503)));
        await phone.close();
      },
    );

    test('a dialog whose application is gone: the phone’s BYE gets 481', async () => {
      const phone = await SipPeer.udp(server().sip);
      const app = await connectApp(server().control);
      const answered = new Promise<SrfDialog>((resolve) => {
        app.handle('invite', (req, res) => void app.createUAS(req, res, { localSdp: SDP }).then(resolve));
      });
      const invite = phone.send(phone.request('INVITE', { body: SDP }));
      const ok = await phone.receive(200);
      phone.send(phone.inDialog('ACK', invite, ok));
      await within('answered', answered);
      const closed = next(app, 'close');
      app.close();
      await closed;
      phone.send(phone.inDialog('BYE', invite, ok));
      await phone.receive((message) => message.status === 481 && message.cseq.endsWith('BYE'));
      await phone.close();
    });
  });
});

plainTest('a secret must be given', async () => {
  const { startSipServer } = await import('@cordboard/sip-server');
  const at = { host: '127.0.0.1', port: 0 };
  await expect(startSipServer({ sip: at, control: at, secret: '' })).rejects.toThrow(
    'secret must not be empty',
  );
  expect(embeddedLane.missing).toBeUndefined();
});
