// Outgoing calls: an agent's own phone first, then the number she wants; and a number that is told something. Each leg's
// failure has a cause of its own.

import { deviceOf, isFree, standingLegOf, type Agent } from '../agent.ts';
import { newCallLog, type Origin } from '../call-log.ts';
import { ignored, refused } from '../change.ts';
import type { LegEnding, SessionEnding } from '../ending.ts';
import type { LegId, QueueId } from '../ids.ts';
import type { RefusalCode } from '../refusal.ts';
import type { Dialling, LiveSession, Notifying } from '../session.ts';
import { unlinked } from '../link.ts';
import { canRing } from './by-edge.ts';
import { moveAgent, moveSession, putSession, queueOf } from './books.ts';
import { askToConfirm, needsConfirming } from './confirm.ts';
import type { DialFact } from './session-facts.ts';
import type { AgentCommand, NotificationCommand } from './inputs.ts';
import { endSession, startRecording } from './moves.ts';
import { callerFor, destinationOf, isNumber } from './numbers.ts';
import { done, type Outcome, type Work } from './work.ts';

type DialCommand = Extract<AgentCommand, { kind: 'agent.dial' }>;

// ---------------------------------------------------------------- asked for

export function dial(work: Work, agent: Agent, command: DialCommand): Outcome {
  const { floor, now } = work;
  const { sessionId, number } = command;
  if (floor.sessions.has(sessionId)) return ignored('known session');
  const device = deviceOf(agent);
  if (device === undefined) return refused('not_signed_in');
  if (agent.activity.at !== 'idle') return refused('wrong_state');
  if (!isFree(agent) || !canRing(floor)) return refused('agent_unavailable');
  const queueId = command.queueId ?? agent.queues[0];
  const checked = callerNumberFor(work, queueId, number, command.callerNumber);
  if ('code' in checked) return refused(checked.code);
  const { callerNumber } = checked;
  const { agentId } = agent;
  const standing = standingLegOf(agent);
  const legId = standing ?? (work.newId() as LegId);
  const until = now + queueOf(floor, checked.queueId).settings.ringMs;
  const log = {
    ...newCallLog(originOf(command, checked.queueId, callerNumber), now, 'dialling'),
    agentId,
    // Should she lose her agent once they talk, she has a place in line like anybody.
    place: { sessionId, head: false, priority: 0, sequence: floor.sequence++ },
  };
  work.facts.push({ kind: 'session.requested', sessionId, queueId: checked.queueId, source: 'outbound' });
  work.facts.push({ kind: 'dial.progress', sessionId, agentId, leg: 'agent', state: 'dialling' });
  const session: Dialling = {
    at: 'dialling',
    sessionId,
    since: now,
    log,
    agent: { agentId, leg: { legId, createdAt: now, answeredAt: null } },
    link: unlinked,
    number,
    callerNumber,
    wantsEarlyMedia: command.earlyMedia ?? false,
    stage: { at: 'agent', ringing: false },
    until,
  };
  putSession(work, sessionId, session);
  moveAgent(work, agentId, { kind: 'dials', sessionId, legId });
  if (standing !== undefined) return callDestination(work, session);
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: destinationOf(device),
    labels: { role: 'agent', sessionId, agentId },
    // Her own phone shows whom it is about.
    ...callerFor(work, checked.queueId, device, { number, name: '' }),
    ringUntil: until,
    ...(device.kind === 'sip' && { autoAnswer: true }),
  });
  return done;
}

const originOf = (
  { sessionId, number }: Pick<DialCommand, 'sessionId' | 'number'>,
  queueId: QueueId,
  callerNumber: string,
): Origin => ({
  sessionId,
  source: 'outbound',
  queueId,
  priority: 0,
  customerNumber: number,
  customerName: null,
  dialledNumber: callerNumber === '' ? null : callerNumber,
});

/** Which number the far side sees: one of the queue's, the first where nothing is said. */
function callerNumberFor(
  { floor }: Work,
  queueId: QueueId | undefined,
  number: string,
  wanted: string | undefined,
): { readonly queueId: QueueId; readonly callerNumber: string } | { readonly code: RefusalCode } {
  const queue = queueId && floor.queues.get(queueId);
  if (!queue) return { code: 'unknown_queue' };
  if (!isNumber(number)) return { code: 'bad_number' };
  if (floor.live >= floor.rules.maxSessions) return { code: 'too_many_sessions' };
  const allowed = queue.settings.callerNumbers ?? [];
  if (wanted !== undefined && !allowed.includes(wanted)) return { code: 'caller_number_not_allowed' };
  return { queueId, callerNumber: wanted ?? allowed[0] ?? '' };
}

export function notify(work: Work, command: NotificationCommand): Outcome {
  const { floor, now } = work;
  const { sessionId, number, soundId, times } = command;
  if (floor.sessions.has(sessionId)) return ignored('known session');
  const checked = callerNumberFor(work, command.queueId, number, command.callerNumber);
  if ('code' in checked) return refused(checked.code);
  const { queueId, callerNumber } = checked;
  const legId = work.newId() as LegId;
  const until = now + queueOf(floor, queueId).settings.ringMs;
  const log = newCallLog(originOf(command, queueId, callerNumber), now, 'notifying');
  const leg = { legId, createdAt: now, answeredAt: null };
  work.facts.push({ kind: 'session.requested', sessionId, queueId, source: 'outbound' });
  work.facts.push({ kind: 'dial.progress', sessionId, leg: 'destination', state: 'dialling' });
  const session: Notifying = {
    at: 'notifying',
    sessionId,
    since: now,
    log,
    leg,
    soundId,
    times,
    playId: null,
    until,
  };
  putSession(work, sessionId, session);
  callNumber(work, session, { legId, number, callerNumber, until, earlyMedia: false });
  return done;
}

function callNumber(
  work: Work,
  { sessionId }: LiveSession,
  call: {
    readonly legId: LegId;
    readonly number: string;
    readonly callerNumber: string;
    readonly until: number;
    readonly earlyMedia: boolean;
  },
): void {
  work.effects.push({
    kind: 'leg.dial',
    legId: call.legId,
    to: { kind: 'number', number: call.number },
    labels: { role: 'customer', sessionId },
    callerNumber: call.callerNumber,
    callerName: '',
    ringUntil: call.until,
    ...(call.earlyMedia && { earlyMedia: true }),
  });
}

// ---------------------------------------------------------------- what comes of it

export function dialRings(work: Work, session: Dialling, leg: DialFact['leg']): Outcome {
  if ((session.stage.at === 'destination') !== (leg === 'destination')) return ignored('already answered');
  const change = moveSession(work, session.sessionId, { kind: 'dialRings' });
  return change.outcome === 'moved' ? done : change;
}

/** Her phone is off the hook: now the number, or first the key that says that it is her. */
export function agentOfDialThere(work: Work, session: Dialling, legId: LegId): Outcome {
  if (session.stage.at !== 'agent') return ignored('already answered');
  if (!needsConfirming(work, session.agent.agentId)) return callDestination(work, session);
  moveSession(work, session.sessionId, { kind: 'agentConfirms', until: session.until });
  askToConfirm(work, legId);
  return done;
}

export function callDestination(work: Work, session: Dialling): Outcome {
  const { sessionId, number, callerNumber, wantsEarlyMedia, log } = session;
  const legId = work.newId() as LegId;
  const until = work.now + queueOf(work.floor, log.queueId).settings.ringMs;
  const leg = { legId, createdAt: work.now, answeredAt: null };
  moveSession(work, sessionId, { kind: 'destinationDialled', leg, until });
  callNumber(work, session, { legId, number, callerNumber, until, earlyMedia: wantsEarlyMedia });
  return done;
}

export function destinationAnswered(work: Work, session: Dialling | Notifying): Outcome {
  const { sessionId } = session;
  if (session.at === 'notifying') return tell(work, session);
  const change = moveSession(work, sessionId, { kind: 'destinationAnswered' });
  if (change.outcome !== 'moved') return change;
  moveAgent(work, session.agent.agentId, { kind: 'turns', into: 'talking' });
  // With early sound they had each other before.
  if (change.to.at === 'talking') startRecording(work, change.to);
  return done;
}

function tell(work: Work, { sessionId, leg, soundId, times }: Notifying): Outcome {
  const playId = work.newId();
  const until = work.now + work.floor.rules.notifyMs;
  const change = moveSession(work, sessionId, { kind: 'notifies', playId, until });
  if (change.outcome !== 'moved') return change;
  const sound = { soundId, playId, mix: false, volume: 0, times, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId: leg.legId, ...sound });
  return done;
}

/** Her own phone was not reached, or she gave up. */
export function agentOfDialEnded(work: Work, session: Dialling, ending: LegEnding): void {
  const { agent, stage } = session;
  const gaveUp = stage.at !== 'agent' && ending === 'hung_up';
  if (!gaveUp) failed(work, session, 'agent', ending);
  endSession(work, session, gaveUp ? 'dial_cancelled' : 'agent_not_reached', {
    ended: { [agent.leg.legId]: ending },
  });
}

export function destinationEnded(work: Work, session: Dialling | Notifying, ending: LegEnding): Outcome {
  const leg = session.at === 'notifying' ? session.leg : destinationOfDial(session);
  if (leg === undefined) return ignored('not dialled yet');
  const cut: SessionEnding =
    session.at === 'notifying' && session.playId !== null ? 'notification_cut' : missing;
  if (cut === missing) failed(work, session, 'destination', ending);
  endSession(work, session, cut, { ended: { [leg.legId]: ending } });
  return done;
}

const missing = 'destination_not_reached';

const destinationOfDial = ({ stage }: Dialling) => (stage.at === 'destination' ? stage.leg : undefined);

function failed(work: Work, session: Dialling | Notifying, leg: DialFact['leg'], cause: LegEnding): void {
  const { sessionId } = session;
  const agentId = session.at === 'dialling' ? { agentId: session.agent.agentId } : {};
  work.facts.push({ kind: 'dial.progress', sessionId, ...agentId, leg, state: 'failed', cause });
}

/** Nobody answered in time; or a sound's end was lost. */
export function dialOver(work: Work, session: Dialling | Notifying): void {
  const told = session.at === 'notifying' && session.playId !== null;
  const ofAgent = session.at === 'dialling' && session.stage.at !== 'destination';
  if (told) endSession(work, session, 'failed');
  else giveUpDial(work, session, ofAgent ? 'agent' : 'destination', 'no_answer');
}

/** A leg that could not be reached, and is still to be hung up. */
export function giveUpDial(
  work: Work,
  session: Dialling | Notifying,
  leg: DialFact['leg'],
  cause: LegEnding,
): void {
  failed(work, session, leg, cause);
  endSession(work, session, leg === 'agent' ? 'agent_not_reached' : missing, { cause: 'no_answer' });
}
