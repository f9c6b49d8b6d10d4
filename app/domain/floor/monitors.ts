// Supervisors listen, whisper, speak, take over. A listener is a leg of her own beside the conversation; it ends with it.

import { ignored, refused } from '../change.ts';
import type { LegEnding } from '../ending.ts';
import type { LegId } from '../ids.ts';
import type { LiveSession, Monitor } from '../session.ts';
import { isConversation, isLive, isMonitored, monitorsOf } from '../session-parts.ts';
import { moveSession } from './books.ts';
import type { SupervisorCommand } from './inputs.ts';
import { dismissAgent, endSession } from './moves.ts';
import { destinationOf } from './numbers.ts';
import { waitNoLonger } from './rejoin.ts';
import { letGo } from './release.ts';
import { endingOfThird } from './third.ts';
import { done, type Outcome, type Work } from './work.ts';

export type MonitorCommand = Extract<SupervisorCommand, { supervisorId: string }>;

export function byMonitor(work: Work, command: MonitorCommand): Outcome {
  const session = work.floor.sessions.get(command.sessionId);
  if (session === undefined) return refused('unknown_session');
  if (!isLive(session)) return refused('already_ended');
  switch (command.kind) {
    case 'supervisor.join':
      return join(work, session, command);
    case 'supervisor.mode': {
      const { supervisorId, mode } = command;
      const change = moveSession(work, session.sessionId, {
        kind: 'monitorChanged',
        supervisorId,
        change: mode,
      });
      return change.outcome === 'moved' ? done : change;
    }
    case 'supervisor.takeOver':
      return takeOver(work, session, command.supervisorId);
    case 'supervisor.leave':
      return leave(work, session, command.supervisorId);
  }
}

function join(
  work: Work,
  session: LiveSession,
  command: Extract<MonitorCommand, { kind: 'supervisor.join' }>,
): Outcome {
  const { supervisorId, mode, device } = command;
  if (!isConversation(session)) return refused('not_in_call');
  if (session.at === 'connecting') return refused('wrong_state');
  if (work.floor.agentsByDevice.has(device.address)) return refused('unknown_device');
  const { sessionId } = session;
  const legId = work.newId() as LegId;
  const leg = { legId, createdAt: work.now, answeredAt: null };
  const change = moveSession(work, sessionId, {
    kind: 'monitored',
    monitor: { supervisorId, leg, mode, on: false },
  });
  if (change.outcome !== 'moved') return change;
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: destinationOf(device),
    labels: { role: 'supervisor', sessionId, supervisorId },
    callerNumber: session.agent.agentId,
    callerName: work.floor.agents.get(session.agent.agentId)?.displayName ?? '',
    ringUntil: work.now + work.floor.rules.monitorRingMs,
    ...(device.kind === 'sip' && { autoAnswer: true }),
  });
  return done;
}

function takeOver(work: Work, session: LiveSession, supervisorId: string): Outcome {
  if (!isMonitored(session)) return refused('not_monitoring');
  const change = moveSession(work, session.sessionId, {
    kind: 'takenOver',
    supervisorId,
    ending: 'released',
  });
  if (change.outcome !== 'moved') return change;
  if (session.at === 'rejoining') waitNoLonger(work, session);
  else dismissAgent(work, session);
  return done;
}

function leave(work: Work, session: LiveSession, supervisorId: string): Outcome {
  if (session.at === 'transferred') {
    const { party } = session.third;
    if (party.kind !== 'supervisor' || party.supervisorId !== supervisorId) return refused('not_monitoring');
    endSession(work, session, endingOfThird(session));
    return done;
  }
  const monitor = monitorsOf(session).find((other) => other.supervisorId === supervisorId);
  if (monitor === undefined) return refused('not_monitoring');
  dropMonitor(work, session, monitor, 'left');
  return done;
}

/** @param ended how her leg ended by itself; undefined when it still has to be hung up */
export function dropMonitor(
  work: Work,
  { sessionId }: LiveSession,
  { supervisorId, leg }: Monitor,
  how: 'left' | 'failed',
  ended?: LegEnding,
): void {
  moveSession(work, sessionId, { kind: 'monitorGone', supervisorId, how, ending: ended ?? 'released' });
  letGo(work, leg.legId, { sessionId, agentId: null }, ended);
}

const monitorAt = (session: LiveSession, legId: LegId): Monitor | undefined =>
  monitorsOf(session).find(({ leg }) => leg.legId === legId);

export function monitorAnswered(work: Work, session: LiveSession, legId: LegId): Outcome {
  return changed(work, session, legId, 'answered');
}

/** The switch says that she hears the conversation. */
export function monitorHears(work: Work, session: LiveSession, legId: LegId): Outcome {
  return changed(work, session, legId, 'on');
}

function changed(work: Work, session: LiveSession, legId: LegId, change: 'answered' | 'on'): Outcome {
  const monitor = monitorAt(session, legId);
  if (monitor === undefined) return ignored('nobody who listens');
  const { supervisorId } = monitor;
  const moved = moveSession(work, session.sessionId, { kind: 'monitorChanged', supervisorId, change });
  return moved.outcome === 'moved' ? done : moved;
}

/** Hung up after the answer: she left. Anything else failed. */
export function monitorLegEnded(work: Work, session: LiveSession, legId: LegId, ending: LegEnding): Outcome {
  const monitor = monitorAt(session, legId);
  if (monitor === undefined) return ignored('nobody who listens');
  const left = ending === 'hung_up' && monitor.leg.answeredAt !== null;
  dropMonitor(work, session, monitor, left ? 'left' : 'failed', ending);
  return done;
}
