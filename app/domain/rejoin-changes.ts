// The agent's page drops out of a conversation and comes back to it. What went on between customer and agent goes on when she is back,
// and supervisors who listened go on listening: they stay on the line meanwhile.

import { ignored } from './change.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import { unlinked } from './link.ts';
import type { LiveSession, Rejoining } from './session.ts';
import { monitorsOf } from './session-parts.ts';
import { agentParty, to, without, type Of, type SessionChange } from './session-moves.ts';

type Rejoins = Of<'agentAway' | 'recalled' | 'recallMissed' | 'agentBack'>;

export function changeRejoin(session: LiveSession, event: Rejoins, now: Instant): SessionChange {
  if (event.kind === 'agentAway') return agentAway(session, event, now);
  if (session.at !== 'rejoining') return ignored('no agent is gone');
  switch (event.kind) {
    case 'recalled':
      if (session.leg !== null) return ignored('already called');
      return to(session, { ...session, leg: event.leg, callAt: null }, now);
    case 'recallMissed': {
      const log = without(session, agentParty(session), event.ending, now);
      return to(session, { ...session, log, leg: null, callAt: event.callAt }, now);
    }
    case 'agentBack':
      return agentBack(session, event, now);
  }
}

function agentAway(session: LiveSession, event: Of<'agentAway'>, now: Instant): SessionChange {
  if (session.at !== 'talking' && session.at !== 'held') return ignored('nobody is talking');
  const { sessionId, since, customer } = session;
  const { agentId } = session.agent;
  const { callAt, until } = event;
  const log = without(session, agentParty(session), event.ending, now);
  const held = session.at === 'held';
  const who = { sessionId, customer, agentId, monitors: monitorsOf(session) };
  const fact: Fact = { kind: 'session.agentAway', sessionId, agentId, until };
  return to(session, { at: 'rejoining', ...who, since, log, held, leg: null, callAt, until }, now, [fact]);
}

function agentBack(session: Rejoining, { remindAt }: Of<'agentBack'>, now: Instant): SessionChange {
  const { sessionId, since, log, customer, agentId, held } = session;
  if (session.leg === null) return ignored('no leg of hers is called');
  const leg = { ...session.leg, answeredAt: now };
  const agent = { agentId, leg };
  const monitors = monitorsOf(session);
  const again = { sessionId, since, log, customer, agent, link: unlinked, monitors } as const;
  const fact: Fact = { kind: 'session.agentBack', sessionId, agentId, legId: leg.legId };
  return to(session, held ? { ...again, at: 'held', remindAt } : { ...again, at: 'talking' }, now, [fact]);
}
