// The one door through which people and adapters reach the floor. http, realtime and the faces know this and no more.

import type { Input } from '../domain/floor/inputs.ts';
import type { Fact, Stamped } from '../domain/floor/facts.ts';
import type { FloorView } from '../domain/floor/view.ts';
import type { RefusalCode } from '../domain/refusal.ts';

export type Answer =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'ignored'; readonly why: string }
  | { readonly outcome: 'refused'; readonly code: RefusalCode };

export interface Core {
  /** Decides at once (one mailbox, one writer); effects are carried out afterwards. Never throws for what a person did. */
  submit(input: Input): Answer;
  readonly view: FloorView;
  /** Facts of each step, in order. A listener must not throw. Returns the disposer. */
  subscribe(listener: (facts: readonly Stamped<Fact>[]) => void): () => void;
  /** Number of the newest fact; a subscriber that holds this number is up to date. */
  readonly factNumber: number;
}
