// The session's machine: one answer for every pair of state and event. Its table is printed in session.test.ts.

import { callRecord, closeLeg, closeOffer } from './call-log.ts';
import { ignored, moved, refused } from './change.ts';
import { changeCall } from './call-changes.ts';
import { changeCustomer } from './customer-changes.ts';
import { changeDial } from './dial-changes.ts';
import type { OfferMiss } from './ending.ts';
import { changeFlow } from './flow-changes.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import { changeLeaving } from './leaving-changes.ts';
import { changeLink } from './link-changes.ts';
import { changeMonitor } from './monitor-changes.ts';
import { changeOffer, offerRecord } from './offer-changes.ts';
import { changeOffHook } from './off-hook-changes.ts';
import { changeRejoin } from './rejoin-changes.ts';
import { changeSurvey } from './survey-changes.ts';
import { changeRecording, recordingStopped } from './recording-changes.ts';
import type { Ended, LiveSession, Session } from './session.ts';
import type { SessionEvent } from './session-events.ts';
import { monitorOver, noted, type Of, type SessionChange } from './session-moves.ts';
import { agentIdOf, isLive, monitorsOf, partiesOf } from './session-parts.ts';

export type { SessionChange } from './session-moves.ts';

/** Decides what `event` does to `session` at `now`. Pure; see the drawing in session.ts. */
// eslint-disable-next-line complexity, max-lines-per-function -- one exhaustive switch over a closed union
export function changeSession(session: Session, event: SessionEvent, now: Instant): SessionChange {
  if (!isLive(session)) return changeEnded(session, event);
  switch (event.kind) {
    case 'arrives':
    case 'customerAnswered':
    case 'customerGone':
    case 'menuPlays':
    case 'menuOver':
    case 'announces':
      return changeCustomer(session, event, now);
    case 'follows':
    case 'hears':
    case 'joinsLine':
    case 'sentOut':
      return changeFlow(session, event, now);
    case 'surveys':
    case 'surveyGoesOn':
      return changeSurvey(session, event, now);
    case 'offered':
    case 'rings':
    case 'confirming':
    case 'answered':
    case 'missed':
      return changeOffer(session, event, now);
    case 'offHook':
    case 'rungAnew':
      return changeOffHook(session, event, now);
    case 'bridgeAsked':
    case 'bridged':
    case 'joined':
    case 'unbridged':
    case 'bridgeFailed':
      return changeLink(session, event, now);
    case 'held':
    case 'reminded':
    case 'resumed':
    case 'muted':
    case 'consults':
    case 'thirdProgress':
    case 'toggled':
    case 'confers':
    case 'thirdGone':
      return changeCall(session, event, now);
    case 'agentLeaves':
    case 'customerLeaves':
    case 'transferredTo':
    case 'takenOver':
    case 'parks':
    case 'passedOn':
    case 'agentLost':
    case 'backToLine':
      return changeLeaving(session, event, now);
    case 'agentAway':
    case 'recalled':
    case 'recallMissed':
    case 'agentBack':
      return changeRejoin(session, event, now);
    case 'agentConfirms':
    case 'destinationDialled':
    case 'dialRings':
    case 'earlyMedia':
    case 'destinationAnswered':
    case 'notifies':
      return changeDial(session, event, now);
    case 'monitored':
    case 'monitorChanged':
    case 'monitorGone':
      return changeMonitor(session, event, now);
    case 'plays':
    case 'played':
    case 'digitsSent':
    case 'recordingAsked':
    case 'recordingPaused':
    case 'recordingCut':
    case 'recordingResumed':
    case 'recordingStarted':
    case 'recordingStopped':
      return changeRecording(session, event, now);
    case 'recovered':
      return noted(
        session,
        { ...session.log, recovered: true },
        { kind: 'session.recovered', sessionId: session.sessionId },
      );
    case 'ended':
      return ended(session, event, now);
    case 'rated':
      return refused('wrong_state');
  }
}

/** After the end only stars and the last word about the recording mean anything. */
function changeEnded(session: Ended, event: SessionEvent): SessionChange {
  const { sessionId } = session;
  if (event.kind === 'recordingStopped')
    return moved<Session, Fact>(session, recordingStopped(sessionId, event));
  if (event.kind !== 'rated') return ignored('the session is over');
  if (session.log.connectedAt === null) return refused('wrong_state');
  if (session.stars !== undefined) return ignored('already rated');
  const { stars } = event;
  return moved<Session, Fact>({ ...session, stars }, { kind: 'session.rated', sessionId, stars });
}

function ended(session: LiveSession, event: Of<'ended'>, now: Instant): SessionChange {
  const { sessionId } = session;
  const facts: Fact[] = monitorsOf(session).map(({ supervisorId }) =>
    monitorOver(session, supervisorId, 'over'),
  );
  let log = session.log;
  for (const party of partiesOf(session)) {
    log = closeLeg(log, party, event.legs[party.leg.legId] ?? 'released', now);
  }
  if (session.at === 'offered') {
    const { offer } = session;
    const miss = missAtEnd(event);
    log = closeOffer(log, offerRecord(offer, miss, now));
    facts.push({ kind: 'offer.missed', offerId: offer.offerId, sessionId, agentId: offer.agentId, miss });
  }
  const { ending } = event;
  const record = callRecord(log, ending, now);
  facts.push({ kind: 'session.ended', sessionId, ending });
  const agentId = agentIdOf(session) ?? log.agentId;
  const over: Ended = { at: 'ended', sessionId, since: now, ending, log, record, legs: log.legs, agentId };
  return moved<Session, Fact>(over, ...facts);
}

/** Nobody's fault on the agent's side, whoever ended the session while her phone rang. */
function missAtEnd({ ending }: Of<'ended'>): OfferMiss {
  return ending === 'abandoned_ringing' || ending === 'customer_lost' ? 'customer_left' : 'withdrawn';
}
