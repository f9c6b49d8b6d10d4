// What the control plane adds to a call on one media switch, against a bare bridge on the same switch, by turns: how long it takes from the
// caller's INVITE to the agent's, at ten calls a second; and how many calls a second can be carried. On FreeSWITCH where this machine
// has one, else on the embedded switch.
//
//   caller ──INVITE──► switch ──INVITE──► agent            setup-app ◄──event socket──► switch
//
//   bare   FreeSWITCH: its own dial plan answers and bridges. Embedded, which has none: the least event socket client (setup-app least)
//   ours   engine, adapter and a journal on SQLite (setup-app ours); the SIP edge is another bench

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freeSipPort } from '../support/sipp-calls.ts';
import { Desks, Trunk } from '../support/load.ts';
import {
  freeswitchProgram,
  launchEmbeddedSwitch,
  launchFreeswitch,
  type LaunchedSwitch,
} from '../support/switches.ts';
import { until } from '../support/until.ts';
import { byTurns, type Comparison, type LoopSide } from './closed-loop.ts';
import { median, quantile, report, say, spreadOf, type Finding } from './findings.ts';
import { cpuMs, cpuTotals, machineSince } from './machine.ts';
import { benchPrograms, root, startPart } from './parts.ts';
import { runLoad } from './sipp-load.ts';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 5;
const latency = { calls: quick ? 40 : 100, everyMs: 100, talkMs: 300 } as const;
/** Nobody hangs up before an agent has been reached. */
const rate = { rounds, callsPerRound: quick ? 600 : 2_000, talkMs: 400 } as const;
const goals = { p50Ms: 20, p99Ms: 30, rate: 0.85 } as const;
const agents = 400;
const voidAllowed = 2 * rounds;
const sides = ['ours', 'bare'] as const;
type Side = (typeof sides)[number];

/** One side: a switch of its own, so that the other's decider does not listen in, and whoever decides there. */
interface Stage {
  readonly switch: LaunchedSwitch;
  /** CPU time of switch and decider so far, ms. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** What the edge would have written on an INVITE. */
const arrival = { 'sip_h_X-Cordboard-Source': 'phone', 'sip_h_X-Cordboard-Queue': 'default' } as const;
const onFreeswitch = freeswitchProgram() !== undefined;

/** freeswitch-conf, whose one extension bridges by itself, or parks a caller as the edge would have brought her. */
function writeConf(folder: string, side: Side, phones: string): void {
  cpSync(path.join(root, 'freeswitch-conf'), folder, { recursive: true });
  const file = path.join(folder, 'freeswitch.xml');
  const action = (application: string, data = ''): string =>
    `<action application="${application}" data="${data}"/>`;
  const actions =
    side === 'bare'
      ? [action('answer'), action('bridge', `sofia/cordboard/2001@${phones}`), action('hangup')]
      : Object.entries(arrival).map(([name, value]) => action('set', `${name}=${value}`));
  const written = readFileSync(file, 'utf8').replace(
    /(<extension name="park">\s*<condition>)/,
    `$1${actions.join('')}`,
  );
  if (!written.includes(actions[0] ?? ''))
    throw new Error('freeswitch-conf has no extension to put the bench into');
  writeFileSync(file, written);
}

/** @param phones `host:port` where agents are rung */
async function stage(side: Side, phones: string): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-setup-'));
  const running: { readonly pid: number; stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of running.reverse()) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const launched = await launchSwitch(side, folder, phones);
    running.push(launched);
    const decider =
      side === 'ours'
        ? ['ours', launched.eslUrl, phones, folder, String(agents)]
        : ['least', launched.eslUrl, phones];
    if (side === 'ours' || !onFreeswitch)
      running.push(await startPart(path.join(benchPrograms, 'setup-app.js'), decider));
    return {
      switch: launched,
      cpuMs: () => running.reduce((sum, { pid }) => sum + cpuMs(pid), 0),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function launchSwitch(side: Side, folder: string, phones: string): Promise<LaunchedSwitch> {
  if (!onFreeswitch) {
    const set = Object.entries(arrival).map(([name, value]) => `${name}=${value}`);
    return launchEmbeddedSwitch({ set, rtpPorts: 2_000 });
  }
  const conf = path.join(folder, 'conf');
  writeConf(conf, side, phones);
  const env = { CORDBOARD_SESSIONS_PER_SECOND: '1000', CORDBOARD_RTP_END: '36999' };
  return launchFreeswitch({ conf, env });
}

let voided = 0;

/** Repeats a round that is void. @throws when too many are */
async function good<T>(what: string, round: () => Promise<T | string>): Promise<T> {
  for (;;) {
    const result = await round();
    if (typeof result !== 'string') return result;
    voided += 1;
    say(`  void round of ${what}: ${result}`);
    if (voided > voidAllowed)
      throw new Error('too many void rounds: the machine is too busy, or something is broken');
  }
}

interface Caller {
  readonly trunk: Trunk;
  readonly desks: Desks;
}

/** Milliseconds from each caller's INVITE to her agent's; or why the round is void. */
async function setUpTimes({ trunk, desks }: Caller): Promise<readonly number[] | string> {
  const [fromCaller, fromAgent] = [trunk.calls.length, desks.calls.length];
  for (let call = 0; call < latency.calls; call += 1) {
    trunk.call();
    await new Promise((resolve) => setTimeout(resolve, latency.everyMs));
  }
  const made = trunk.calls.slice(fromCaller);
  const over = await until('all calls are over', () => made.every(({ end }) => end), {
    withinMs: 20_000,
  }).catch(() => false);
  const rung = new Map(desks.calls.slice(fromAgent).map(({ caller, invitedAt }) => [caller, invitedAt]));
  const times = made.flatMap(({ number, begun }) =>
    rung.has(number) ? [(rung.get(number) ?? 0) - begun] : [],
  );
  return over && times.length === made.length
    ? times
    : `${made.length - times.length} of ${made.length} calls reached nobody, ${made.filter(({ end }) => !end).length} did not end`;
}

const at = (values: readonly number[], share: number): number => quantile(Float64Array.from(values), share);

/** Set-up times by turns, on switches whose agents are phones of this process. */
async function measureLatency(): Promise<Finding[]> {
  const desksFor = async (): Promise<Desks> =>
    Desks.open({ protocol: 'udp', host: '127.0.0.1', port: 9 }, () => latency.talkMs);
  const callers = {} as Record<Side, Caller>;
  const running: { stop(): Promise<void> }[] = [];
  const times: Record<Side, number[][]> = { ours: [], bare: [] };
  try {
    for (const side of sides) {
      const desks = await desksFor();
      running.push({ stop: () => desks.close() });
      const one = await stage(side, `127.0.0.1:${desks.port}`);
      running.push(one);
      const target = { protocol: 'udp', host: '127.0.0.1', port: one.switch.sipPort } as const;
      const trunk = await Trunk.open('127.0.0.1', target, 'service', (number) => ({
        'X-Cordboard-Caller': number, // What the edge would let the agent see.
      }));
      running.push({ stop: () => trunk.close() });
      callers[side] = { trunk, desks };
    }
    for (let n = 0; n <= rounds; n += 1)
      for (const side of sides) {
        const found = await good(side, () => setUpTimes(callers[side]));
        if (n > 0) times[side].push([...found]); // The first is warm-up.
      }
  } finally {
    for (const one of running.reverse()) await one.stop();
  }
  return latencyRows(times);
}

function latencyRows(times: Readonly<Record<Side, readonly (readonly number[])[]>>): Finding[] {
  const where = onFreeswitch ? 'FreeSWITCH' : 'embedded';
  const added = times.ours.map((round, n) => at(round, 0.5) - at(times.bare[n] ?? [], 0.5));
  const all = (side: Side): readonly number[] => times[side].flat();
  const p99 = at(all('ours'), 0.99) - at(all('bare'), 0.99);
  times.ours.forEach((round, n) =>
    say(
      `  round ${n + 1}: ours p50 ${at(round, 0.5).toFixed(1)} ms, bare p50 ${at(times.bare[n] ?? [], 0.5).toFixed(1)} ms`,
    ),
  );
  return [
    {
      what: `setup: added from INVITE to the agent's INVITE, p50, ${where}`,
      measured: `${median(added).toFixed(1)} ms`,
      spread: spreadOf(added, 1),
      goal: `<= ${goals.p50Ms} ms`,
      met: median(added) <= goals.p50Ms,
    },
    {
      what: `setup: the same, p99 of ${all('ours').length} calls a side`,
      measured: `${p99.toFixed(1)} ms`,
      goal: `<= ${goals.p99Ms} ms`,
      ...(all('ours').length >= 100 && { met: p99 <= goals.p99Ms }),
    },
  ];
}

/** Calls a second by turns, sipp on both ends. */
async function measureRate(): Promise<Finding[]> {
  const running: Stage[] = [];
  const sideOf = async (name: Side): Promise<LoopSide> => {
    const calleePort = await freeSipPort();
    const one = await stage(name, `127.0.0.1:${calleePort}`);
    running.push(one);
    const { sipPort: serverPort } = one.switch;
    const load = { talkMs: rate.talkMs, from: '127.0.0.1', number: 'service' };
    return {
      name,
      load: (inTheAir, calls) => runLoad({ ...load, calls, inTheAir, serverPort, calleePort }),
      cpuMs: () => one.cpuMs(),
    };
  };
  try {
    return rateRows(await byTurns([await sideOf('ours'), await sideOf('bare')], rate));
  } finally {
    for (const one of running.reverse()) await one.stop();
  }
}

function rateRows({ rounds: found, voided: lost }: Comparison): Finding[] {
  voided += lost;
  const ratios = found.map(([ours, bare]) => ours.callsPerSecond / bare.callsPerSecond);
  const cpuRatios = found.map(([ours, bare]) => ours.cpuPerCall / bare.cpuPerCall);
  found.forEach(([ours, bare], n) =>
    say(
      `  round ${n + 1}: ours ${ours.callsPerSecond.toFixed(0)}/s at ${ours.cpuPerCall.toFixed(2)} ms CPU a call, ` +
        `bare ${bare.callsPerSecond.toFixed(0)}/s at ${bare.cpuPerCall.toFixed(2)} ms`,
    ),
  );
  return [
    {
      what: `setup: calls/s, against the bare bridge, ${onFreeswitch ? 'FreeSWITCH' : 'embedded'}`,
      measured: `${median(ratios).toFixed(2)}×`,
      spread: spreadOf(ratios, 2),
      goal: `>= ${goals.rate}×`,
      met: median(ratios) >= goals.rate,
    },
    {
      what: 'setup: CPU per call of switch and control plane, against the same',
      measured: `${median(cpuRatios).toFixed(2)}×`,
      spread: spreadOf(cpuRatios, 2),
    },
  ];
}

const started = cpuTotals();
const findings = [...(await measureLatency()), ...(await measureRate())];
say(`  ${machineSince(started)}; ${voided} void rounds`);
await report(findings);
