// A nailed-up line: the agent's phone is rung once, when she signs in, and her leg stays on the switch, silent, from call to call. Each
// call is joined to it at once, after a short tone in her ear; a call's end gives it back. What the floor does with it:
// floor/standing-lines.ts. ADR 0024.
//
//          dialled              answered (a telephone: and 1 pressed)
//   down ───────────▶ dialling ─────────────────────────────────────▶ up
//    ▲                   │                                             │
//    └───── failed ──────┴──────────────── her leg ended ──────────────┘

import type { Instant, LegId } from './ids.ts';

export type StandingLine =
  | {
      readonly at: 'down';
      readonly since: Instant;
      /** Calls to her in a row that came to nothing. */
      readonly tries: number;
      /** When she is called again; null: not before she says that she is ready. */
      readonly redialAt: Instant | null;
    }
  | {
      readonly at: 'dialling';
      readonly since: Instant;
      readonly legId: LegId;
      readonly tries: number;
      readonly until: Instant;
      /** Somebody has answered and has not pressed 1 yet. */
      readonly confirming: boolean;
    }
  | { readonly at: 'up'; readonly since: Instant; readonly legId: LegId };

/** What can happen to it. */
export type LineEvent =
  | { readonly kind: 'lineWanted' }
  | { readonly kind: 'lineDialled'; readonly legId: LegId; readonly until: Instant }
  | { readonly kind: 'lineConfirming' }
  | { readonly kind: 'lineUp'; readonly legId: LegId }
  | { readonly kind: 'lineDown'; readonly tries: number; readonly redialAt: Instant | null }
  /** She has signed out, or asked for her line no longer. */
  | { readonly kind: 'lineOff' };

/** A line that has just been asked for. */
export const wantedLine = (now: Instant): StandingLine => ({
  at: 'down',
  since: now,
  tries: 0,
  redialAt: now,
});

/** The leg it has on the switch, rung or up. */
export const legOfLine = (line: StandingLine | undefined): LegId | undefined =>
  line === undefined || line.at === 'down' ? undefined : line.legId;

/** When something is due on it: an end of the ringing, or another call to her. */
export function lineDueAt(line: StandingLine | undefined): Instant | null {
  if (line?.at === 'dialling') return line.until;
  return line?.at === 'down' ? line.redialAt : null;
}
