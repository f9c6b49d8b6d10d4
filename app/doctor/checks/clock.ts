// Time: does this machine's clock run evenly, and does it agree with the others'?

import { note, well, wrong, type Finding } from '../finding.ts';
import type { Check } from '../examine.ts';

/** Call records are put in order by time; half a second is less than anybody notices. */
const unwellMs = 1_000;
/** Signed tickets and nonces are good for minutes; certificates for days. */
const badMs = 10_000;
const synchronise = 'Let every machine set its clock by the network (chrony, systemd-timesyncd).';

export interface Reading {
  /** Both in epoch milliseconds, of the same moment. */
  readonly theirs: number;
  readonly ours: number;
  /** How far the comparison itself may be wrong, ms. */
  readonly roughMs: number;
}

/** @param whose as in `the database` */
export function judgeSkew(id: string, whose: string, { theirs, ours, roughMs }: Reading): Finding {
  const offMs = theirs - ours;
  const least = Math.max(0, Math.abs(offMs) - roughMs);
  const direction = offMs > 0 ? 'ahead of' : 'behind';
  const seen = `The clock of ${whose} is ${(Math.abs(offMs) / 1_000).toFixed(1)} s ${direction} ours.`;
  if (least >= badMs) return wrong(id, seen, synchronise);
  if (least >= unwellMs) return note(id, seen, synchronise);
  return well(id, `The clock of ${whose} agrees with ours.`);
}

const watchedMs = 1_000;

/** A clock that is being set while we look, or runs at another pace. */
export const clock: Check = {
  name: 'clock',
  async look({ now }) {
    const [wall, monotonic] = [now(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, watchedMs));
    return [judgePace(now() - wall, performance.now() - monotonic)];
  },
};

/** @param wallMs how far the clock went while the monotonic one went `monotonicMs` */
export function judgePace(wallMs: number, monotonicMs: number): Finding {
  const jump = wallMs - monotonicMs;
  if (Math.abs(jump) < 0.1 * monotonicMs) return well('clock.pace', 'This machine’s clock runs evenly.');
  const seen = `This machine’s clock jumped by ${(jump / 1_000).toFixed(1)} s while we looked.`;
  return wrong('clock.pace', seen, `Find out what sets it by hand. ${synchronise}`);
}
