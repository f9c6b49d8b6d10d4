// Inward: what the switch reports, as signals of the port. Each is signalled once, whatever is repeated or comes late.

import { legId, queueId, sessionId, type LegId } from '../../app/domain/ids.ts';
import { endingOf, endingOfJob } from './causes.ts';
import * as commands from './commands.ts';
import type { Arrival, Ended, Parked, SwitchEvent } from './events.ts';
import type { Leg } from './legs.ts';
import * as sound from './sound.ts';
import { begin, doubtLeg, endLeg, type Switchboard } from './switchboard.ts';

export function happen(board: Switchboard, event: SwitchEvent): void {
  switch (event.kind) {
    case 'parked':
      return parked(board, event);
    case 'progress':
      return ringing(board, event.leg, event.direction);
    case 'answered':
      return answered(board, event.leg, event.callId);
    case 'bridged':
      return bridged(board, legId(event.a), legId(event.b));
    case 'unbridged':
      return unbridged(board, legId(event.a), legId(event.b));
    case 'ended':
      return ended(board, event);
    case 'digit':
      return board.emit({ kind: 'leg.digit', legId: legId(event.leg), digit: event.digit });
    case 'recordStarted':
      return recordStarted(board, legId(event.leg), event.file);
    case 'recordStopped':
      return recordStopped(board, legId(event.leg), event.file, event.durationMs);
    case 'jobDone':
      return jobDone(board, event.job, event.ok, event.result);
    case 'malformed':
      return board.log.warn(
        { event: event.name, why: event.why },
        'an event of the switch was not understood',
      );
  }
}

function parked(board: Switchboard, event: Parked): void {
  const id = legId(event.leg);
  const known = board.legs.get(id);
  if (known) {
    known.callId ??= event.callId;
    return sound.parked(board, known);
  }
  if (board.legs.hasEnded(id)) return;
  const leg = board.legs.add({
    id,
    direction: event.direction,
    createdAt: board.clock.now(),
    stage: event.answered ? 'answered' : 'ringing',
    parked: true,
    callId: event.callId,
    arrival: event.arrival,
  });
  if (event.direction === 'inbound' && event.role === undefined) arrive(board, leg, event.arrival);
}

/** Signals an inbound leg that nobody has spoken for. */
export function arrive(board: Switchboard, leg: Leg, arrival: Arrival): void {
  const { source } = arrival;
  if (source === undefined) {
    // The edge writes the source into every INVITE it lets through: this one came past it.
    board.log.warn(
      { legId: leg.id, from: arrival.from },
      'a call that did not come through the SIP edge was turned away',
    );
    return begin(board, leg.id, commands.kill(leg.id, 'not_found'));
  }
  board.emit({ kind: 'leg.arrived', legId: leg.id, source, ...detailsOf(arrival) });
}

/** Who called, and for what, as far as the INVITE said it. */
export const detailsOf = (arrival: Arrival) => ({
  ...(arrival.session === undefined ? {} : { sessionId: sessionId(arrival.session) }),
  ...(arrival.queue === undefined ? {} : { queueId: queueId(arrival.queue) }),
  ...(arrival.from === undefined ? {} : { from: arrival.from }),
  ...(arrival.fromName === undefined ? {} : { fromName: arrival.fromName }),
  ...(arrival.to === undefined ? {} : { to: arrival.to }),
});

/** Ringing is a thing of legs we dial: 180 and 183 alike, once. */
export function ringing(board: Switchboard, id: string, direction: 'inbound' | 'outbound'): void {
  const leg = board.legs.get(legId(id));
  if (direction !== 'outbound' || leg?.stage !== 'dialling') return;
  leg.stage = 'ringing';
  board.emit({ kind: 'leg.ringing', legId: leg.id });
}

export function answered(board: Switchboard, id: string, callId?: string): void {
  const leg = board.legs.get(legId(id));
  if (leg) leg.callId ??= callId;
  if (!leg || leg.stage === 'answered') return;
  leg.stage = 'answered';
  board.emit({ kind: 'leg.answered', legId: leg.id });
}

/** A bridge may be told of twice, by its event and by a look at the channels that came before it. */
export function bridged(board: Switchboard, a: LegId, b: LegId): void {
  const legs = pairOf(board, a, b);
  if (legs.length > 0 && legs.every(([leg, other]) => leg.bridgedTo === other)) return;
  for (const [leg, other] of legs) {
    leg.bridgedTo = other;
    sound.bridged(board, leg);
  }
  board.emit({ kind: 'legs.bridged', a, b });
}

/** Late or second word of a parting, after the next bridge or after both ends, says nothing about now. */
export function unbridged(board: Switchboard, a: LegId, b: LegId): void {
  const parted = pairOf(board, a, b).filter(([leg, other]) => leg.bridgedTo === other);
  if (parted.length === 0) return;
  for (const [leg] of parted) leg.bridgedTo = undefined;
  board.emit({ kind: 'legs.unbridged', a, b });
}

/** The legs of a pair that are known, each with its partner. */
function pairOf(board: Switchboard, a: LegId, b: LegId): (readonly [Leg, LegId])[] {
  const pairs = [
    [board.legs.get(a), b],
    [board.legs.get(b), a],
  ] as const;
  return pairs.flatMap(([leg, other]) => (leg ? [[leg, other] as const] : []));
}

function ended(board: Switchboard, event: Ended): void {
  const id = legId(event.leg);
  const leg = board.legs.get(id);
  const reported = endingOf(event);
  // Refusing an inbound caller and hanging up a ringing phone are ours; only the deadline has a name of its own.
  const ending = leg?.killedFor === 'no_answer' && !event.answered ? 'no_answer' : reported;
  endLeg(board, id, ending, describe(event));
}

const describe = ({ cause, status, disposition }: Ended): string =>
  [cause, status === undefined ? '' : `SIP ${status}`, disposition ?? ''].filter(Boolean).join(' ');

function recordStarted(board: Switchboard, id: LegId, file: string): void {
  const leg = board.legs.get(id);
  if (leg?.recording?.announced) return;
  const startedAt = board.clock.now();
  if (leg) leg.recording = { file, startedAt, announced: true };
  board.emit({ kind: 'recording.started', legId: id, file });
}

function recordStopped(board: Switchboard, id: LegId, file: string, durationMs: number): void {
  if (board.legs.hasEnded(id)) return; // endLeg has spoken for it.
  const leg = board.legs.get(id);
  if (leg) leg.recording = undefined;
  board.emit({ kind: 'recording.stopped', legId: id, file, durationMs });
}

/** Our jobs are originates, under the leg's own id. A success is told by CHANNEL_ANSWER; so is most failure, by the hang-up. */
function jobDone(board: Switchboard, job: string, ok: boolean, result: string): void {
  const leg = board.legs.get(legId(job));
  if (!leg) return;
  leg.jobPending = false;
  // A failure after the answer is none of the leg's: what was done with it cut its dial short. Its own hang-up would tell.
  if (ok || leg.stage === 'answered') return;
  // On a time-out the job reports before the hang-up does, and where no channel ever existed there is no hang-up at all.
  doubtLeg(board, leg, leg.killedFor === 'no_answer' ? 'no_answer' : endingOfJob(result), result);
}
