// How much chaos: short by default, as part of `npm test`; longer by `npm run chaos`, which sets these.

export interface ChaosCounts {
  /** Crashes at random moments. */
  readonly kills: number;
  /** How often each single step is crashed in. */
  readonly perStep: number;
  /** How often any other fault is made to happen, or a multiple of it where it costs little. */
  readonly rounds: number;
  /** Callers a second. */
  readonly rate: number;
  /** Enough of them that callers do not queue up for ever. */
  readonly agents: number;
  /** Longest a test may take, milliseconds. */
  readonly patienceMs: number;
}

export function chaosCounts(env: NodeJS.ProcessEnv = process.env): ChaosCounts {
  const given = (name: string, fallback: number): number => {
    const value = Number(env[name] ?? fallback);
    if (!Number.isFinite(value) || value <= 0)
      throw new RangeError(`${name} was given ${env[name]}, expected a number above 0`);
    return value;
  };
  const kills = given('CHAOS_KILLS', 3);
  const perStep = given('CHAOS_PER_STEP', 1);
  const rounds = given('CHAOS_ROUNDS', 1);
  const rate = given('CHAOS_RATE', 3);
  return {
    kills,
    perStep,
    rounds,
    rate,
    agents: Math.ceil(5 * rate),
    // A restart, the pause before it, and the wait for the next moment.
    patienceMs: 120_000 + 20_000 * Math.max(kills, 12 * perStep) + 60_000 * rounds,
  };
}
