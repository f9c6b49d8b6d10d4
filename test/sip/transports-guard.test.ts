// The embedded server's connections under people who mean no good, and its certificates while it runs.
import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { connect as connectTls, createServer as createTlsServer, type PeerCertificate } from 'node:tls';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { SipServerOptions } from '@cordboard/sip-server';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { phoneMissing, startPhone } from '../support/baresip.ts';
import { certificateAuthority, type IssuedCertificate } from '../support/certificates.ts';
import { launchEmbedded, type LaunchedSipServer } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { tlsWire, webSocketWire } from '../support/sip-wires.ts';
import { connectApp, next, type SrfApp, type SrfDialog } from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

const run = promisify(execFile);
const authority = certificateAuthority();
const certificate = authority.issue('DNS:localhost', 'IP:127.0.0.1');
afterAll(() => authority.remove());

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
const keep = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing);
  return thing;
};

async function launched(overrides: Partial<SipServerOptions> = {}): Promise<LaunchedSipServer> {
  const server = await launchEmbedded({ certificate }, overrides);
  open.push({ close: () => server.stop() });
  return server;
}

const address = (server: LaunchedSipServer, which: 'tls' | 'ws' | 'wss'): { host: string; port: number } => {
  const found = server[which];
  if (!found) throw new Error(`no ${which}`);
  return found;
};

const answering = async (server: LaunchedSipServer): Promise<SrfApp> =>
  keep(await connectApp(server.control, { options: (_req, res) => res.send(200) }));

/** Asks with OPTIONS and waits for the 200. */
async function served(peer: SipPeer): Promise<void> {
  peer.send(peer.request('OPTIONS'));
  await peer.receive(200);
}

const raw = async (at: { host: string; port: number }): Promise<Socket> => {
  const socket = connect(at);
  socket.on('error', () => undefined);
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
};

const closed = (socket: Socket): Promise<unknown> =>
  within('the connection is closed', new Promise((resolve) => socket.once('close', resolve)), 20_000);

describe('connections', () => {
  test.each(['tcp', 'tls', 'ws', 'wss'] as const)('%s: one that says nothing is closed', async (protocol) => {
    const server = await launched({ limits: { firstMessageMs: 150 } });
    const { sip } = server;
    const wires = {
      tcp: async () => (await SipPeer.tcp(sip)).closed,
      tls: async () => (await SipPeer.tls(address(server, 'tls'), authority.ca)).closed,
      ws: async () => (await SipPeer.webSocket(address(server, 'ws'), undefined)).closed,
      wss: async () => (await SipPeer.webSocket(address(server, 'wss'), authority.ca)).closed,
    };
    await within('the silent one is closed', wires[protocol](), 20_000);
  });

  test.each(['tcp', 'tls'] as const)(
    '%s: a header that trickles in is cut off, beside one that is served',
    async (protocol) => {
      const server = await launched({ limits: { halfMessageMs: 300 } });
      await answering(server);
      const wire = keep(
        protocol === 'tls'
          ? await tlsWire(address(server, 'tls'), { ca: authority.ca })
          : await tcpOf(server),
      );
      const good = keep(await SipPeer.tls(address(server, 'tls'), authority.ca, 'good'));
      let gone = false;
      void wire.closed.then(() => (gone = true));
      await until('the trickle is cut', async () => {
        wire.send(Buffer.from('X'), { host: '', port: 0 });
        await served(good);
        return gone;
      });
    },
  );

  const tcpOf = async (server: LaunchedSipServer) => {
    const { tcpWire } = await import('../support/sip-wires.ts');
    return tcpWire(server.sip);
  };

  test('a huge Content-Length is refused with 400 and the connection closed', async () => {
    const server = await launched();
    const peer = keep(await SipPeer.tls(address(server, 'tls'), authority.ca));
    peer.send(peer.request('OPTIONS').replace('Content-Length: 0', 'Content-Length: 900000000'));
    await peer.receive(400);
    await within('closed', peer.closed, 20_000);
  });

  test('a WebSocket message beyond the limit closes that connection, others go on', async () => {
    const server = await launched();
    await answering(server);
    const [bad, good] = [
      keep(await SipPeer.webSocket(address(server, 'ws'), undefined)),
      keep(await SipPeer.webSocket(address(server, 'ws'), undefined, 'good')),
    ];
    bad.send(bad.request('OPTIONS', { body: 'x'.repeat(100_000), contentType: 'text/plain' }));
    await within('closed', bad.closed, 20_000);
    await served(good);
  });

  test('a WebSocket for another subprotocol is refused before it is one; a page gets 426', async () => {
    const server = await launched();
    const { host, port } = address(server, 'ws');
    for (const protocols of [[], ['chat']]) {
      const webSocket = new WebSocket(`ws://${host}:${port}`, protocols);
      const [error] = (await once(webSocket, 'error')) as [Error];
      expect(error.message).toContain('400');
    }
    expect((await fetch(`http://${host}:${port}/`)).status).toBe(426);
  });

  test('a handshake that is never finished is cut off: TLS and the HTTP of a WebSocket count too', async () => {
    const server = await launched({ limits: { connectionsPerHost: 3 } });
    await answering(server);
    const silent = [
      await raw(address(server, 'tls')),
      await raw(address(server, 'tls')),
      await raw(address(server, 'tls')),
    ];
    const fourth = await raw(address(server, 'tls'));
    await closed(fourth);
    for (const socket of silent) socket.destroy();
    const peer = await until('room again', () =>
      SipPeer.tls(address(server, 'tls'), authority.ca).catch(() => undefined),
    );
    await served(keep(peer));
  });

  test('those that never said anything make room for those who come', async () => {
    const server = await launched({ limits: { unprovenConnections: 2 } });
    await answering(server);
    const first = keep(await SipPeer.tcp(server.sip));
    const [second, third] = [keep(await SipPeer.tcp(server.sip)), keep(await SipPeer.tcp(server.sip))];
    await within('the oldest is closed', first.closed, 20_000);
    await served(second);
    await served(third);
  });

  test('noise instead of a TLS handshake harms nobody', async () => {
    const server = await launched();
    await answering(server);
    const noise = await raw(address(server, 'tls'));
    noise.write(Buffer.alloc(2000, 0x41));
    await closed(noise);
    await served(keep(await SipPeer.tls(address(server, 'tls'), authority.ca)));
  });
});

describe('certificates', () => {
  const shown = async (server: LaunchedSipServer, servername: string): Promise<PeerCertificate> => {
    const socket = connectTls({ ...address(server, 'tls'), servername, rejectUnauthorized: false });
    await within('handshake', once(socket, 'secureConnect'));
    const peer = socket.getPeerCertificate();
    socket.destroy();
    return peer;
  };

  test('each name gets its own (SNI), the unknown the first', async () => {
    const other = authority.issue('DNS:sip.example.org', 'DNS:*.example.net');
    const server = await launched({ certificates: [certificate, other] });
    expect((await shown(server, 'localhost')).subjectaltname).toContain('DNS:localhost');
    expect((await shown(server, 'sip.example.org')).subjectaltname).toContain('DNS:sip.example.org');
    expect((await shown(server, 'a.example.net')).subjectaltname).toContain('DNS:*.example.net');
    expect((await shown(server, 'elsewhere.test')).subjectaltname).toContain('DNS:localhost');
  });

  test('a renewal is seen by new connections, the old ones stay up; an unusable one changes nothing', async () => {
    const files: IssuedCertificate = authority.issue('DNS:old.test', 'DNS:localhost');
    const { startSipServer } = await import('@cordboard/sip-server');
    const any = { host: '127.0.0.1', port: 0 };
    const sip = await startSipServer({
      sip: any,
      control: any,
      tls: any,
      wss: any,
      secret: 'S',
      certificates: [files],
    });
    open.push({ close: () => sip.stop() });
    const { tls = any, wss = any, control } = sip.addresses;
    keep(await connectApp({ ...control, secret: 'S' }, { options: (_req, res) => res.send(200) }));
    const before = keep(await SipPeer.tls(tls, authority.ca));
    const renewed = authority.issue('DNS:new.test', 'DNS:localhost');
    copyFileSync(renewed.certFile, files.certFile);
    expect(() => sip.reloadCertificates()).toThrow();
    const nameAt = async (at: { host: string; port: number }): Promise<string | undefined> => {
      const socket = connectTls({ ...at, servername: 'localhost', ca: authority.ca });
      await within('handshake', once(socket, 'secureConnect'));
      const { subjectaltname } = socket.getPeerCertificate();
      socket.destroy();
      return subjectaltname;
    };
    expect(await nameAt(tls)).toContain('old.test');
    copyFileSync(renewed.keyFile, files.keyFile);
    sip.reloadCertificates();
    expect(await nameAt(tls)).toContain('new.test');
    expect(await nameAt(wss)).toContain('new.test');
    await served(before);
  });

  test('clients must show one when that is asked for', async () => {
    const server = await launched({ tlsVerify: 'clients', tlsCaFile: authority.caFile });
    await answering(server);
    const mine = authority.issue('DNS:phone.test');
    const [cert, key] = [readFileSync(mine.certFile), readFileSync(mine.keyFile)];
    const wire = await tlsWire(address(server, 'tls'), { ca: authority.ca, cert, key });
    await served(keep(new SipPeer(wire, address(server, 'tls'), 'alice')));
    // TLS 1.3 tells a client after its handshake that nobody believes it.
    const stranger = keep(await tlsWire(address(server, 'tls'), { ca: authority.ca }));
    await within('the stranger is cut off', stranger.closed, 20_000);
    await expect(webSocketWire(address(server, 'wss'), { ca: authority.ca })).rejects.toThrow();
  });

  /** A TLS peer that answers whatever comes with 200; resolves with its port. */
  async function tlsPeer(issued: IssuedCertificate): Promise<number> {
    const [cert, key] = [readFileSync(issued.certFile), readFileSync(issued.keyFile)];
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data: Buffer) => {
        const lines = data.toString().split('\r\n');
        const kept = lines.filter((line: string) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
        socket.write(
          ['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', '']
            .join('\r\n')
            .replace(/^(To: [^\r]*)/m, '$1;tag=x'),
        );
      });
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    keep(server);
    const where = server.address();
    return typeof where === 'object' && where ? where.port : 0;
  }

  test('a server we connect to must be who it should be', async () => {
    const server = await launched({ tlsCaFile: authority.caFile });
    const app = await answering(server);
    const stranger = certificateAuthority();
    open.push({ close: () => stranger.remove() });
    const [right, wrongName, unknown, byUri] = [
      await tlsPeer(certificate),
      await tlsPeer(authority.issue('DNS:elsewhere.test')),
      await tlsPeer(stranger.issue('DNS:localhost')),
      await tlsPeer(authority.issue('URI:sip:other.test', 'DNS:localhost')),
    ];
    const ask = async (host: string, port: number): Promise<number> => {
      const sent = await app.request(`sip:x@${host}:${port};transport=tls`, { method: 'OPTIONS' });
      return (await next<{ status: number }>(sent, 'response')).status;
    };
    expect(await ask('localhost', right)).toBe(200);
    expect(await ask('127.0.0.1', right)).toBe(200);
    expect(await ask('localhost', wrongName)).toBe(503);
    expect(await ask('localhost', unknown)).toBe(503);
    // RFC 5922 section 7.1: where SIP URIs are named, they alone count.
    expect(await ask('localhost', byUri)).toBe(503);
  });

  test('openssl agrees: verified, TLS 1.2 at least', async () => {
    const server = await launched();
    const { host, port } = address(server, 'tls');
    const args = ['s_client', '-connect', `${host}:${port}`, '-CAfile', authority.caFile];
    const asked = run('openssl', [...args, '-verify_return_error', '-servername', 'localhost'], {
      timeout: 10_000,
    });
    asked.child.stdin?.end();
    expect((await asked).stdout).toContain('Verify return code: 0 (ok)');
    const old = run('openssl', [...args, '-tls1_1'], { timeout: 10_000 });
    old.child.stdin?.end();
    await expect(old).rejects.toThrow();
  });

  test.skipIf(phoneMissing() !== undefined)('baresip registers and calls over TLS', async () => {
    const server = await launched();
    const app = keep(
      await connectApp(server.control, {
        register: (req, res) => res.send(200, { headers: { Contact: `${req.get('Contact')};expires=60` } }),
      }),
    );
    const made = new Promise<SrfDialog>((resolve, reject) => {
      app.handle('invite', (req, res) => {
        app.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
      });
    });
    const { port } = address(server, 'tls');
    const phone = await startPhone({
      user: '1001',
      password: 'x',
      edge: `127.0.0.1:${port}`,
      transport: 'tls',
      caFile: authority.caFile,
    });
    open.push({ close: () => phone.stop() });
    await phone.registered();
    await phone.dial(`sip:service@127.0.0.1:${port};transport=tls`);
    await phone.talking();
    await (await within('dialog', made)).destroy();
    await phone.callEnded();
  });
});
