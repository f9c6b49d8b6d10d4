// A real coturn on loopback, with a secret for credentials as Cordboard makes them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../app/supervisor/ports.ts';
import { until } from './until.ts';

export interface Coturn {
  readonly port: number;
  readonly secret: string;
  stop(): Promise<void>;
}

export async function coturn(): Promise<Coturn> {
  const secret = 'a-secret-shared-with-coturn';
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-turn-'));
  const [port = 0] = await freePorts(1);
  const args = [
    ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--simple-log', '--log-file=stdout'],
    ...['--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=cordboard', '--allow-loopback-peers'],
    ...['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`],
    `--pidfile=${join(folder, 'pid')}`,
    `--userdb=${join(folder, 'users')}`,
  ];
  const child = spawn('turnserver', args, { cwd: folder, stdio: 'ignore' });
  await until('coturn listens', () => reaches(port));
  return {
    port,
    secret,
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const reaches = (tcpPort: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(tcpPort, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
