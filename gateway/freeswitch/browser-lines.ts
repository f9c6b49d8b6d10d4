// Browsers that have just had a call. Janus' SIP plugin refuses the next one as *busy* for up to a second after a call has ended
// (janus-conf/README.md), so a browser that is dialled so soon, as a colleague is who is asked a second time, is dialled when that is over.

import type { Clock } from '../../app/ports/clock.ts';
import type { Dial } from './dialstring.ts';
import type { Leg } from './legs.ts';

const engagedMs = 1_200;

export class BrowserLines {
  readonly #clock: Clock;
  /** Epoch milliseconds, by address. */
  readonly #freeAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A call to that line is over. */
  ended({ line }: Leg): void {
    if (line !== undefined) this.#freeAt.set(line, this.#clock.now() + engagedMs);
  }

  /** Resolves when the leg's line can be called, or when the leg has ended before that. */
  async free(leg: Leg): Promise<void> {
    const at = leg.line === undefined ? undefined : this.#freeAt.get(leg.line);
    if (at === undefined || at <= this.#clock.now()) return;
    leg.heldBack = true;
    await new Promise<void>((resolve) => {
      leg.timers.add(resolve).add(this.#clock.wakeAt(at, resolve));
    });
    leg.heldBack = false;
  }
}

/** The line of a browser that is dialled; undefined for everything else. */
export const lineOf = ({ to }: Dial): string | undefined =>
  to.kind === 'device' && to.device.kind === 'browser' ? to.device.address : undefined;
