// Calls a second of two sides, by turns, in a closed loop: a number of calls in the air, the same for both, the next begins when one
// ends. It finds the rate a side can carry without overrunning it, so no retransmission is provoked; a ladder of fixed rates would, on a
// machine whose cores the generator shares, find the moment the scheduler lets a process wait for half a second. Calls per second and CPU
// per call are both told: the first is what was promised, the second what other work on the machine disturbs least.

import { say } from './findings.ts';
import type { LoadResult } from './sipp-load.ts';

export interface LoopSide {
  readonly name: string;
  /** Makes so many calls, with so many in the air at a time. */
  load(inTheAir: number, calls: number): Promise<LoadResult>;
  /** CPU time its servers have used so far, ms. */
  cpuMs(): number;
}

export interface LoopRules {
  readonly rounds: number;
  readonly callsPerRound: number;
  /** How long each call is talked, ms. */
  readonly talkMs: number;
}

export interface LoopRound {
  readonly callsPerSecond: number;
  /** CPU of the side's servers, ms per call, with what a call leaves behind until the side's next round. */
  readonly cpuPerCall: number;
}

/** A round whose CPU per call is known when the side's next one begins. */
interface Measured extends LoopRound {
  cpuPerCall: number;
  readonly cpuBefore: number;
}
const unmeasured: Measured = { callsPerSecond: NaN, cpuPerCall: NaN, cpuBefore: NaN };

export interface Comparison {
  readonly rounds: readonly (readonly [LoopRound, LoopRound])[];
  readonly voided: number;
}

/** Calls in the air while the load is being found. */
const fewInTheAir = 24;
const mostInTheAir = 1_000;
/** Calls made to see whether a number in the air is too many, for each that is in the air. */
const callsToLook = 12;
/** How long signalling may take at the slower side, ms: well below the 500 ms at which SIP repeats itself, yet never idle. */
const signallingMs = 150;

const isGood = ({ failed, retransmissions }: LoadResult): boolean => failed === 0 && retransmissions === 0;
const faultsOf = ({ failed, retransmissions }: LoadResult): string =>
  `${failed} failed, ${retransmissions} retransmissions`;

/** Finds the load, then measures. @throws when more than two rounds of three are void: too busy a machine, or something is broken */
export async function byTurns(sides: readonly [LoopSide, LoopSide], rules: LoopRules): Promise<Comparison> {
  const inTheAir = await findLoad(sides, rules.talkMs);
  say(`  ${inTheAir} calls in the air`);
  let voided = 0;
  /** The first round of a side that is not void: its rate, and what CPU the side had used before it. */
  const goodRound = async (side: LoopSide): Promise<readonly [rate: number, cpuBefore: number]> => {
    for (;;) {
      const cpuBefore = side.cpuMs();
      const result = await side.load(inTheAir, rules.callsPerRound);
      if (isGood(result)) return [result.callsPerSecond, cpuBefore];
      voided += 1;
      say(`  void round of ${side.name}: ${faultsOf(result)}`);
      if (voided > 2 * rules.rounds)
        throw new Error('too many void rounds: the machine is too busy, or something is broken');
    }
  };
  const rounds: [Measured, Measured][] = [];
  const settle = (index: 0 | 1): void => {
    const last = rounds.at(-1)?.[index];
    if (last) last.cpuPerCall = (sides[index].cpuMs() - last.cpuBefore) / rules.callsPerRound;
  };
  for (let n = 0; n < rules.rounds; n += 1) {
    const both: [Measured, Measured] = [unmeasured, unmeasured];
    for (const index of [0, 1] as const) {
      settle(index);
      const [callsPerSecond, cpuBefore] = await goodRound(sides[index]);
      both[index] = { callsPerSecond, cpuBefore, cpuPerCall: NaN };
    }
    rounds.push(both);
  }
  settle(0);
  settle(1);
  return { voided, rounds };
}

/** Warms both sides up, and doubles what is in the air until the slower side keeps its callers waiting, or one has had too much. */
async function findLoad(sides: readonly [LoopSide, LoopSide], talkMs: number): Promise<number> {
  /** Calls a second of the slower side; undefined when a side did not carry them cleanly. */
  const carried = async (inTheAir: number): Promise<number | undefined> => {
    let slowest = Infinity;
    for (const side of sides) {
      const result = await side.load(inTheAir, callsToLook * inTheAir);
      if (!isGood(result)) {
        say(`  ${inTheAir} in the air are too many for ${side.name}: ${faultsOf(result)}`);
        return undefined;
      }
      slowest = Math.min(slowest, result.callsPerSecond);
    }
    return slowest;
  };
  const enough = (rate: number): number => Math.round((rate * (talkMs + signallingMs)) / 1_000);
  let good = fewInTheAir;
  for (let next = good; next <= mostInTheAir; next *= 2) {
    const rate = await carried(next);
    if (rate === undefined) {
      const between = Math.round((good + next) / 2);
      return (await carried(between)) === undefined ? good : between;
    }
    if (enough(rate) <= next) return Math.max(fewInTheAir, enough(rate));
    good = next;
  }
  return good;
}
