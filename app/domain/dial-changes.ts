// Outgoing calls: the agent's own phone first, then the number; and a number that hears a sound.

import type { CallLog } from './call-log.ts';
import type { Leg } from './party.ts';
import { ignored } from './change.ts';
import type { DialFact } from './floor/session-facts.ts';
import type { Instant } from './ids.ts';
import { connected } from './link-changes.ts';
import type { Connecting, Dialling, LiveSession } from './session.ts';
import { to, type Of, type SessionChange } from './session-moves.ts';

type Dials = Of<
  'agentConfirms' | 'destinationDialled' | 'dialRings' | 'earlyMedia' | 'destinationAnswered' | 'notifies'
>;

export function changeDial(session: LiveSession, event: Dials, now: Instant): SessionChange {
  if (event.kind === 'notifies') return notifies(session, event, now);
  if (session.at !== 'dialling') return ignored('nobody is being called');
  switch (event.kind) {
    case 'agentConfirms': {
      if (session.stage.at !== 'agent') return ignored('already answered');
      const agent = { ...session.agent, leg: answered(session.agent.leg, now) };
      return to(session, { ...session, agent, stage: { at: 'confirming' }, until: event.until }, now);
    }
    case 'destinationDialled':
      return destinationDialled(session, event, now);
    case 'dialRings': {
      const { stage } = session;
      if (stage.at === 'confirming' || stage.ringing) return ignored('already ringing');
      const which = stage.at === 'agent' ? 'agent' : 'destination';
      return to(session, { ...session, stage: { ...stage, ringing: true } }, now, [
        progress(session, which, 'ringing'),
      ]);
    }
    case 'earlyMedia': {
      if (session.stage.at !== 'destination' || session.stage.early) return ignored('already so');
      const stage = { ...session.stage, early: true };
      return to(session, { ...session, stage }, now, [progress(session, 'destination', 'earlyMedia')]);
    }
    case 'destinationAnswered':
      return destinationAnswered(session, now);
  }
}

const answered = (leg: Leg, now: Instant): Leg => ({ ...leg, answeredAt: leg.answeredAt ?? now });

export const progress = (
  { sessionId, agent }: Dialling,
  leg: DialFact['leg'],
  state: DialFact['state'],
): DialFact => ({ kind: 'dial.progress', sessionId, agentId: agent.agentId, leg, state });

/** The agent is there; the number is called. */
function destinationDialled(
  session: Dialling,
  { leg, until }: Of<'destinationDialled'>,
  now: Instant,
): SessionChange {
  if (session.stage.at === 'destination') return ignored('already dialled');
  const agent = { ...session.agent, leg: answered(session.agent.leg, now) };
  const stage = { at: 'destination', leg, ringing: false, early: false } as const;
  return to(session, { ...session, agent, stage, until }, now, [
    progress(session, 'agent', 'answered'),
    progress(session, 'destination', 'dialling'),
  ]);
}

/** From here on it is a call like any other. With early sound the two have each other already. */
function destinationAnswered(session: Dialling, now: Instant): SessionChange {
  const { stage, sessionId, since, agent, link } = session;
  if (stage.at !== 'destination') return ignored('not dialled yet');
  const log: CallLog = { ...session.log, arrivedAt: now };
  const customer = { at: 'here', leg: answered(stage.leg, now) } as const;
  const next: Connecting = { at: 'connecting', sessionId, since, log, customer, agent, link, monitors: [] };
  const change = to(session, next, now, [progress(session, 'destination', 'answered')]);
  if (change.outcome !== 'moved' || change.to.at !== 'connecting' || !change.to.link.made) return change;
  const talks = connected(change.to, change.to.link, now);
  return talks.outcome === 'moved' ? { ...talks, facts: [...change.facts, ...talks.facts] } : talks;
}

function notifies(session: LiveSession, { playId, until }: Of<'notifies'>, now: Instant): SessionChange {
  if (session.at !== 'notifying' || session.playId !== null) return ignored('not to be told anything');
  const { sessionId, soundId, leg } = session;
  const log: CallLog = { ...session.log, arrivedAt: now };
  return to(session, { ...session, log, leg: answered(leg, now), playId, until }, now, [
    { kind: 'dial.progress', sessionId, leg: 'destination', state: 'answered' },
    { kind: 'session.soundStarted', sessionId, soundId, playId },
  ]);
}
