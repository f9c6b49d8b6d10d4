// Fifty, then two hundred calls at once on the embedded media switch, µ-law on one side and A-law on the other, mixed and
// transcoded: how much of a core it takes, all threads together, and how late packets are where they are heard. The switch is held
// to one core, whatever the machine has.
//
//   media-load (the phones, a process of its own) ──SIP, RTP── media-host (the switch) ◄──event socket── this

import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import path from 'node:path';
import type { ClockCounters } from '@cordboard/media-switch';
import { EslClient } from '../../gateway/embedded/media-switch/test/support/esl-client.ts';
import { until } from '../support/until.ts';
import { median, report, say, spreadOf, type Finding } from './findings.ts';
import { cpuMs, cpuTotals, machineSince, stolenSince, waitedForCpuMs } from './machine.ts';
import type { Heard } from './media-load.ts';
import { ask, benchPrograms, startPart, type Part } from './parts.ts';

const quick = process.argv.includes('--quick');
/** Goals of each row: cores, and how late 99 of 100 packets may be. */
const rows = [
  { calls: 50, cores: 0.5, p99Ms: 20 },
  { calls: 200, cores: 1, p99Ms: 20 },
] as const;
type Row = (typeof rows)[number];
const windows = quick ? 3 : 6;
const windowMs = quick ? 5_000 : 10_000;
const settleMs = 3_000;
/** A window in which the hypervisor took more than this share tells nothing about lateness: it is told, and repeated. */
const stolenAllowed = 0.005;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One call: two legs rung and answered, then bridged, as the control plane does it. */
async function call(esl: EslClient, phonesPort: number): Promise<void> {
  const [a, b] = [randomUUID(), randomUUID()];
  for (const [id, law] of [
    [a, 'pcmu'],
    [b, 'pcma'],
  ]) {
    const said = await esl.job(
      `originate {origination_uuid=${id}}sofia/cordboard/${law}@127.0.0.1:${phonesPort} &park()`,
    );
    if (!said.startsWith('+OK')) throw new Error(`originate: ${said}`);
  }
  const said = await esl.api(`uuid_bridge ${a} ${b}`);
  if (!said.startsWith('+OK')) throw new Error(`uuid_bridge: ${said}`);
}

interface Window {
  /** Cores used by the switch, all threads. */
  readonly cores: number;
  /** Time its threads waited for a CPU, as a share of one core. */
  readonly waited: number;
  readonly generatorCores: number;
  readonly stolen: number;
  readonly heard: Heard;
}

async function measure(host: Part, load: Part): Promise<Window> {
  await ask<Heard>(load, 'heard');
  const [began, cpu, waited, own] = [
    performance.now(),
    cpuMs(host.pid),
    waitedForCpuMs(host.pid),
    cpuMs(load.pid),
  ];
  const machine = cpuTotals();
  await pause(windowMs);
  const took = performance.now() - began;
  return {
    cores: (cpuMs(host.pid) - cpu) / took,
    waited: (waitedForCpuMs(host.pid) - waited) / took,
    generatorCores: (cpuMs(load.pid) - own) / took,
    stolen: stolenSince(machine),
    heard: await ask<Heard>(load, 'heard'),
  };
}

function tell(n: number, { cores, waited, generatorCores, stolen, heard }: Window): void {
  say(
    `  window ${n}: switch ${cores.toFixed(2)} core (waited for a CPU ${waited.toFixed(2)}), generator ${generatorCores.toFixed(2)}; ` +
      `${heard.packets} packets, p99 ${heard.p99Ms.toFixed(1)}, worst ${heard.worstMs.toFixed(0)} ms late (${heard.worstAsSeenMs.toFixed(0)} as the receiver saw it), ` +
      `${heard.late} over 40 ms (${heard.lateAsSeen}), ${heard.lost} lost; ${(100 * stolen).toFixed(1)}% stolen`,
  );
}

/** One row of the table: so many calls, measured over several windows. */
async function run({ calls, cores: goalCores, p99Ms: goalP99 }: Row): Promise<Finding[]> {
  const password = randomBytes(12).toString('hex');
  /** Below the system's ephemeral range. */
  const firstRtp = 20_000 + 2 * Math.floor(Math.random() * 5_000);
  const started = cpuTotals();
  const host = await startPart(path.join(benchPrograms, 'media-host.js'), [
    ...[password, String(firstRtp), String(firstRtp + 4 * calls + 200)],
  ]);
  const load = await startPart(path.join(benchPrograms, 'media-load.js'), [String(2 * calls)]);
  keepApart(host.pid, load.pid);
  try {
    const eslPort = Number(/esl (\d+)/.exec(host.greeting)?.[1]);
    const esl = await EslClient.ready(eslPort, password, 'BACKGROUND_JOB');
    const phonesPort = Number(/sip (\d+)/.exec(load.greeting)?.[1]);
    for (let n = 0; n < calls; n += 1) await call(esl, phonesPort);
    await until(
      'every phone hears its peer',
      async () => (await ask<Heard>(load, 'heard')).streams === 2 * calls,
    );
    await pause(settleMs);
    const before = await ask<ClockCounters>(host, 'counters');
    const results: Window[] = [];
    const calm = (window: Window): boolean => window.stolen <= stolenAllowed;
    for (let n = 1; results.filter(calm).length < windows && n <= 2 * windows; n += 1) {
      const window = await measure(host, load);
      tell(n, window);
      if (window.heard.streams !== 2 * calls)
        throw new Error(`only ${window.heard.streams} of ${2 * calls} phones hear anything`);
      results.push(window);
    }
    const after = await ask<ClockCounters>(host, 'counters');
    esl.close();
    say(
      `  clock of the switch: ${after.lateTicks - before.lateTicks} of ${after.ticks - before.ticks} ticks over 40 ms late`,
    );
    say(`  ${machineSince(started)}`);
    return findings(calls, results, results.filter(calm), { goalCores, goalP99 });
  } finally {
    await Promise.all([host.stop(), load.stop()]);
  }
}

function findings(
  calls: number,
  results: readonly Window[],
  calm: readonly Window[],
  { goalCores, goalP99 }: { goalCores: number; goalP99: number },
): Finding[] {
  const cores = results.map((window) => window.cores);
  const waited = results.map((window) => window.waited);
  const heard = calm.map((window) => window.heard);
  const p99 = heard.map(({ p99Ms }) => p99Ms);
  const late = heard.reduce((sum, { late: some }) => sum + some, 0);
  const packets = heard.reduce((sum, { packets: some }) => sum + some, 0);
  const stolen = 'CPU time was stolen in every window';
  return [
    {
      what: `media: cores for ${calls} mixed, transcoded G.711 calls`,
      measured: median(cores).toFixed(2),
      spread: spreadOf(cores, 2),
      goal: `<= ${goalCores}`,
      met: median(cores) <= goalCores,
    },
    {
      what: `media: how late 99 of 100 packets are at most, ${calls} calls`,
      ...(heard.length === 0
        ? { measured: 'not measurable', spread: stolen, goal: `< ${goalP99} ms` }
        : {
            measured: `${median(p99).toFixed(1)} ms`,
            spread: spreadOf(p99, 1),
            goal: `< ${goalP99} ms`,
            met: median(p99) < goalP99,
          }),
    },
    {
      what: `media: packets over 40 ms late, ${calls} calls`,
      ...(heard.length === 0
        ? { measured: 'not measurable', spread: stolen, goal: '0' }
        : {
            measured: `${late} of ${packets}`,
            spread: `worst ${spreadOf(
              heard.map(({ worstMs }) => worstMs),
              0,
            )} ms`,
            goal: '0',
            met: late === 0,
          }),
    },
    {
      what: `media: time the switch waited for a CPU, as a share of a core, ${calls} calls`,
      measured: median(waited).toFixed(2),
      spread: spreadOf(waited, 2),
    },
  ];
}

/** The switch on one core and the phones on the others, so that "on one core" is true and they do not disturb each other. */
function keepApart(hostPid: number, loadPid: number): void {
  const cores = cpus().length;
  if (cores < 2) return;
  for (const [pid, list] of [
    [hostPid, '0'],
    [loadPid, cores === 2 ? '1' : `1-${cores - 1}`],
  ] as const)
    spawnSync('taskset', ['-apc', list, String(pid)], { stdio: 'ignore' });
}

const found: Finding[] = [];
for (const row of rows) {
  say(`${row.calls} calls:`);
  found.push(...(await run(row)));
}
await report(found);
