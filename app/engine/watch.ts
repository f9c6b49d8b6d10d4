// What the engine tells whoever watches it (app/observe): the things that are no facts of the floor but matter to those who run
// it. Called synchronously; a watcher must not throw.

import type { MediaEffect } from '../domain/floor/effects.ts';
import type { Input } from '../domain/floor/inputs.ts';
import type { Answer } from './core.ts';

export interface Watch {
  /** Every input, with what came of it and how long the decision took, milliseconds. */
  stepped?(input: Input, answer: Answer, tookMs: number): void;
  /** A rule broke: the input was dropped and the floor kept. */
  bug?(error: unknown, input: Input): void;
  effectFailed?(effect: MediaEffect, reason: string, error: unknown): void;
  /** The reconciler put something right. */
  repaired?(what: string): void;
  /** The switch could not be asked what it holds. */
  blind?(error: unknown): void;
  /** A listener threw, against its contract. */
  listenerFailed?(error: unknown): void;
}
