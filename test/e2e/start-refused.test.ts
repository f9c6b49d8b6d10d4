// What keeps Cordboard from starting is said in one line that names it and what was expected; exit code 1, and nothing is left.

import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../../app/supervisor/ports.ts';
import { launch, processesOn } from '../support/launch.ts';
import { until } from '../support/until.ts';

let folder: string;
let data: string;
let env: Record<string, string>;
const closers: (() => void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-refused-'));
  data = path.join(folder, 'data');
  const [http, sip] = await freePorts(2);
  env = { CORDBOARD_PORT: String(http), CORDBOARD_SIP_PORT: String(sip), CORDBOARD_DATA: data };
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  for (const { pid } of processesOn(folder)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it, and gives the one line it leaves on standard error. */
async function refusal(more: Readonly<Record<string, string>> = {}, prefix: readonly string[] = []) {
  const { ended, err, out } = launch(folder, { ...env, ...more }, prefix);
  expect(await ended).toBe(1);
  expect(out()).toBe('');
  expect(err()).toMatch(/^cordboard: [^\n]+\n$/);
  await until('nothing is left', () => processesOn(folder).length === 0);
  return err().slice('cordboard: '.length, -1);
}

async function takenTcp(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function takenUdp(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  closers.push(() => socket.close());
  await once(socket, 'listening');
  return socket.address().port;
}

const another = 'is taken by another program (another Cordboard?)';

test('the HTTP port is taken', async () => {
  const port = await takenTcp();
  expect(await refusal({ CORDBOARD_PORT: String(port) })).toBe(
    `CORDBOARD_PORT ${port} (TCP on 127.0.0.1) ${another}`,
  );
});

test('the SIP port is taken, over TCP only or over UDP only', async () => {
  const [tcp, udp] = [await takenTcp(), await takenUdp()];
  expect(await refusal({ CORDBOARD_SIP_PORT: String(tcp) })).toBe(
    `CORDBOARD_SIP_PORT ${tcp} (TCP on 127.0.0.1) ${another}`,
  );
  expect(await refusal({ CORDBOARD_SIP_PORT: String(udp) })).toBe(
    `CORDBOARD_SIP_PORT ${udp} (UDP on 127.0.0.1) ${another}`,
  );
});

test('an address of another machine', async () => {
  expect(await refusal({ CORDBOARD_SIP_HOST: '192.0.2.1' })).toMatch(
    /^CORDBOARD_SIP_PORT \d+ \(UDP on 192\.0\.2\.1\) is no address of this machine$/,
  );
});

test('a wrong setting, or several: each is named, with what was given and what was expected', async () => {
  expect(await refusal({ CORDBOARD_PORT: 'http' })).toBe(
    'wrong settings: CORDBOARD_PORT: was given "http", expected a port number from 0 to 65535 (0: any free one)',
  );
  const line = await refusal({ CORDBOARD_DEMO: 'yes', CORDBOARD_MEDIA_IP: 'here' });
  expect(line).toContain('CORDBOARD_DEMO: was given "yes", expected 0 or 1');
  expect(line).toContain('CORDBOARD_MEDIA_IP: was given "here", expected an IPv4 or IPv6 address');
});

test('a well-known password is refused without repeating it', async () => {
  const line = await refusal({ CORDBOARD_ADMIN_PASSWORD: 'ClueCon' });
  expect(line).toContain('CORDBOARD_ADMIN_PASSWORD: was given (hidden), expected at least 8 characters');
  expect(line).not.toContain('ClueCon');
});

test('a data folder that cannot be', async () => {
  writeFileSync(path.join(folder, 'file'), '');
  const where = path.join(folder, 'file', 'data');
  expect(await refusal({ CORDBOARD_DATA: where })).toBe(
    `CORDBOARD_DATA ${where} cannot be used (ENOTDIR); expected a folder this user may write to`,
  );
});

test('a ready file that cannot be', async () => {
  writeFileSync(path.join(folder, 'file'), '');
  const where = path.join(folder, 'file', 'ready.json');
  expect(await refusal({ CORDBOARD_READY_FILE: where })).toBe(
    `CORDBOARD_READY_FILE ${where} cannot be written (ENOTDIR); expected a file in a folder this user may write to`,
  );
});

test.each([
  ['drachtio', 'the secret in', 'is damaged'],
  ['signing', 'the secret in', 'is damaged'],
  ['demo-password', 'the secret in', 'is damaged'],
  ['janus.json', 'the secrets in', 'are damaged'],
])('a damaged secret: %s', async (name, begin, end) => {
  const file = path.join(data, 'secrets', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '\0'.repeat(44));
  const line = await refusal();
  expect(line.startsWith(`${begin} ${file} ${end}`), line).toBe(true);
  expect(line).toMatch(/remove the file to have (a new one|new ones) made$/);
});

test('a database that is no database', async () => {
  mkdirSync(data, { recursive: true });
  writeFileSync(
    path.join(data, 'cordboard.sqlite'),
    'this is not a database, and long enough to be looked at',
  );
  expect(await refusal()).toMatch(/not a database/);
});

// Janus is looked for in the system's folders whatever the PATH says. For this one process tree there is nothing in them but Node.
const empty = path.join(tmpdir(), 'cordboard-nothing-installed');
const hide = [
  ...['unshare', '-m', 'sh', '-c'],
  'mkdir -p "$0" && touch "$0/node" && mount --bind "$1" "$0/node" && mount --rbind "$0" /usr/bin && exec "$@"',
  empty,
];
const canHide = spawnSync(hide[0] ?? '', [...hide.slice(1), process.execPath, '-e', '0']).status === 0;
afterAll(() => rmSync(empty, { recursive: true, force: true }));

test.skipIf(!canHide)(
  'Janus is not installed (skipped where programs cannot be hidden from a process)',
  async () => {
    expect(await refusal({}, hide)).toBe(
      'janus: Janus (janus) is not installed: apt-get install janus, or set CORDBOARD_JANUS_URL.',
    );
  },
);
