// Runs the checks, side by side, and puts what they found into one order.

import { wrong, type Finding } from './finding.ts';
import type { Installation } from './installation.ts';

/** One thing to look at. It reports whatever it meets as findings; only a bug makes it throw. */
export interface Check {
  /** Its findings' ids begin with it. */
  readonly name: string;
  /** Looks at parts that are only there while Cordboard runs. */
  readonly needsRunning?: boolean;
  look(installation: Installation): Promise<readonly Finding[]>;
}

/** A check that is not done by then will not be. */
const longestMs = 30_000;

/** @param checks in the order their findings are to be told */
export async function examine(
  installation: Installation,
  checks: readonly Check[],
): Promise<readonly Finding[]> {
  const wanted = checks.filter(({ needsRunning }) => installation.isRunning || needsRunning !== true);
  return (await Promise.all(wanted.map((check) => finished(check, installation)))).flat();
}

async function finished(check: Check, installation: Installation): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    const todo = 'Look at the log of that part; it takes connections and does not answer.';
    const finding = wrong(
      `${check.name}.late`,
      `${check.name}: not done within ${longestMs / 1000} s.`,
      todo,
    );
    timer = setTimeout(() => resolve([finding]), longestMs);
  });
  try {
    return await Promise.race([check.look(installation), late]);
  } finally {
    clearTimeout(timer);
  }
}
