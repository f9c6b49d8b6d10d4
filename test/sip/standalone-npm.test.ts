// The two embedded servers as others use them: `npm run sip-server` and `npm run media-switch`, from the built programs.

import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EslClient } from '../../gateway/embedded/media-switch/test/support/esl-client.ts';
import { freePorts, portProblem } from '../../app/supervisor/ports.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp } from '../support/srf-app.ts';
import { processes } from '../support/launch.ts';
import { until } from '../support/until.ts';

const root = path.resolve(import.meta.dirname, '../..');
const password = 'a-password-for-tests';
const started: ChildProcess[] = [];
const closers: (() => void)[] = [];

/** In a process group of its own, so that what npm starts can be found again. */
function npmRun(script: string, ...args: string[]) {
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    child,
    out: () => out,
    /** Standard error, without what npm says about its own settings. */
    err: () => err.replace(/^npm .*\n/gm, ''),
    code: new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code))),
    ready: () =>
      until('it is ready', () => out.split('\n').includes('ready') || dead(child, err), { withinMs: 30_000 }),
  };
}

function dead(child: ChildProcess, err: string): false {
  if (child.exitCode !== null) throw new Error(`it ended: ${err}`);
  return false;
}

const inGroupOf = ({ pid }: ChildProcess) => processes().filter(({ group }) => group === pid);

afterEach(() => {
  for (const close of closers.splice(0)) close();
  for (const child of started.splice(0)) {
    for (const { pid } of inGroupOf(child)) process.kill(pid, 'SIGKILL');
  }
});

let folder: string;
beforeAll(() => {
  if (!existsSync(path.join(root, 'dist/sip-server.js'))) throw new Error('npm run build first');
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-alone-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function hold(transport: 'tcp' | 'udp'): Promise<number> {
  const holder =
    transport === 'tcp' ? createServer().listen(0, '127.0.0.1') : createSocket('udp4').bind(0, '127.0.0.1');
  closers.push(() => holder.close());
  await once(holder, 'listening');
  return (holder.address() as { port: number }).port;
}

/** Ends with that code and exactly one line on standard error. */
async function refusal(script: string, code: number, ...args: string[]): Promise<string> {
  const program = npmRun(script, ...args);
  expect(await program.code).toBe(code);
  expect(program.out()).toBe('');
  expect(program.err()).toMatch(/^[^\n]+\n$/);
  expect(inGroupOf(program.child)).toEqual([]);
  return program.err().trimEnd();
}

describe('npm run sip-server', () => {
  test('a drachtio-srf application works on it over UDP and TCP, and SIGTERM ends it', async () => {
    const [sip, control] = (await freePorts(2)) as [number, number];
    const program = npmRun(
      'sip-server',
      ...['--sip', `127.0.0.1:${sip}`, '--control', `127.0.0.1:${control}`, '--secret', password],
    );
    await program.ready();
    const app = await connectApp(
      { host: '127.0.0.1', port: control, secret: password },
      { options: (_req, res) => res.send(200) },
    );
    for (const transport of ['udp', 'tcp'] as const) {
      const phone = await SipPeer[transport]({ host: '127.0.0.1', port: sip });
      phone.send(phone.request('OPTIONS'));
      await phone.receive(200);
      await phone.close();
    }
    app.close();
    program.child.kill('SIGTERM');
    await program.code;
    await until('npm and the server are gone', () => inGroupOf(program.child).length === 0);
    for (const port of [sip, control]) expect(await portProblem('tcp', '127.0.0.1', port)).toBeUndefined();
    expect(await portProblem('udp', '127.0.0.1', sip)).toBeUndefined();
  });

  test('a SIP port that is taken over UDP only is named', async () => {
    const port = await hold('udp');
    const args = ['--sip', `127.0.0.1:${port}`, '--control', '127.0.0.1:0', '--secret', password];
    expect(await refusal('sip-server', 1, ...args)).toBe(
      `sip-server: port taken: 127.0.0.1:${port} is in use by another program`,
    );
  });
});

describe('npm run media-switch', () => {
  const options = async () => {
    const [sip, esl] = (await freePorts(2)) as [number, number];
    const given = {
      sip: `127.0.0.1:${sip}`,
      esl: `127.0.0.1:${esl}`,
      password,
      rtp: '127.0.0.1:26000-26100',
      recordings: folder,
    };
    return { sip, esl, given };
  };
  const args = (given: Readonly<Record<string, string>>): string[] =>
    Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);

  test('an event socket client answers a call on it; the session beyond the limit hears 503; SIGTERM ends the call and it', async () => {
    const { sip, esl, given } = await options();
    const program = npmRun('media-switch', ...args({ ...given, 'max-sessions': '1' }));
    await program.ready();
    const client = await EslClient.ready(esl, password);
    const phone = await SipPeer.udp({ host: '127.0.0.1', port: sip });
    try {
      const invite = phone.send(phone.request('INVITE', { body: SDP, uri: `sip:4000@127.0.0.1:${sip}` }));
      const parked = await client.event('CHANNEL_PARK', { 'Caller-Destination-Number': '4000' });
      expect(await client.api(`uuid_answer ${parked['Unique-ID'] ?? ''}`)).toBe('+OK\n');
      phone.send(phone.inDialog('ACK', invite, await phone.receive(200)));

      const beyond = phone.send(phone.request('INVITE', { body: SDP, uri: `sip:4000@127.0.0.1:${sip}` }));
      phone.send(phone.ackOfFailure(beyond, await phone.receive(503)));

      program.child.kill('SIGTERM');
      phone.reply(await phone.receive('BYE'), '200 OK');
      await program.code;
    } finally {
      client.close();
      await phone.close();
    }
    await until('npm and the switch are gone', () => inGroupOf(program.child).length === 0);
    expect(program.err()).toBe('');
  });

  test('a taken port is one line that names it: SIP over UDP, SIP over TCP, event socket', async () => {
    const { given } = await options();
    for (const [name, transport] of [
      ['sip', 'udp'],
      ['sip', 'tcp'],
      ['esl', 'tcp'],
    ] as const) {
      const port = await hold(transport);
      const line = await refusal('media-switch', 1, ...args({ ...given, [name]: `127.0.0.1:${port}` }));
      expect(line).toMatch(new RegExp(`^media-switch: .*EADDRINUSE.* 127\\.0\\.0\\.1:${port}$`));
    }
  });

  test('a wrong argument is one line that names it', async () => {
    const { given } = await options();
    const { password: _left, ...withoutPassword } = given;
    const cases: readonly [Record<string, string>, string][] = [
      [withoutPassword, '--password is missing'],
      [{ ...given, rtp: '127.0.0.1:20000' }, '--rtp 127.0.0.1:20000: expected <IP address>:<first>-<last>'],
      [{ ...given, sip: 'localhost' }, '--sip localhost: expected <IP address>:<port>'],
      [{ ...given, 'max-sessions': 'many' }, '--max-sessions NaN: expected a whole number from 1'],
      [{ ...given, colour: 'red' }, "Unknown option '--colour'"],
    ];
    for (const [wrong, expected] of cases) {
      expect(await refusal('media-switch', 1, ...args(wrong))).toContain(`media-switch: ${expected}`);
    }
  });
});
