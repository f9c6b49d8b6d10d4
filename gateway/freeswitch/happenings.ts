// Inward: what the switch reports, as signals of the port. Each is signalled once, whatever is repeated or comes late.

import { agentId, legId, queueId, sessionId, type LegId, type SessionId } from '../../app/domain/ids.ts';
import { endingOf, endingOfJob } from './causes.ts';
import * as commands from './commands.ts';
import { echo } from './echo.ts';
import { notice } from './notice.ts';
import { doubtLeg, endLeg, leaveRoom, part } from './ends.ts';
import type { Arrival, Ended, Parked, SwitchEvent } from './events.ts';
import type { Leg } from './legs.ts';
import * as listening from './listening.ts';
import * as playing from './playing.ts';
import * as recording from './recording.ts';
import * as sound from './sound.ts';
import { begin, type Switchboard } from './switchboard.ts';

export function happen(board: Switchboard, event: SwitchEvent): void {
  switch (event.kind) {
    case 'parked':
      return parked(board, event);
    case 'progress':
      return ringing(board, event.leg, event.direction, event.early);
    case 'answered':
      return answered(board, event.leg);
    case 'bridged':
      return bridged(board, legId(event.a), legId(event.b), event.sequence);
    case 'entered':
      return entered(board, legId(event.leg), sessionId(event.room), event.sequence);
    case 'left':
      return left(board, legId(event.leg), event.sequence);
    case 'listenedTo':
      return listening.listens(board, legId(event.leg));
    case 'lifted':
      return playing.lifted(board, legId(event.leg), event.what);
    case 'ended':
      return ended(board, event);
    case 'digit':
      return board.emit({ kind: 'leg.digit', legId: legId(event.leg), digit: event.digit });
    case 'recordStopped':
      return recording.stopped(board, legId(event.leg), event.file, event.durationMs);
    case 'jobDone':
      return jobDone(board, event.job, event.ok, event.result);
    case 'nothing':
      return;
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
  if (known) return parkedAgain(board, known, event);
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

function parkedAgain(board: Switchboard, leg: Leg, event: Parked): void {
  leg.callId ??= event.callId;
  // Two channels' events may overtake each other: this parking was before the bridge we know of already.
  if (event.sequence < leg.joinedAt) return;
  part(board, leg);
  leaveRoom(board, leg);
  if (leg.listening?.heard) leg.listening = undefined;
  sound.parked(board, leg);
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
  if (source === 'echo') return echo(board, leg);
  if (source === 'notice') return notice(board, leg);
  board.emit({ kind: 'leg.arrived', legId: leg.id, source, ...detailsOf(arrival) });
}

/** Who called, and for what, as far as the INVITE said it. */
export const detailsOf = (arrival: Arrival) => ({
  ...(arrival.session === undefined ? {} : { sessionId: sessionId(arrival.session) }),
  ...(arrival.queue === undefined ? {} : { queueId: queueId(arrival.queue) }),
  ...(arrival.agent === undefined ? {} : { agentId: agentId(arrival.agent) }),
  ...(arrival.colleague === undefined ? {} : { callerAgent: agentId(arrival.colleague) }),
  ...(arrival.flow === undefined ? {} : { flowId: arrival.flow }),
  ...(arrival.from === undefined ? {} : { from: arrival.from }),
  ...(arrival.fromName === undefined ? {} : { fromName: arrival.fromName }),
  ...(arrival.to === undefined ? {} : { to: arrival.to }),
});

/** Ringing is a thing of legs we dial: 180 and 183 alike, once. Early sound is told of where it was asked for. */
export function ringing(
  board: Switchboard,
  id: string,
  direction: 'inbound' | 'outbound',
  early: boolean,
): void {
  const leg = board.legs.get(legId(id));
  if (direction !== 'outbound' || !leg || leg.stage === 'answered' || leg.stage === 'early') return;
  if (leg.stage === 'dialling') {
    leg.stage = 'ringing';
    board.emit({ kind: 'leg.ringing', legId: leg.id });
  }
  if (!early || !leg.wantsEarly) return;
  leg.stage = 'early';
  board.emit({ kind: 'leg.earlyMedia', legId: leg.id });
}

export function answered(board: Switchboard, id: string): void {
  const leg = board.legs.get(legId(id));
  if (!leg || leg.stage === 'answered') return;
  leg.stage = 'answered';
  board.emit({ kind: 'leg.answered', legId: leg.id });
}

/** A bridge may be told of twice, by its event and by a look at the channels that came before it. */
export function bridged(board: Switchboard, a: LegId, b: LegId, sequence = 0): void {
  const legs = pairOf(board, a, b);
  if (legs.length > 0 && legs.every(([leg, other]) => leg.bridgedTo === other && !leg.joining)) return;
  for (const [leg, other] of legs) {
    if (leg.bridgedTo !== other) part(board, leg);
    leaveRoom(board, leg);
  }
  for (const [leg, other] of legs) {
    leg.bridgedTo = other;
    leg.joinedAt = Math.max(leg.joinedAt, sequence);
    leg.listening = undefined;
    sound.joined(board, leg);
  }
  board.emit({ kind: 'legs.bridged', a, b });
}

/** The legs of a pair that are known, each with its partner. */
function pairOf(board: Switchboard, a: LegId, b: LegId): (readonly [Leg, LegId])[] {
  const pairs = [
    [board.legs.get(a), b],
    [board.legs.get(b), a],
  ] as const;
  return pairs.flatMap(([leg, other]) => (leg ? [[leg, other] as const] : []));
}

export function entered(board: Switchboard, id: LegId, room: SessionId, sequence = 0): void {
  const leg = board.legs.get(id);
  if (!leg || (leg.room === room && !leg.joining)) return;
  part(board, leg);
  if (leg.room !== room) leaveRoom(board, leg);
  leg.room = room;
  leg.joinedAt = Math.max(leg.joinedAt, sequence);
  leg.listening = undefined;
  sound.joined(board, leg);
  board.emit({ kind: 'conference.joined', legId: id, room });
}

function left(board: Switchboard, id: LegId, sequence: number): void {
  const leg = board.legs.get(id);
  if (leg && sequence >= leg.joinedAt) leaveRoom(board, leg);
}

function ended(board: Switchboard, event: Ended): void {
  const id = legId(event.leg);
  const leg = board.legs.get(id);
  const reported = endingOf(event);
  // Refusing an inbound caller and hanging up a ringing phone are ours; only the deadline has a name of its own.
  const ending = leg?.killedFor === 'no_answer' && !event.answered ? 'no_answer' : reported;
  endLeg(board, id, ending, describe(event), event.recordedMs);
}

const describe = ({ cause, status, disposition }: Ended): string =>
  [cause, status === undefined ? '' : `SIP ${status}`, disposition ?? ''].filter(Boolean).join(' ');

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
