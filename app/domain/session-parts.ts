// Reading a session: who is in it, on which legs, in which place. Nothing here decides anything.

import type { Place } from './call-log.ts';
import type { AgentId, LegId } from './ids.ts';
import type { Leg, Party } from './party.ts';
import type { PartyRecord, Segment } from './record.ts';
import type {
  AgentSide,
  Conversation,
  Customer,
  LiveSession,
  Monitor,
  Monitored,
  Session,
  Third,
} from './session.ts';

export const isLive = (session: Session): session is LiveSession => session.at !== 'ended';

export function isConversation(session: Session): session is Conversation {
  return isMonitored(session) && session.at !== 'rejoining';
}

export const isMonitored = (session: Session): session is Monitored => 'monitors' in session;

export function customerOf(session: Session): Customer | undefined {
  return 'customer' in session ? session.customer : undefined;
}

/** The customer's leg on the switch, when there is one: also the number's in an outgoing call. */
export function customerLegOf(session: Session): Leg | undefined {
  if (session.at === 'notifying') return session.leg;
  if (session.at === 'dialling') return session.stage.at === 'destination' ? session.stage.leg : undefined;
  const customer = customerOf(session);
  return customer?.at === 'here' ? customer.leg : undefined;
}

/** The agent who is rung or talking, with her leg. */
export function agentSideOf(session: Session): AgentSide | undefined {
  if (session.at === 'offered') return session.offer;
  if (session.at === 'rejoining')
    return session.leg ? { agentId: session.agentId, leg: session.leg } : undefined;
  return 'agent' in session ? session.agent : undefined;
}

/** Whose call it is, also while her page is gone. */
export function agentIdOf(session: Session): AgentId | undefined {
  return session.at === 'rejoining' ? session.agentId : agentSideOf(session)?.agentId;
}

export function thirdOf(session: Session): Third | undefined {
  return 'third' in session ? session.third : undefined;
}

export function monitorsOf(session: Session): readonly Monitor[] {
  return isMonitored(session) ? session.monitors : [];
}

/** The leg that supervisors hear the conversation by. */
export function heardLegOf(session: Session): LegId | undefined {
  const agent = agentSideOf(session);
  return agent && agent.leg.answeredAt !== null ? agent.leg.legId : undefined;
}

/** Everybody with a leg in this session. */
export function partiesOf(session: Session): readonly Party[] {
  const parties: Party[] = [];
  const customerLeg = customerLegOf(session);
  if (customerLeg) parties.push({ role: 'customer', leg: customerLeg, agentId: null });
  const agent = agentSideOf(session);
  if (agent) parties.push({ role: 'agent', leg: agent.leg, agentId: agent.agentId });
  const third = thirdOf(session);
  if (third) parties.push(thirdParty(third));
  for (const { supervisorId, leg } of monitorsOf(session)) {
    parties.push({ role: 'supervisor', leg, agentId: null, supervisorId });
  }
  return parties;
}

export function thirdParty({ party, leg }: Third): Party {
  const agentId = party.kind === 'agent' ? party.agentId : null;
  return { role: 'third', leg, agentId, third: party };
}

/** Which of the parties a leg is. */
export function partyOf(session: Session, legId: LegId): Party | undefined {
  return partiesOf(session).find(({ leg }) => leg.legId === legId);
}

/** Is this agent in the session, on whichever side? */
export function hasAgent(session: Session, agentId: AgentId): boolean {
  return agentIdOf(session) === agentId || partiesOf(session).some((party) => party.agentId === agentId);
}

/** The place she holds: while in line and while an agent's phone rings for her. */
export function placeOf(session: Session): Place | null {
  if (session.at === 'waiting') return session.log.place;
  return session.at === 'offered' && session.offer.purpose.kind !== 'pickUp' ? session.log.place : null;
}

/** May she be offered to an agent now? Somebody who is away keeps her place but is passed over. */
export function isOfferable(session: Session): boolean {
  return session.at === 'waiting' && session.customer.at === 'here';
}

/** The slot she is parked in, also while somebody is picking her up. */
export function slotOf(session: Session): number | undefined {
  if (session.at === 'parked') return session.slot;
  if (session.at !== 'offered' || session.offer.purpose.kind !== 'pickUp') return undefined;
  return session.offer.purpose.slot;
}

/** What the record says the call is doing. */
export function segmentOf(session: LiveSession): Segment['kind'] {
  if (customerOf(session)?.at === 'away') return 'away';
  return session.at === 'offered' ? 'ringing' : session.at;
}

/** Who the record says is in the call beside customer and agent. */
export function thirdRecord(session: LiveSession): PartyRecord | null {
  const party = thirdOf(session)?.party;
  if (party === undefined) return null;
  switch (party.kind) {
    case 'agent':
      return { kind: 'agent', agentId: party.agentId };
    case 'number':
      return { kind: 'number', number: party.number };
    case 'supervisor':
      return { kind: 'supervisor', supervisorId: party.supervisorId };
  }
}
