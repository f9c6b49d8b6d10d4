// Fifty calls at once on the embedded media switch, µ-law on one side and A-law on the other, mixed and transcoded: how much of a
// core it takes, all threads together, and how late packets are where they are heard.
//
//   media-load (100 phones, a process of its own) ──SIP, RTP── media-host (the switch) ◄──event socket── this

import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import type { ClockCounters } from '@cordboard/media-switch';
import { EslClient } from '../../gateway/embedded/media-switch/test/support/esl-client.ts';
import { until } from '../support/until.ts';
import { median, report, say, spreadOf } from './findings.ts';
import { cpuMs, cpuTotals, machineSince, stolenSince, waitedForCpuMs } from './machine.ts';
import type { Heard } from './media-load.ts';
import { ask, benchPrograms, startPart, type Part } from './parts.ts';

const quick = process.argv.includes('--quick');
const calls = 50;
const windows = quick ? 3 : 6;
const windowMs = quick ? 5_000 : 10_000;
const settleMs = 3_000;
const goalCores = 0.5;
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
      `${heard.packets} packets, worst ${heard.worstMs.toFixed(0)} ms late (${heard.worstAsSeenMs.toFixed(0)} as the receiver saw it), ` +
      `${heard.late} over 40 ms (${heard.lateAsSeen}), ${heard.lost} lost; ${(100 * stolen).toFixed(1)}% stolen`,
  );
}

const password = randomBytes(12).toString('hex');
/** Below the system's ephemeral range. */
const firstRtp = 20_000 + 2 * Math.floor(Math.random() * 5_500);
const started = cpuTotals();
const host = await startPart(path.join(benchPrograms, 'media-host.js'), [
  ...[password, String(firstRtp), String(firstRtp + 600)],
]);
const load = await startPart(path.join(benchPrograms, 'media-load.js'), [String(2 * calls)]);
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
  const cores = results.map((window) => window.cores);
  const counted = results.filter(calm).map(({ heard }) => heard);
  const late = counted.reduce((sum, { late: some }) => sum + some, 0);
  const packets = counted.reduce((sum, { packets: some }) => sum + some, 0);
  const worst = counted.map(({ worstMs }) => worstMs);
  await report([
    {
      what: 'media: cores for 50 mixed, transcoded G.711 calls',
      measured: median(cores).toFixed(2),
      spread: spreadOf(cores, 2),
      goal: `<= ${goalCores}`,
      met: median(cores) <= goalCores,
    },
    {
      what: 'media: packets over 40 ms late',
      ...(counted.length === 0
        ? { measured: 'not measurable', spread: 'CPU time was stolen in every window', goal: '0' }
        : {
            measured: `${late} of ${packets}`,
            spread: `worst ${spreadOf(worst, 0)} ms`,
            goal: '0',
            met: late === 0,
          }),
    },
    {
      what: 'media: time the switch waited for a CPU, as a share of a core',
      measured: median(results.map(({ waited }) => waited)).toFixed(2),
      spread: spreadOf(
        results.map(({ waited }) => waited),
        2,
      ),
    },
  ]);
} finally {
  await Promise.all([host.stop(), load.stop()]);
}
