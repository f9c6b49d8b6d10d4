// Who is joined with whom: bridges, conferences, and back to the park where every leg begins.
//
//   parked ──bridge──▶ bridged ──bridge with another──▶ bridged (whoever is left parks: park_after_bridge)
//     │  ▲──────park─────┤
//     │  ▲               ▼
//     └──┼─confer──▶ in a room ──bridge──▶ bridged
//        └──────park─────┘
//
// None of these commands waits for the one before to have come true: FreeSWITCH takes a leg out of whatever it is in. What it
// says (`+OK`) is only that it was understood; the events in happenings.ts tell what became of it.

import type { LegId, SessionId } from '../../app/domain/ids.ts';
import { MediaError } from '../../app/ports/media.ts';
import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import * as sound from './sound.ts';
import { legOf, run, type Switchboard } from './switchboard.ts';

/** How often it is looked whether a dial is over, and how long that is waited for at most, ms. */
const dialLookMs = 10;
const dialEndsMs = 1_000;

/** @throws MediaError */
export async function bridge(board: Switchboard, a: LegId, b: LegId): Promise<void> {
  const legs = [legOf(board, a), legOf(board, b)];
  if (a === b) throw new MediaError('refused', 'a leg cannot be bridged with itself');
  legs.forEach(mustBeHeard);
  if (legs[0]?.bridgedTo === b && !legs.some((leg) => leg.joining || leg.parting)) {
    // Nothing will happen, so nothing would be told.
    return board.emit({ kind: 'legs.bridged', a, b });
  }
  for (const leg of legs) leg.entering = undefined;
  await join(board, legs, () => [commands.bridge(a, b)]);
}

/** Brings those into the room that are not there yet and not on their way. @throws MediaError */
export async function confer(board: Switchboard, room: SessionId, ids: readonly LegId[]): Promise<void> {
  const legs = ids.map((id) => legOf(board, id));
  legs.forEach(mustBeHeard);
  const outside = legs.filter((leg) => leg.room !== room && leg.entering !== room);
  for (const leg of outside) leg.entering = room;
  await join(board, outside, () => conferCommands(outside, room));
}

/** A pair moves as one: of two that are sent one after the other, the second would be parked in between. */
function conferCommands(legs: readonly Leg[], room: SessionId): readonly string[] {
  const ids = new Set(legs.map(({ id }) => id));
  return legs.flatMap((leg, index) => {
    const partner = leg.bridgedTo;
    if (partner === undefined || !ids.has(partner)) return [commands.confer(leg.id, room)];
    const isFirst = legs.findIndex(({ id }) => id === partner) > index;
    return isFirst ? [commands.conferBoth(leg.id, room)] : [];
  });
}

/** Parts a pair. @throws MediaError */
export async function parkPair(board: Switchboard, a: LegId, b: LegId): Promise<void> {
  const [first, second] = [legOf(board, a), legOf(board, b)];
  if (first.bridgedTo === b) return partBridge(board, first);
  await Promise.all([park(board, first), park(board, second)]);
}

/** Out of a bridge, a conference or a listening; the partner of a bridge stays parked too. @throws MediaError */
export async function parkAlone(board: Switchboard, id: LegId): Promise<void> {
  await park(board, legOf(board, id));
}

async function park(board: Switchboard, leg: Leg): Promise<void> {
  if (leg.parked && !leg.joining && leg.listening === undefined) return;
  leg.entering = undefined;
  if (leg.bridgedTo !== undefined) return partBridge(board, leg);
  leg.joining = false;
  await run(board, commands.park(leg.id));
}

async function partBridge(board: Switchboard, leg: Leg): Promise<void> {
  const partner = leg.bridgedTo === undefined ? undefined : board.legs.get(leg.bridgedTo);
  for (const one of [leg, partner]) if (one) one.parting = true;
  await run(board, commands.parkBoth(leg.id));
}

/** uuid_bridge says +OK to a leg that still rings, and then hangs up both. */
function mustBeHeard(leg: Leg): void {
  if (leg.stage === 'answered' || leg.stage === 'early' || leg.answerAsked) return;
  throw new MediaError('refused', `leg ${leg.id} is not answered`);
}

async function join(
  board: Switchboard,
  legs: readonly Leg[],
  commandsNow: () => readonly string[],
): Promise<void> {
  for (const leg of legs) sound.joining(leg);
  try {
    await dialsAreOver(board, legs);
    const keep = legs.filter((leg) => !leg.kept).map((leg) => run(board, commands.keepAfterBridge(leg.id)));
    for (const leg of legs) leg.kept = true;
    await Promise.all([...keep, ...commandsNow().map((command) => run(board, command))]);
  } catch (error) {
    for (const leg of legs) sound.notJoining(board, leg);
    throw error;
  }
}

/** Without a wait where none is needed: what is asked for next must not overtake this. */
export async function dialsAreOver(board: Switchboard, legs: readonly Leg[]): Promise<void> {
  const beingMade = legs.filter((leg) => leg.jobPending);
  if (beingMade.length > 0) await Promise.all(beingMade.map((leg) => dialIsOver(board, leg)));
}

/**
 * A phone's answer is told some 20 ms before its dial has come to its end. A bridge in between takes the leg out of FreeSWITCH's
 * hands: it calls the dial cancelled (ORIGINATOR_CANCEL) while the two talk.
 */
async function dialIsOver(board: Switchboard, leg: Leg): Promise<void> {
  const until = board.clock.now() + dialEndsMs;
  while (leg.jobPending && board.clock.now() < until) {
    await new Promise<void>((resolve) => board.clock.wakeAt(board.clock.now() + dialLookMs, resolve));
    legOf(board, leg.id);
  }
}
