// Calls per second through our edge on the embedded SIP server, against drachtio-srf's README back-to-back user agent on the
// same build of the server. sipp calls as a trunk and answers as the switch; both sides carry the same calls, by turns.
//
//   sipp caller (trunk) ──► SIP server ──► sipp callee (the switch)
//                               ▲
//                  edge-app  or b2bua-app, a process of its own
//
// The load is a closed loop: a number of calls in the air, the same for both, the next begins when one ends. It finds the rate
// a side can carry without ever overrunning it, so no retransmission is provoked; a ladder of fixed rates would, on a machine whose
// cores the generator shares, find the moment the scheduler lets a process wait for half a second. Calls per second and
// CPU per call are both told: the first is what was promised, the second what other work on the machine disturbs least.

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { trunkAddress } from '../support/edge-peers.ts';
import { freeSipPort } from '../support/sipp-calls.ts';
import { median, report, say, spreadOf } from './findings.ts';
import { cpuMs, cpuTotals, machineSince } from './machine.ts';
import { benchPrograms, root, startPart, type Part } from './parts.ts';
import { runLoad } from './sipp-load.ts';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 7;
const callsPerRound = quick ? 500 : 1_500;
const talkMs = 100;
/** Calls in the air while the load is being found. */
const fewInTheAir = 24;
/** How long signalling may take at the slower side, ms: well below the 500 ms at which SIP repeats itself, yet never idle. */
const signallingMs = 150;
/** Rounds that may be void before the machine counts as too busy to measure on. */
const voidAllowed = 2 * rounds;
const goal = 0.85;

interface Side {
  readonly name: string;
  readonly server: Part;
  readonly app: Part;
  readonly sipPort: number;
}

async function startSide(name: string, app: string, calleePort: number): Promise<Side> {
  const secret = randomBytes(12).toString('hex');
  const server = await startPart(path.join(root, 'dist/sip-server.js'), [
    ...['--sip', '127.0.0.1:0', '--control', '127.0.0.1:0', '--secret', secret],
  ]);
  const [, sipPort = '', controlPort = ''] =
    /sip [\d.]+:(\d+).*control [\d.]+:(\d+)/.exec(server.greeting) ?? [];
  const program = path.join(benchPrograms, `${app}.js`);
  return {
    name,
    server,
    app: await startPart(program, [controlPort, secret, String(calleePort)]),
    sipPort: Number(sipPort),
  };
}

interface Round {
  readonly callsPerSecond: number;
  /** CPU the side had used when the round began, ms. */
  readonly cpuBefore: number;
  /** CPU of server and application, ms per call; known when the side's next round begins. */
  cpuPerCall: number;
}

const cpuOf = ({ server, app }: Side): number => cpuMs(server.pid) + cpuMs(app.pid);

let voided = 0;

/** A round without failure or retransmission; void ones are told and repeated. */
async function goodRound(side: Side, calleePort: number, inTheAir: number): Promise<Round> {
  for (;;) {
    const cpuBefore = cpuOf(side);
    const { callsPerSecond, failed, retransmissions } = await runLoad({
      calls: callsPerRound,
      inTheAir,
      talkMs,
      serverPort: side.sipPort,
      from: trunkAddress,
      number: '4000',
      calleePort,
    });
    if (failed === 0 && retransmissions === 0) return { callsPerSecond, cpuBefore, cpuPerCall: NaN };
    voided += 1;
    say(`  void round of ${side.name}: ${failed} failed, ${retransmissions} retransmissions`);
    if (voided > voidAllowed)
      throw new Error('too many void rounds: the machine is too busy, or something is broken');
  }
}

/** Warms both sides up, and chooses how many calls to keep in the air from what the slower one carried. */
async function findLoad(sides: readonly [Side, Side], calleePort: number): Promise<number> {
  let inTheAir = fewInTheAir;
  for (let step = 0; step < 2; step += 1) {
    const rates: number[] = [];
    for (const side of sides) rates.push((await goodRound(side, calleePort, inTheAir)).callsPerSecond);
    inTheAir = Math.max(fewInTheAir, Math.round((Math.min(...rates) * (talkMs + signallingMs)) / 1_000));
  }
  say(`  ${inTheAir} calls in the air`);
  return inTheAir;
}

/** Rounds by turns. What a call leaves behind, to be forgotten seconds later, is counted until the side's next round. */
async function compare(
  sides: readonly [Side, Side],
  calleePort: number,
): Promise<readonly [Round[], Round[]]> {
  const results: [Round[], Round[]] = [[], []];
  const settle = (index: 0 | 1): void => {
    const last = results[index].at(-1);
    if (last) last.cpuPerCall = (cpuOf(sides[index]) - last.cpuBefore) / callsPerRound;
  };
  const inTheAir = await findLoad(sides, calleePort);
  for (let n = 0; n < rounds; n += 1) {
    for (const index of [0, 1] as const) {
      settle(index);
      results[index].push(await goodRound(sides[index], calleePort, inTheAir));
    }
  }
  settle(0);
  settle(1);
  return results;
}

const calleePort = await freeSipPort();
const started = cpuTotals();
const ours = await startSide('edge', 'edge-app', calleePort);
const peer = await startSide('b2bua', 'b2bua-app', calleePort);
try {
  const [a, b] = await compare([ours, peer], calleePort);
  const ratios = a.map((round, n) => round.callsPerSecond / (b[n]?.callsPerSecond ?? NaN));
  const cpuRatios = a.map((round, n) => round.cpuPerCall / (b[n]?.cpuPerCall ?? NaN));
  const machine = machineSince(started);
  a.forEach((round, n) => {
    const other = b[n];
    say(
      `  round ${n + 1}: edge ${round.callsPerSecond.toFixed(0)}/s at ${round.cpuPerCall.toFixed(2)} ms CPU a call, ` +
        `b2bua ${other?.callsPerSecond.toFixed(0)}/s at ${other?.cpuPerCall.toFixed(2)} ms`,
    );
  });
  say(`  ${machine}; ${voided} void rounds`);
  await report([
    {
      what: 'edge: calls/s, against the bare drachtio-srf B2BUA',
      measured: `${median(ratios).toFixed(2)}×`,
      spread: spreadOf(ratios, 2),
      goal: `>= ${goal}×`,
      met: median(ratios) >= goal,
    },
    {
      what: 'edge: CPU per call of server and app, against the same',
      measured: `${median(cpuRatios).toFixed(2)}×`,
      spread: spreadOf(cpuRatios, 2),
    },
  ]);
} finally {
  await Promise.all([ours.app.stop(), peer.app.stop()]);
  await Promise.all([ours.server.stop(), peer.server.stop()]);
}
