// A command that went into an event socket and was not answered before the socket went: nobody knows whether the switch heard it. Where
// saying it twice does what saying it once does, it is said again as soon as the same switch is back; the rest fails, and whoever wished
// for it decides. A caller is not turned away, nor left in silence, because a connection was made anew.

import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import { MediaError } from '../../app/ports/media.ts';

const repeatable: ReadonlySet<MediaEffect['kind']> = new Set([
  'leg.answer',
  'leg.ring',
  'music.start',
  'music.stop',
  'ringback.start',
  'ringback.stop',
]);

export class Repeating {
  readonly #waiting = new Set<(isBack: boolean) => void>();
  /** The connection is away, and may come back. */
  readonly #isAway: () => boolean;

  constructor(isAway: () => boolean) {
    this.#isAway = isAway;
  }

  /** Performs once, and once more when the first time was cut off. @throws MediaError as `perform` does */
  async perform(effect: MediaEffect, perform: (effect: MediaEffect) => Promise<void>): Promise<void> {
    try {
      await perform(effect);
    } catch (error) {
      if (!repeatable.has(effect.kind) || !isCutOff(error) || !this.#isAway()) throw error;
      const isBack = await new Promise<boolean>((resolve) => this.#waiting.add(resolve));
      if (!isBack) throw error;
      await perform(effect);
    }
  }

  /** @param isBack the same switch answers again; otherwise whatever was on it is gone */
  settle(isBack: boolean): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve(isBack);
  }
}

const isCutOff = (error: unknown): boolean =>
  error instanceof MediaError && (error.reason === 'disconnected' || error.reason === 'timeout');
