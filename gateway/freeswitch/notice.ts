// A notice: whoever dialled something that is done at once, or cannot be done, hears which of the two it is. What was done is told in an
// answered call; what was refused before the answer (183), so that the phone shows the cause as well. Like the echo it is no conversation.

import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import { begin, type Switchboard } from './switchboard.ts';

/** Plays the leg what the edge made of its wish; the switch hangs up after it. */
export function notice(board: Switchboard, leg: Leg): void {
  const { notice: what = 'declined' } = leg.arrival ?? {};
  if (what === 'done') leg.stage = 'answered';
  begin(board, leg.id, commands.notice(leg.id, what));
}
