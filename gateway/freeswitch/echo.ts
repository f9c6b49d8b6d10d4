// The echo: whoever dials it hears a tone and then herself, so that sound can be tried in each direction (docs/doctor.md).

import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import { begin, type Switchboard } from './switchboard.ts';

/** Nobody needs longer to hear whether there is sound. */
const longestMs = 60_000;

/** Answers the leg, plays it the tone and gives back what it says, until it hangs up or its time is over. */
export function echo(board: Switchboard, leg: Leg): void {
  leg.stage = 'answered';
  begin(board, leg.id, commands.echo(leg.id));
  leg.timers.add(
    board.clock.wakeAt(board.clock.now() + longestMs, () =>
      begin(board, leg.id, commands.kill(leg.id, 'normal')),
    ),
  );
}
