// sipp as load: a caller that keeps a number of calls in the air and a callee that takes them, and what both counted.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../support/until.ts';
import { root } from './parts.ts';

export interface Load {
  /** Calls in all. */
  readonly calls: number;
  /** Calls in the air at the same time: the next begins when one has ended. */
  readonly inTheAir: number;
  /** How long the parties talk, ms. Not 0: drachtio-srf's README application loses a BYE that follows the ACK at once. */
  readonly talkMs: number;
  /** Where the calls go: a port of 127.0.0.1. */
  readonly serverPort: number;
  /** The address they come from, and the number they dial. */
  readonly from: string;
  readonly number: string;
  /** Where they end. */
  readonly calleePort: number;
}

export interface LoadResult {
  readonly callsPerSecond: number;
  readonly failed: number;
  /** Of caller and callee together. */
  readonly retransmissions: number;
}

interface Counts {
  readonly successful: number;
  readonly retransmissions: number;
  readonly seconds: number;
}

interface Sipp {
  readonly child: ChildProcess;
  readonly counts: Promise<Counts>;
}

const giveUpAfterS = 90;
const calleeEndsWithinMs = 3_000;
/** More than any server here can take: the calls in the air are the limit, not the rate. */
const unboundedRate = 5_000;

/** Makes the calls. Retransmissions or failures make the round void; that is the caller's to judge. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { calls, inTheAir, talkMs, serverPort, from, number, calleePort } = load;
  const callee = startSipp('callee', calls, ['-i', '127.0.0.1', '-p', String(calleePort)]);
  await until('the callee listens', () => isUdpPortTaken(calleePort));
  const caller = startSipp('caller', calls, [
    `127.0.0.1:${serverPort}`,
    ...['-i', from, '-s', number, '-r', String(unboundedRate), '-l', String(inTheAir), '-d', String(talkMs)],
  ]);
  const made = await caller.counts;
  // A callee that missed a call or its end would wait for it for ever.
  const patience = setTimeout(() => callee.child.kill('SIGKILL'), calleeEndsWithinMs);
  const taken = await callee.counts;
  clearTimeout(patience);
  return {
    callsPerSecond: made.successful / made.seconds,
    failed: calls - Math.min(made.successful, taken.successful),
    retransmissions: made.retransmissions + taken.retransmissions,
  };
}

/** /proc/net/udp: a line a socket, its address and port in hexadecimal. */
function isUdpPortTaken(port: number): boolean {
  const written = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return readFileSync('/proc/net/udp', 'utf8').includes(written);
}

function startSipp(scenario: 'caller' | 'callee', calls: number, args: readonly string[]): Sipp {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-sipp-'));
  const child = spawn(
    'sipp',
    [
      ...['-sf', path.join(root, `test/sip/scenarios/${scenario}.xml`), '-m', String(calls), '-t', 'u1'],
      ...['-nostdin', '-timeout', `${giveUpAfterS}s`, '-timeout_error'],
      ...['-trace_stat', '-stf', 'stat.csv', '-fd', '1', ...args],
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const counts = once(child, 'exit').then(() => {
    const found = countsIn(path.join(folder, 'stat.csv'));
    rmSync(folder, { recursive: true, force: true });
    return found;
  });
  return { child, counts };
}

/** The cumulative counts in the last line of sipp's statistics. */
function countsIn(file: string): Counts {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const last = (lines.at(-1) ?? '').split(';');
  const column = (name: string): string => last[names.indexOf(name)] ?? '';
  // `2026-01-05\t08:00:00.000000\t1767600000.000000`; ElapsedTime has whole seconds only.
  const moment = (name: string): number => Number(column(name).split('\t').at(-1));
  return {
    successful: Number(column('SuccessfulCall(C)')),
    retransmissions: Number(column('Retransmissions(C)')),
    seconds: moment('CurrentTime') - moment('StartTime'),
  };
}
