// The three answers a rule may give. A late or stale event is an answer, not an error; a person's impossible
// wish is a refusal with a code; everything else moves.

import type { RefusalCode } from './refusal.ts';

export type Change<State, Fact> =
  | { readonly outcome: 'moved'; readonly to: State; readonly facts: readonly Fact[] }
  | { readonly outcome: 'ignored'; readonly why: string }
  | { readonly outcome: 'refused'; readonly code: RefusalCode };

export const moved = <S, F>(to: S, ...facts: F[]): Change<S, F> => ({ outcome: 'moved', to, facts });
export const ignored = (why: string) => ({ outcome: 'ignored', why }) as const;
export const refused = (code: RefusalCode) => ({ outcome: 'refused', code }) as const;
