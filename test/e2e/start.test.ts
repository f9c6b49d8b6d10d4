// Starting and ending: what a person is told, what listens where, where secrets are not, and that nothing is left, however it ends.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, portProblem } from '../../app/supervisor/ports.ts';
import {
  isLoopback,
  launch,
  openSockets,
  processes,
  processesOn,
  readReadyFile,
  type Launched,
  type ReadyFile,
} from '../support/launch.ts';
import { signIn } from '../support/people.ts';
import { until } from '../support/until.ts';

let folder: string;
let env: Record<string, string>;
let http: number;
let sip: number;
let running: Launched | undefined;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-start-'));
  [http, sip] = (await freePorts(2)) as [number, number];
  env = {
    CORDBOARD_PORT: String(http),
    CORDBOARD_SIP_PORT: String(sip),
    CORDBOARD_DATA: path.join(folder, 'data'),
  };
});

afterAll(() => {
  running?.child.kill('SIGKILL');
  for (const { pid } of processesOn(folder)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const readyFile = (): string => path.join(folder, 'ready.json');
const passwords = ({ logins }: ReadyFile) =>
  logins.map(({ username, password }) => `${username} ${password}`);

async function allGone(): Promise<void> {
  await until('every process is gone', () => processesOn(folder).length === 0, { withinMs: 20_000 }).catch(
    () => expect(processesOn(folder)).toEqual([]),
  );
  expect(await portProblem('tcp', '127.0.0.1', http)).toBeUndefined();
  for (const transport of ['tcp', 'udp'] as const) {
    expect(await portProblem(transport, '127.0.0.1', sip)).toBeUndefined();
  }
}

let first: ReadyFile;

describe('the first start', () => {
  beforeAll(async () => {
    running = launch(folder, env);
    first = await running.ready();
  });

  test('prints a customer link, the log-ins and the SIP settings', async () => {
    await until('it is all printed', () => running?.out().includes('Ctrl-C ends everything'));
    const out = running?.out() ?? '';
    const url = `http://127.0.0.1:${http}`;
    expect(out).toContain('Cordboard is running.');
    for (const page of [`${url}/agent`, `${url}/supervisor`]) expect(out).toContain(page);
    expect(out).toMatch(new RegExp(`Customers +${url}/c/\\S+`));
    const password = '[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}';
    for (const user of ['1001', '1002', '1003']) {
      expect(out).toMatch(new RegExp(`agent +${user} / ${password}`));
      expect(out).toMatch(new RegExp(`user ${user}, password ${password}`));
    }
    expect(out).toMatch(new RegExp(`supervisor +supervisor / ${password}`));
    expect(out).toMatch(new RegExp(`admin +admin / ${password}`));
    expect(out).toMatch(new RegExp(`SIP phone +server 127.0.0.1:${sip} \\(UDP, TCP\\), realm \\S+`));
    expect(running?.err()).toBe('');
  });

  test('the ready file says the same, with process ids that live', () => {
    const out = running?.out() ?? '';
    const words = [
      first.customerLink,
      ...first.logins.flatMap(({ username, password }) => [username, password]),
      ...first.sip.users.flatMap(({ user, password }) => [user, password]),
      first.sip.server,
      first.sip.realm,
    ];
    for (const word of words) expect(out).toContain(word);
    expect(Object.keys(first.processes).sort()).toEqual(['cordboard', 'janus', 'supervisor', 'telephony']);
    const alive = new Set(processes().map(({ pid }) => pid));
    for (const pid of Object.values(first.processes)) expect(alive).toContain(pid);
    expect(first.processes.supervisor).toBe(running?.child.pid);
  });

  test('what was printed works: the link opens, everybody can sign in', async () => {
    expect((await fetch(first.customerLink ?? '')).status).toBe(200);
    for (const { username, password = '' } of first.logins) {
      expect(await signIn(first.url, username, password)).not.toBe('');
    }
  });

  // During a web call Janus opens ICE sockets on this machine's own address besides: browsers do not use loopback for sound.
  test('nothing listens beyond loopback, UDP included', () => {
    const pids = processesOn(folder).map(({ pid }) => pid);
    const sockets = openSockets(pids);
    expect(sockets.filter((socket) => !isLoopback(socket))).toEqual([]);
    // It looked: HTTP, SIP twice, control, ESL, the switch's SIP twice, Janus and its admin port.
    expect(sockets.length).toBeGreaterThanOrEqual(9);
    expect(sockets).toContainEqual(expect.objectContaining({ protocol: 'tcp', port: http }));
    for (const protocol of ['tcp', 'udp']) {
      expect(sockets).toContainEqual(expect.objectContaining({ protocol, port: sip }));
    }
    expect(new Set(sockets.map(({ pid }) => pid)).size).toBeGreaterThanOrEqual(3);
  });

  test('no secret is in a log or on a command line', async () => {
    const secrets = secretsIn(path.join(folder, 'data', 'secrets'));
    const shown = first.logins.map(({ password = '' }) => password);
    expect(secrets.length).toBeGreaterThanOrEqual(9);
    const logs = path.join(folder, 'data', 'log');
    await until('the control plane has logged', () => readdirSync(logs).includes('cordboard.log'));
    const places = [
      ...readdirSync(logs).map((name) => [name, readFileSync(path.join(logs, name), 'utf8')] as const),
      ...processes().map(({ pid, command }) => [`command line of ${pid}`, command] as const),
    ];
    expect(places.length).toBeGreaterThan(6);
    for (const secret of [...secrets, ...shown]) {
      expect(places.filter(([, text]) => text.includes(secret)).map(([where]) => where)).toEqual([]);
    }
  });

  test('a second Cordboard on the same data folder is refused and disturbs nothing', async () => {
    const [otherHttp, otherSip] = (await freePorts(2)) as [number, number];
    const second = launch(folder, {
      ...env,
      CORDBOARD_PORT: String(otherHttp),
      CORDBOARD_SIP_PORT: String(otherSip),
      CORDBOARD_READY_FILE: path.join(folder, 'other.json'),
    });
    expect(await second.ended).toBe(1);
    expect(second.err()).toBe(
      `cordboard: CORDBOARD_DATA ${path.join(folder, 'data')} is in use by another Cordboard (process ${first.processes.supervisor})\n`,
    );
    expect(readReadyFile(readyFile()).processes).toEqual(first.processes);
    expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
  });

  test.each(['telephony', 'janus', 'cordboard'] as const)('%s, killed, is started again', async (part) => {
    const before = readReadyFile(readyFile()).processes;
    process.kill(before[part], 'SIGKILL');
    const after = await until(`${part} is back`, () => {
      const now = readReadyFile(readyFile()).processes;
      return now[part] !== undefined && now[part] !== before[part] ? now : undefined;
    });
    expect({ ...after, [part]: 0 }).toEqual({ ...before, [part]: 0 });
    await until('both were told', () => running?.out().includes(`${part} is back`));
    expect(running?.err()).toMatch(
      new RegExp(`^${part} died \\(SIGKILL\\); starting it again in \\d+ ms$`, 'm'),
    );
    await until('everything is up', async () => (await fetch(`${first.url}/health/ready`)).status === 200);
  });

  test('one that dies again and again is given longer pauses', async () => {
    const pauses = () =>
      [...(running?.err() ?? '').matchAll(/^telephony died .* again in (\d+) ms$/gm)].map(([, ms]) =>
        Number(ms),
      );
    const before = readReadyFile(readyFile()).processes.telephony;
    process.kill(before, 'SIGKILL');
    await until('telephony is back', () => {
      const now = readReadyFile(readyFile()).processes.telephony;
      return now !== undefined && now !== before;
    });
    expect(pauses()).toHaveLength(2);
    const [once = 0, twice = 0] = pauses();
    expect(twice).toBeGreaterThan(once);
  });

  test('Ctrl-C ends everything', async () => {
    running?.child.kill('SIGINT');
    expect(await running?.ended).toBe(0);
    await allGone();
    expect(existsSync(readyFile())).toBe(false);
    expect(existsSync(path.join(folder, 'data', 'supervisor.pid'))).toBe(false);
  });
});

describe('a start on data that is there', () => {
  test('is ready within 10 s, with the same log-ins, and makes no new admin password', async () => {
    const began = performance.now();
    running = launch(folder, env);
    const second = await running.ready();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(passwords(second)).toEqual(passwords(first).filter((login) => !login.startsWith('admin ')));
    expect(running.out()).not.toContain('admin');
    const admin = first.logins.find(({ username }) => username === 'admin');
    expect(await signIn(second.url, 'admin', admin?.password ?? '')).not.toBe('');
  });

  test('kill -9 of the supervisor: every part ends by itself', async () => {
    expect(processesOn(folder).length).toBeGreaterThanOrEqual(5);
    running?.child.kill('SIGKILL');
    await running?.ended;
    await allGone();
  });

  test('the next start begins while they still end, and takes no notice of what was left', async () => {
    running = launch(folder, env);
    await running.ready();
    running.child.kill('SIGKILL');
    await running.ended;
    expect(existsSync(readyFile())).toBe(true);
    const old = readReadyFile(readyFile()).processes;
    running = launch(folder, env);
    const now = await until('its own ready file', async () => {
      const file = await running?.ready();
      return file?.processes.supervisor === old.supervisor ? undefined : file;
    });
    expect(now.processes.supervisor).toBe(running.child.pid);
    expect((await fetch(`${now.url}/health/ready`)).status).toBe(200);
    const groups = new Set(Object.values(old));
    await until('the old parts are gone', () => !processes().some(({ group }) => groups.has(group)));
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    await allGone();
  });

  test('Ctrl-C in the middle of a start leaves nothing either', async () => {
    running = launch(folder, env);
    await until('its first parts run', () => processesOn(folder).length >= 3);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(0);
    await allGone();
  });
});

test('npm start does the same, and ends when npm is told to', async () => {
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: 'ignore',
    env: { ...process.env, ...env, CORDBOARD_READY_FILE: readyFile() },
  });
  const ended = new Promise((resolve) => npm.once('exit', resolve));
  await until('everything is up', () => existsSync(readyFile()) || npm.exitCode !== null, {
    withinMs: 60_000,
  });
  expect(npm.exitCode).toBeNull();
  expect((await fetch(`http://127.0.0.1:${http}/health/ready`)).status).toBe(200);
  npm.kill('SIGTERM');
  await ended;
  await allGone();
});

function secretsIn(where: string): string[] {
  return readdirSync(where).flatMap((name) => {
    const text = readFileSync(path.join(where, name), 'utf8').trim();
    return name.endsWith('.json') ? Object.values(JSON.parse(text) as Record<string, string>) : [text];
  });
}
