// Supervisors at a conversation. Every step is a fact: who listened to whom, and when.

import { closeLeg } from './call-log.ts';
import { ignored, refused } from './change.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import type { Conversation, LiveSession, Monitor, Monitored } from './session.ts';
import { monitorOver, monitorParty, to, type Of, type SessionChange } from './session-moves.ts';
import { isConversation, isMonitored } from './session-parts.ts';

type Monitors = Of<'monitored' | 'monitorChanged' | 'monitorGone'>;

export function changeMonitor(session: LiveSession, event: Monitors, now: Instant): SessionChange {
  if (!isMonitored(session)) return refused('wrong_state');
  if (event.kind === 'monitored')
    return isConversation(session) ? joins(session, event.monitor, now) : refused('wrong_state');
  const monitor = session.monitors.find(({ supervisorId }) => supervisorId === event.supervisorId);
  if (monitor === undefined) return refused('not_monitoring');
  return event.kind === 'monitorGone'
    ? leaves(session, monitor, event, now)
    : changes(session, monitor, event, now);
}

function joins(session: Conversation, monitor: Monitor, now: Instant): SessionChange {
  const { supervisorId, mode } = monitor;
  if (session.monitors.some((other) => other.supervisorId === supervisorId))
    return refused('already_monitoring');
  const fact: Fact = { kind: 'monitor.asked', sessionId: session.sessionId, supervisorId, mode };
  return to(session, { ...session, monitors: [...session.monitors, monitor] }, now, [fact]);
}

function leaves(
  session: Monitored,
  monitor: Monitor,
  { how, ending, supervisorId }: Of<'monitorGone'>,
  now: Instant,
): SessionChange {
  const monitors = session.monitors.filter((other) => other !== monitor);
  const log = closeLeg(session.log, monitorParty(monitor), ending, now);
  return to(session, { ...session, monitors, log }, now, [monitorOver(session, supervisorId, how)]);
}

function changes(
  session: Monitored,
  monitor: Monitor,
  { change }: Of<'monitorChanged'>,
  now: Instant,
): SessionChange {
  const { sessionId } = session;
  const { supervisorId, mode, leg } = monitor;
  const { agentId } = session.at === 'rejoining' ? session : session.agent;
  const put = (next: Monitor, ...facts: readonly Fact[]) => {
    const monitors = session.monitors.map((other) => (other === monitor ? next : other));
    return to(session, { ...session, monitors }, now, facts);
  };
  switch (change) {
    case 'answered':
      if (leg.answeredAt !== null) return ignored('already answered');
      return put({ ...monitor, leg: { ...leg, answeredAt: now } });
    case 'on':
      if (monitor.on) return ignored('already listening');
      return put(
        { ...monitor, on: true },
        { kind: 'monitor.started', sessionId, supervisorId, agentId, mode },
      );
    default:
      if (mode === change) return ignored('already so');
      return put(
        { ...monitor, mode: change },
        { kind: 'monitor.mode', sessionId, supervisorId, mode: change },
      );
  }
}
