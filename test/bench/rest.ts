// A whole Cordboard with nothing to do: the memory of its processes, and how long a second start takes until it says it is up.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCordboard, type Cordboard, type PartName } from '../support/cordboard.ts';
import { report, say, type Finding } from './findings.ts';
import { cpuMs, cpuTotals, family, machineSince, rssMb } from './machine.ts';

const quick = process.argv.includes('--quick');
const idleMs = quick ? 10_000 : 60_000;
const everyMs = 2_000;
const goalMb = 150;
const parts: readonly PartName[] = ['cordboard', 'telephony', 'janus', 'supervisor'];
const names: Readonly<Record<PartName, string>> = {
  cordboard: 'the control plane',
  telephony: 'telephony (SIP server and media switch)',
  janus: 'Janus',
  supervisor: 'the supervisor',
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Memory of a part and all it started, now. */
function memoryOf(cordboard: Cordboard, part: PartName): number {
  const pid = cordboard.pid(part);
  if (pid === undefined) throw new Error(`${part} is not running`);
  // The supervisor is everybody's parent: only itself counts.
  const processes = part === 'supervisor' ? [pid] : family(pid);
  return processes.reduce((sum, one) => sum + rssMb(one), 0);
}

async function measure(cordboard: Cordboard): Promise<Finding[]> {
  const samples = new Map<PartName, number[]>(parts.map((part) => [part, []]));
  const controlPlane = cordboard.pid('cordboard') ?? -1;
  const cpuBefore = cpuMs(controlPlane);
  const until = performance.now() + idleMs;
  while (performance.now() < until) {
    await pause(everyMs);
    for (const part of parts) samples.get(part)?.push(memoryOf(cordboard, part));
  }
  const share = (100 * (cpuMs(controlPlane) - cpuBefore)) / idleMs;
  say(`  the control plane used ${share.toFixed(1)}% of a core meanwhile`);
  return parts.map((part) => {
    const values = samples.get(part) ?? [];
    // The last of the idle time is what stays; a garbage collection on the way down is no merit.
    const now = values.at(-1) ?? NaN;
    const goal = part === 'cordboard' ? { goal: `< ${goalMb} MB`, met: Math.max(...values) < goalMb } : {};
    return {
      what: `rest: memory of ${names[part]}`,
      measured: `${now.toFixed(0)} MB`,
      spread: `${Math.min(...values).toFixed(0)} … ${Math.max(...values).toFixed(0)}`,
      ...goal,
    };
  });
}

const data = mkdtempSync(path.join(tmpdir(), 'bench-rest-'));
const env = { CORDBOARD_DATA: data };
const started = cpuTotals();
try {
  const first = await startCordboard({ env });
  await first.stop();
  const began = performance.now();
  const second = await startCordboard({ env });
  const seconds = (performance.now() - began) / 1_000;
  try {
    const findings = await measure(second);
    say(`  ${machineSince(started)}`);
    await report([
      ...findings,
      { what: 'rest: second start, from exec to ready', measured: `${seconds.toFixed(1)} s` },
    ]);
  } finally {
    await second.stop();
  }
} finally {
  rmSync(data, { recursive: true, force: true });
}
