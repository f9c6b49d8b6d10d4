// What happened to a leg the books know: it rang, was answered, ended. Each signal names a leg; who it is follows from the books.
// Unknown, late and double news are ignored with a reason.

import { ignored } from '../change.ts';
import type { LegEnding } from '../ending.ts';
import type { LegId } from '../ids.ts';
import { missOf } from '../offer.ts';
import type { LiveSession, Offered } from '../session.ts';
import { customerLegOf, isConversation, isLive, partyOf } from '../session-parts.ts';
import type { Party } from '../party.ts';
import { moveAgent, moveSession } from './books.ts';
import { endingWhenCustomerLeaves } from './by-customer.ts';
import {
  agentOfDialEnded,
  agentOfDialThere,
  destinationAnswered,
  destinationEnded,
  dialRings,
} from './dialling.ts';
import { askToConfirm, needsConfirming } from './confirm.ts';
import type { Signal } from './inputs.ts';
import { beginMenu } from './menu.ts';
import { endSession, leaveConference, loseAgent } from './moves.ts';
import { accept, missOffer } from './offers.ts';
import { isParting, ringAnew } from './off-hook.ts';
import { agentBack, isKept, keepForAgent, recallFailed } from './rejoin.ts';
import { buried, released } from './release.ts';
import { lineEnded, lineSignal } from './standing-lines.ts';
import { agentHangsUp, ask } from './survey.ts';
import { thirdAnswered, thirdLegEnded, thirdRings } from './third.ts';
import { monitorAnswered, monitorLegEnded } from './monitors.ts';
import { done, type Outcome, type Work } from './work.ts';

export type LegSignal = Extract<Signal, { kind: 'leg.ringing' | 'leg.answered' | 'leg.ended' }>;

export function byLeg(work: Work, signal: LegSignal): Outcome {
  const { legId } = signal;
  const sessionId = work.floor.legs.get(legId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  const party = session && isLive(session) ? partyOf(session, legId) : undefined;
  if (!session || !isLive(session) || !party) return outOfCall(work, signal);
  switch (signal.kind) {
    case 'leg.ringing':
      return rings(work, session, party);
    case 'leg.answered':
      return answered(work, session, party);
    case 'leg.ended':
      return legEnded(work, session, party, signal.ending);
  }
}

function outOfCall(work: Work, signal: LegSignal): Outcome {
  if (signal.kind === 'leg.ended' && work.floor.releases.has(signal.legId)) {
    released(work, signal.legId);
    return done;
  }
  if (work.floor.releases.has(signal.legId)) return ignored('leg on its way out');
  if (work.floor.lines.has(signal.legId)) return ofLine(work, signal);
  return ignored(work.floor.gone.has(signal.legId) ? 'leg already gone' : 'unknown leg');
}

const ofLine = (work: Work, signal: LegSignal): Outcome =>
  signal.kind === 'leg.ended'
    ? lineEnded(work, signal.legId, signal.ending)
    : lineSignal(work, signal.legId, signal.kind);

function rings(work: Work, session: LiveSession, { role }: Party): Outcome {
  if (session.at === 'dialling') return dialRings(work, session, role === 'agent' ? 'agent' : 'destination');
  if (role === 'third') return thirdRings(work, session);
  if (role !== 'agent') return ignored('a customer does not ring');
  const change = moveSession(work, session.sessionId, { kind: 'rings' });
  if (change.outcome !== 'moved' || session.at !== 'offered') return ignored('already ringing');
  moveAgent(work, session.offer.agentId, { kind: 'rings' });
  return done;
}

function answered(work: Work, session: LiveSession, { role, leg }: Party): Outcome {
  if (isParting(leg)) return ignored('taken back, to be rung anew');
  switch (role) {
    case 'customer':
      return customerAnswered(work, session);
    case 'agent':
      if (session.at === 'dialling') return agentOfDialThere(work, session, leg.legId);
      if (session.at === 'rejoining') return agentBack(work, session);
      return session.at === 'offered' ? phoneAnswered(work, session) : ignored('already answered');
    case 'third':
      return thirdAnswered(work, session);
    case 'supervisor':
      return monitorAnswered(work, session, leg.legId);
  }
}

function customerAnswered(work: Work, session: LiveSession): Outcome {
  if (session.at === 'dialling' || session.at === 'notifying') return destinationAnswered(work, session);
  const change = moveSession(work, session.sessionId, { kind: 'customerAnswered' });
  if (change.outcome !== 'moved') return change;
  if (change.to.at === 'menu') beginMenu(work, change.to);
  if (change.to.at === 'surveying') ask(work, change.to);
  return done;
}

function phoneAnswered(work: Work, session: Offered): Outcome {
  const { offer, sessionId } = session;
  if (!needsConfirming(work, offer.agentId)) return accept(work, session);
  const change = moveSession(work, sessionId, { kind: 'confirming' });
  if (change.outcome !== 'moved') return change;
  askToConfirm(work, offer.leg.legId);
  return done;
}

/** @param ending how it ended by itself */
export function legEnded(work: Work, session: LiveSession, party: Party, ending: LegEnding): Outcome {
  if (isParting(party.leg)) {
    ringAnew(work, session, party, ending);
    return done;
  }
  lineEnded(work, party.leg.legId, ending);
  switch (party.role) {
    case 'customer':
      return customerLegEnded(work, session, ending);
    case 'agent':
      return agentLegEnded(work, session, party.leg.legId, ending);
    case 'third':
      return thirdLegEnded(work, session, ending);
    case 'supervisor':
      return monitorLegEnded(work, session, party.leg.legId, ending);
  }
}

/** A phone caller who is gone is gone. A web customer who did not ask may be reloading her page. */
function customerLegEnded(work: Work, session: LiveSession, ending: LegEnding): Outcome {
  const leg = customerLegOf(session);
  if (leg === undefined) return ignored('no leg of hers is here');
  if (session.at === 'dialling' || session.at === 'notifying') return destinationEnded(work, session, ending);
  if (session.log.source === 'web') {
    const until = work.now + work.floor.rules.returnMs;
    moveSession(work, session.sessionId, { kind: 'customerGone', ending, until });
    buried(work, leg.legId, session.sessionId);
    return done;
  }
  const ends = endingOfCaller(work, session, ending);
  if (session.at === 'conferencing') return leaveConference(work, session, ends, ending);
  endSession(work, session, ends, { ended: { [leg.legId]: ending } });
  return done;
}

function endingOfCaller(work: Work, session: LiveSession, ending: LegEnding) {
  if (session.at === 'surveying') return session.ending;
  if (ending === 'media_lost') return 'media_lost';
  if (ending === 'hung_up' || ending === 'cancelled') return endingWhenCustomerLeaves(work, session);
  return session.log.connectedAt === null ? endingWhenCustomerLeaves(work, session) : 'customer_lost';
}

/**
 * Her phone never took the call: a miss. Her page is gone: the call is kept for her. She ended a conversation: it is over. Her phone
 * died: the customer must not pay.
 */
function agentLegEnded(work: Work, session: LiveSession, legId: LegId, ending: LegEnding): Outcome {
  const ended = { [legId]: ending };
  if (session.at === 'offered') missOffer(work, session, missOf(ending), ending);
  else if (session.at === 'dialling') agentOfDialEnded(work, session, ending);
  else if (session.at === 'rejoining') recallFailed(work, session, ending);
  else if (isConversation(session) && isKept(work, session)) keepForAgent(work, session, ending);
  else if (session.at === 'aside') endSession(work, session, session.ending, { ended });
  else if ((session.at === 'talking' || session.at === 'held') && ending === 'hung_up')
    agentHangsUp(work, session, ending);
  else if (isConversation(session)) loseAgent(work, session, ending);
  return done;
}
