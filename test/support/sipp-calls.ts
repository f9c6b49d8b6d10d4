// sipp as a SIP party of its own: a program of others that measures what it sends and gets.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface SippRun {
  readonly scenario: 'caller' | 'callee';
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  /** Calls to make or take before it ends. */
  readonly calls: number;
  /** Calls begun per second (caller). */
  readonly rate?: number;
  /** How long a call lasts, ms (caller). */
  readonly talkMs?: number;
  /** Where a caller calls. */
  readonly remote?: { readonly host: string; readonly port: number };
  /** Gives up after this many seconds. */
  readonly withinS?: number;
}

export interface SippResult {
  readonly code: number | null;
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** What sipp said, for a failing test's message. */
  readonly errors: string;
  /** sipp itself was kept from running for half a second: what it repeated or missed then says nothing of the other side. */
  readonly stalled: boolean;
}

export interface Sipp {
  /** Resolves when it has made its calls. */
  readonly done: Promise<SippResult>;
  /** Ends it early. */
  stop(): void;
}

const SCENARIOS = path.resolve(import.meta.dirname, '../sip/scenarios');

/** Starts sipp on 127.0.0.1. */
export function startSipp(run: SippRun): Sipp {
  const folder = mkdtempSync(path.join(tmpdir(), 'edge-sipp-'));
  const child = spawn('sipp', argumentsOf(run), { cwd: folder, stdio: 'ignore' });
  const done = once(child, 'exit').then(([code]: (number | null)[]) => {
    const errors = readErrors(folder);
    const stalled = errors.includes('watchdog timer');
    const result = { code: code ?? null, ...readStatistics(folder), errors, stalled };
    rmSync(folder, { recursive: true, force: true });
    return result;
  });
  return { done, stop: () => void child.kill('SIGTERM') };
}

function argumentsOf({
  scenario,
  protocol,
  port,
  calls,
  rate = 10,
  talkMs = 100,
  remote,
  withinS = 60,
}: SippRun): string[] {
  return [
    ...[
      '-sf',
      path.join(SCENARIOS, `${scenario}.xml`),
      '-i',
      '127.0.0.1',
      '-p',
      String(port),
      '-m',
      String(calls),
    ],
    ...['-t', protocol === 'udp' ? 'u1' : 't1', '-nostdin', '-trace_err', '-trace_stat', '-fd', '1'],
    ...['-timeout', `${withinS}s`, '-timeout_error', '-default_behaviors', 'all,-bye'],
    ...(scenario === 'caller' ? ['-r', String(rate), '-l', '2000', '-d', String(talkMs)] : []),
    ...(remote ? [`${remote.host}:${remote.port}`] : []),
  ];
}

function readStatistics(folder: string): Pick<SippResult, 'successful' | 'failed' | 'retransmissions'> {
  const file = readdirSync(folder).find((name) => name.endsWith('_.csv'));
  const [head = '', ...rows] =
    file === undefined ? [] : readFileSync(path.join(folder, file), 'utf8').trim().split('\n');
  const names = head.split(';');
  const last = (rows.at(-1) ?? '').split(';');
  const column = (name: string): number => Number(last[names.indexOf(name)] ?? 0);
  return {
    successful: column('SuccessfulCall(C)'),
    failed: column('FailedCall(C)'),
    retransmissions: column('Retransmissions(C)'),
  };
}

function readErrors(folder: string): string {
  const file = readdirSync(folder).find((name) => name.endsWith('_errors.log'));
  return file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8').slice(0, 4000);
}

/** A UDP and TCP port of 127.0.0.1 that nobody has at the moment. */
export async function freeSipPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
