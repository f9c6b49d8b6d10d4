// Janus as a child of ours: what it listens on, what it leaves behind, and what is said when it cannot be had.

import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../../app/supervisor/ports.ts';
import type { JanusSettings } from '../../gateway/janus/configuration.ts';
import { JanusProcess } from '../../gateway/janus/process.ts';
import { janusSecrets } from '../../gateway/janus/secrets.ts';
import { until } from '../support/until.ts';

let folder: string;
let settings: Omit<JanusSettings, 'libraries'>;
let janus: JanusProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-janus-process-'));
  const [webSocketPort = 0, adminPort = 0] = await freePorts(2);
  const { apiSecret, adminSecret, roomKey } = janusSecrets(folder);
  settings = {
    ...{
      folder: path.join(folder, 'janus'),
      debugLevel: 4,
      apiSecret,
      adminSecret,
      roomKey,
      webSocketPort,
      adminPort,
    },
    ...{ webrtcPorts: '27000-27099', sipPorts: '27100-27199', sipAddress: '127.0.0.1' },
    ...{ iceAddress: undefined, publicAddress: undefined },
  };
});

afterEach(async () => {
  await janus?.stop();
  janus = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Sockets a process listens on, as `tcp 127.0.0.1:8188`. */
const listening = (pid: number): string[] =>
  execFileSync('ss', ['-H', '-lntup'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`pid=${pid},`))
    .map((line) => line.split(/\s+/))
    .map(([protocol, , , , address]) => `${protocol} ${address}`);

test('it listens on two loopback ports and nothing else, keeps its secrets to itself, and leaves nothing behind', async () => {
  janus = new JanusProcess({ settings });
  await janus.start();
  const { pid } = janus;
  if (pid === undefined) throw new Error('no process');
  const { webSocketPort, adminPort } = settings;
  expect(listening(pid).sort()).toEqual(
    [`tcp 127.0.0.1:${webSocketPort}`, `tcp 127.0.0.1:${adminPort}`].sort(),
  );
  expect(statSync(settings.folder).mode & 0o777).toBe(0o700);
  expect(statSync(path.join(settings.folder, 'janus.jcfg')).mode & 0o777).toBe(0o600);
  expect(execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })).not.toContain(
    settings.apiSecret,
  );

  await janus.stop();
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(existsSync(settings.folder)).toBe(false);
});

test('killed again and again it is started again, with a pause that grows', async () => {
  const pauses: number[] = [];
  janus = new JanusProcess({ settings, onDied: (_, againInMs) => pauses.push(againInMs) });
  await janus.start();
  for (const deaths of [1, 2, 3]) {
    const pid = await until('it is up', () => (janus?.up ? janus.pid : undefined), { withinMs: 20_000 });
    process.kill(pid, 'SIGKILL');
    await until('the death is noticed', () => pauses.length === deaths);
  }
  await until('it is up again', () => janus?.up, { withinMs: 20_000 });
  expect(pauses).toEqual([100, 250, 500]);
});

test('left over by a parent that was killed, it is ended before the next is started on its ports', async () => {
  const parent = runMain();
  try {
    await once(parent.stdout, 'ready');
    const pid = Number(readFileSync(path.join(settings.folder, 'janus.pid'), 'utf8'));
    parent.kill('SIGKILL');
    await until('the parent is gone', () => parent.signalCode !== null);

    janus = new JanusProcess({ settings });
    await janus.start();
    expect(janus.pid).not.toBe(pid);
    await until('the old one is gone', () => !existsSync(`/proc/${pid}`));
  } finally {
    parent.kill('SIGKILL');
  }
});

test('as a program of its own: ready when Janus answers, gone with Janus on SIGTERM', async () => {
  const parent = runMain();
  await once(parent.stdout, 'ready');
  const pid = Number(readFileSync(path.join(settings.folder, 'janus.pid'), 'utf8'));
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  parent.kill('SIGTERM');
  await until('it exited cleanly', () => parent.exitCode === 0);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

function runMain(): ChildProcessByStdio<null, Readable, null> {
  const main = path.resolve('gateway/janus/main.ts');
  const { webSocketPort, adminPort } = settings;
  const where = ['--folder', settings.folder, '--secrets', folder];
  const ports = ['--port', String(webSocketPort), '--admin-port', String(adminPort)];
  const node = ['--conditions=cordboard-source', '--import', 'tsx', main];
  return spawn(process.execPath, [...node, ...where, ...ports], { stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Resolves with the first line of that text. */
async function once(stream: Readable, wanted: string): Promise<void> {
  const lines: string[] = [];
  stream.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n')));
  await until(`it prints ${wanted}`, () => lines.includes(wanted), { withinMs: 20_000 });
}

test('a program that is not there is one clear line', async () => {
  janus = new JanusProcess({ settings, program: 'no-such-janus' });
  await expect(janus.start()).rejects.toMatchObject({
    reason: 'not_installed',
    message: 'Janus (no-such-janus) is not installed: apt-get install janus, or set CORDBOARD_JANUS_URL.',
  });
});

test('one that ends at once is told as such', async () => {
  janus = new JanusProcess({ settings, program: 'true' });
  await expect(janus.start()).rejects.toMatchObject({ reason: 'exited' });
});

test('a port that is taken is told, and somebody else there is not mistaken for Janus', async () => {
  const thief = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => thief.listen(settings.webSocketPort, '127.0.0.1', done));
  try {
    janus = new JanusProcess({ settings });
    await expect(janus.start()).rejects.toThrow(/Janus/);
  } finally {
    await new Promise((done) => thief.close(done));
  }
});

test('secrets are made once, for the owner only, and are the same for every program that asks', () => {
  expect(janusSecrets(folder)).toEqual(janusSecrets(folder));
  expect(statSync(path.join(folder, 'janus.json')).mode & 0o777).toBe(0o600);
  const { apiSecret, adminSecret, roomKey, ownershipKey } = janusSecrets(folder);
  expect(new Set([apiSecret, adminSecret, roomKey, ownershipKey]).size).toBe(4);
});
