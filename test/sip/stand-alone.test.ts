// The server as a program of its own: what it prints, how it ends, what it says about mistakes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { certificateAuthority } from '../support/certificates.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { connectApp } from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

const MAIN = path.resolve(import.meta.dirname, '../../gateway/embedded/sip-server/src/main.ts');

interface Program {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly code: Promise<number | null>;
}

function run(...argv: string[]): Program {
  const child = spawn(process.execPath, ['--conditions=cordboard-source', '--import', 'tsx', MAIN, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  return {
    child,
    out: () => out,
    err: () => err,
    code: once(child, 'close').then(([code]: (number | null)[]) => code ?? null),
  };
}

const addressIn = (out: string, what: string): { host: string; port: number } => {
  const [, host = '', port = '0'] = new RegExp(`${what} ([\\d.]+):(\\d+)`).exec(out) ?? [];
  return { host, port: Number(port) };
};

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`it says ready, serves, and ends on ${signal}`, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'edge-secret-'));
    writeFileSync(path.join(folder, 'secret'), 'from-a-file\n');
    const program = run(
      '--sip',
      '127.0.0.1:0',
      '--control',
      '127.0.0.1:0',
      '--secret-file',
      path.join(folder, 'secret'),
    );
    try {
      await until('ready', () => program.out().split('\n').includes('ready'), { withinMs: 30_000 });
      const sip = addressIn(program.out(), 'sip');
      const app = await connectApp(
        { ...addressIn(program.out(), 'control'), secret: 'from-a-file' },
        { options: (_req, res) => res.send(200) },
      );
      for (const protocol of ['udp', 'tcp'] as const) {
        const phone = await SipPeer[protocol](sip);
        phone.send(phone.request('OPTIONS'));
        await phone.receive(200);
        await phone.close();
      }
      app.close();
      program.child.kill(signal);
      expect(await within('it ends', program.code)).toBe(0);
      expect(program.err()).toBe('');
    } finally {
      program.child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test('a taken port is named in one line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  try {
    for (const argv of [
      ['--sip', `127.0.0.1:0`, '--control', `127.0.0.1:${port}`],
      ['--sip', `127.0.0.1:${port}`, '--control', '127.0.0.1:0'],
    ]) {
      const program = run(...argv, '--secret', 'S');
      expect(await within('it ends', program.code, 30_000)).toBe(1);
      expect(program.err()).toBe(`sip-server: port taken: 127.0.0.1:${port} is in use by another program\n`);
      expect(program.out()).toBe('');
    }
  } finally {
    taken.close();
  }
});

test('a wrong argument is named in one line, with what was expected', async () => {
  const program = run('--sip', 'localhost', '--control', '127.0.0.1:0', '--secret', 'S');
  expect(await within('it ends', program.code, 30_000)).toBe(2);
  expect(program.err()).toBe(
    'sip-server: --sip localhost is not valid; expected HOST:PORT with a port from 0 to 65535\n',
  );
});

test('a certificate that cannot be read, or whose key does not fit, is named in one line', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'edge-secret-'));
  const authority = certificateAuthority();
  try {
    const [one, other] = [authority.issue('DNS:one.test'), authority.issue('DNS:other.test')];
    const missing = path.join(folder, 'missing.pem');
    const base = [
      '--sip',
      '127.0.0.1:0',
      '--control',
      '127.0.0.1:0',
      '--secret',
      'S',
      '--tls',
      '127.0.0.1:0',
    ];
    for (const [cert, key, said] of [
      [missing, one.keyFile, `${missing} cannot be read (ENOENT)`],
      [one.certFile, other.keyFile, 'certificate and key cannot be used (ERR_OSSL_X509_KEY_VALUES_MISMATCH)'],
    ] as const) {
      const program = run(...base, '--tls-cert', cert, '--tls-key', key);
      expect(await within('it ends', program.code, 30_000)).toBe(2);
      expect(program.err()).toBe(`sip-server: ${said}\n`);
    }
  } finally {
    authority.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('SIGHUP reads the certificates again', async () => {
  const authority = certificateAuthority();
  const files = authority.issue('DNS:old.test');
  const any = '127.0.0.1:0';
  const program = run(
    ...['--sip', any, '--control', any, '--secret', 'S', '--tls', any],
    ...['--tls-cert', files.certFile, '--tls-key', files.keyFile],
  );
  try {
    await until('ready', () => program.out().split('\n').includes('ready'), { withinMs: 30_000 });
    const shown = async (): Promise<string> => {
      const socket = connectTls({ ...addressIn(program.out(), 'tls'), rejectUnauthorized: false });
      await within('handshake', once(socket, 'secureConnect'));
      const { subjectaltname = '' } = socket.getPeerCertificate();
      socket.destroy();
      return subjectaltname;
    };
    expect(await shown()).toBe('DNS:old.test');
    const renewed = authority.issue('DNS:new.test');
    copyFileSync(renewed.certFile, files.certFile);
    copyFileSync(renewed.keyFile, files.keyFile);
    program.child.kill('SIGHUP');
    await until('the new one', async () => (await shown()) === 'DNS:new.test');
    program.child.kill('SIGTERM');
    expect(await within('it ends', program.code)).toBe(0);
  } finally {
    program.child.kill('SIGKILL');
    authority.remove();
  }
});
