// A real coturn takes the credentials we hand to browsers, relays with them, and takes no others.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iceServersFor } from '../../app/auth/turn.ts';
import { freePorts } from '../../app/supervisor/ports.ts';
import { until } from '../support/until.ts';

const secret = 'a-secret-shared-with-coturn';
let folder = '';
let port = 0;
let coturn: ChildProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordboard-turn-'));
  [port = 0] = await freePorts(1);
  const args = [
    ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--simple-log', '--log-file=stdout'],
    ...['--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=cordboard', '--allow-loopback-peers'],
    ...['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`],
    `--pidfile=${join(folder, 'pid')}`,
    `--userdb=${join(folder, 'users')}`,
  ];
  coturn = spawn('turnserver', args, { cwd: folder, stdio: 'ignore' });
  await until('coturn listens', () => reaches(port));
});
afterAll(async () => {
  const ended = once(coturn, 'exit');
  coturn.kill();
  await ended;
  rmSync(folder, { recursive: true });
});

const reaches = (tcpPort: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(tcpPort, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** Sends two packets to itself through the relay; resolves with what turnutils_uclient said, and whether it got through. */
const relay = (username: string, credential: string): Promise<{ through: boolean; said: string }> =>
  new Promise((resolve) => {
    const args = ['-u', username, '-w', credential, '-n', '2', '-m', '1', '-y', '-e', '127.0.0.1'];
    execFile(
      'turnutils_uclient',
      [...args, '-p', String(port), '127.0.0.1'],
      { timeout: 30_000 },
      (error, out, err) => {
        const said = out + err;
        resolve({ through: error === null && /Total lost packets 0 /.test(said), said });
      },
    );
  });

const credentialsAt = (now: number) => {
  const [server] = iceServersFor([{ scheme: 'turn', host: '127.0.0.1', port, secret }], '1001', now);
  if (!server) throw new Error('no server');
  return server;
};

it('relays with the credentials a browser gets', async () => {
  const { username, credential } = credentialsAt(Date.now());
  const { through, said } = await relay(username, credential);
  expect(through, said).toBe(true);
});

it('refuses them when their time is over, and with another name or another secret', async () => {
  const fresh = credentialsAt(Date.now());
  const old = credentialsAt(Date.now() - 24 * 60 * 60_000);
  const attempts = [
    [old.username, old.credential],
    [fresh.username.replace('1001', '1002'), fresh.credential],
    [fresh.username, `${fresh.credential.slice(0, -2)}A=`],
  ] as const;
  for (const [username, credential] of attempts) {
    const { through, said } = await relay(username, credential);
    expect(through).toBe(false);
    expect(said).toMatch(/Cannot complete Allocation/);
  }
});
