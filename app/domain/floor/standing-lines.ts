// Nailed-up lines on the floor: rung, confirmed, lost and rung again; and the tone by which a call announces itself on one. A leg that
// stands belongs to the agent and is lent to her calls: they take it as it is (offers.ts, third.ts, dialling.ts), nobody hangs it up
// (release.ts), and whatever ends her part of a call gives it back (wire.ts).
//
//   her leg ended   in a call, or not by her: rung again after a pause, a few times; then a break, `line_lost`
//                   put down between two calls: she has had enough; a break, `line_hung_up`

import { deviceOf, type Agent, type BreakCause } from '../agent.ts';
import { ignored } from '../change.ts';
import type { LegEnding } from '../ending.ts';
import type { AgentId, LegId, SessionId } from '../ids.ts';
import { legOfLine, lineDueAt, type LineEvent, type StandingLine } from '../standing-line.ts';
import { moveAgent, queueOf } from './books.ts';
import { canRing } from './by-edge.ts';
import { askNoMore, askToConfirm, confirmDigit, needsConfirming } from './confirm.ts';
import type { LiveLeg } from './inputs.ts';
import { callerFor, destinationOf } from './numbers.ts';
import { release } from './release.ts';
import { cancelTimer, done, startTimer, type Outcome, type Work } from './work.ts';

/** Near the end of every step: who signed out has no line any more; whose line is due is rung. */
export function tendLines(work: Work): void {
  for (const agentId of [...work.agents]) {
    const agent = work.floor.agents.get(agentId);
    if (agent?.line === undefined) continue;
    if (agent.presence.at === 'signedOut') endLine(work, agent);
    else if (isDue(work, agent)) ring(work, agent);
  }
}

/**
 * Not while her phone is still busy with another call; and where her page is being called for a call that is kept for her, what answers
 * there is her line again.
 */
function isDue({ now }: Work, { line, activity, reachability, clearing }: Agent): boolean {
  if (line?.at !== 'down' || line.redialAt === null || line.redialAt > now) return false;
  const isAtPhone = clearing.length > 0 || (activity.at === 'idle' && activity.restUntil !== undefined);
  return reachability.reachable && !isAtPhone && activity.at !== 'reconnecting';
}

function ring(work: Work, agent: Agent): void {
  const { floor, now } = work;
  const { agentId, displayName } = agent;
  const device = deviceOf(agent);
  if (device === undefined) return;
  if (!canRing(floor)) {
    startTimer(work, { name: 'line', agentId }, now + floor.rules.lineRedialMs);
    return;
  }
  const legId = work.newId() as LegId;
  const until = now + floor.rules.lineRingMs;
  changeLine(work, agentId, { kind: 'lineDialled', legId, until });
  const [queueId] = agent.queues;
  const own = { number: agentId, name: displayName };
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: destinationOf(device),
    // No call yet: its own id stands for a session's.
    labels: { role: 'agent', sessionId: legId as string as SessionId, agentId, standing: true },
    ...(queueId === undefined
      ? { callerNumber: '', callerName: '' }
      : callerFor(work, queueOf(floor, queueId).settings.queueId, device, own)),
    ringUntil: until,
  });
}

/** Changes her line, and moves its timer along. */
function changeLine(work: Work, agentId: AgentId, event: LineEvent): void {
  const change = moveAgent(work, agentId, event);
  if (change.outcome !== 'moved') return;
  const at = lineDueAt(change.to.line);
  if (at === null) cancelTimer(work, { name: 'line', agentId });
  else startTimer(work, { name: 'line', agentId }, at);
}

const ownerOf = ({ floor }: Work, legId: LegId): Agent | undefined => {
  const agentId = floor.lines.get(legId);
  return agentId === undefined ? undefined : floor.agents.get(agentId);
};

/** News of a line that is in no call. */
export function lineSignal(work: Work, legId: LegId, kind: 'leg.ringing' | 'leg.answered'): Outcome {
  const agent = ownerOf(work, legId);
  if (agent === undefined) return ignored('nobody’s line');
  if (kind === 'leg.ringing') return ignored('a line rings');
  return answered(work, agent, legId);
}

function answered(work: Work, { agentId, line }: Agent, legId: LegId): Outcome {
  if (line?.at !== 'dialling' || line.confirming) return ignored('already answered');
  if (needsConfirming(work, agentId)) {
    changeLine(work, agentId, { kind: 'lineConfirming' });
    askToConfirm(work, legId);
  } else lineUp(work, agentId, legId);
  return done;
}

/** A leg of hers stands from now on. */
export function lineUp(work: Work, agentId: AgentId, legId: LegId): void {
  changeLine(work, agentId, { kind: 'lineUp', legId });
}

/** A key on a leg that is in no call. */
export function lineDigit(work: Work, legId: LegId, digit: string): Outcome {
  const agent = ownerOf(work, legId);
  if (agent === undefined) return ignored('leg not in a call');
  const { line, agentId } = agent;
  if (line?.at !== 'dialling' || !line.confirming || digit !== confirmDigit)
    return ignored('digits mean nothing here');
  askNoMore(work, legId);
  lineUp(work, agentId, legId);
  return done;
}

/**
 * Her leg is gone, in a call or not; what becomes of the call is the call's matter.
 * @param ending how it ended by itself
 */
export function lineEnded(work: Work, legId: LegId, ending: LegEnding): Outcome {
  const agent = ownerOf(work, legId);
  if (agent === undefined) return ignored('nobody’s line');
  const { line, agentId } = agent;
  if (line?.at === 'dialling') missed(work, agentId, line);
  else if (wasPutDown(work, agent, legId, ending)) {
    changeLine(work, agentId, { kind: 'lineDown', tries: 0, redialAt: null });
    sendOnBreak(work, agentId, 'line_hung_up');
  } else {
    const redialAt = work.now + work.floor.rules.lineRedialMs;
    changeLine(work, agentId, { kind: 'lineDown', tries: 0, redialAt });
  }
  return done;
}

/** Between two calls, by herself. Within one she ended the call; and a page's BYE is no wish (ADR 0020). */
function wasPutDown({ floor }: Work, agent: Agent, legId: LegId, ending: LegEnding): boolean {
  return ending === 'hung_up' && !floor.legs.has(legId) && deviceOf(agent)?.kind !== 'browser';
}

/** She was rung and did not take it, or was not there. */
function missed(work: Work, agentId: AgentId, { tries }: Extract<StandingLine, { at: 'dialling' }>): void {
  const { lineTries, lineRedialMs } = work.floor.rules;
  const again = tries + 1 < lineTries;
  const redialAt = again ? work.now + lineRedialMs : null;
  changeLine(work, agentId, { kind: 'lineDown', tries: tries + 1, redialAt });
  if (!again) sendOnBreak(work, agentId, 'line_lost');
}

/** A break or a sign-out of her own wish stands. */
function sendOnBreak(work: Work, agentId: AgentId, cause: BreakCause): void {
  const agent = work.floor.agents.get(agentId);
  if (agent?.presence.at !== 'ready' || (agent.next !== undefined && agent.next.to !== 'ready')) return;
  moveAgent(work, agentId, { kind: 'break', reason: cause, cause });
}

/** The dial could not be carried out. After a time-out nobody knows whether the leg came up. */
export function lineDialFailed(work: Work, legId: LegId, reason: string): Outcome {
  const agent = ownerOf(work, legId);
  if (agent?.line?.at !== 'dialling') return ignored('answered after all');
  missed(work, agent.agentId, agent.line);
  if (reason === 'timeout') release(work, legId, 'normal', { sessionId: null, agentId: agent.agentId });
  return done;
}

export function lineDue(work: Work, agentId: AgentId): Outcome {
  const line = work.floor.agents.get(agentId)?.line;
  const at = lineDueAt(line);
  if (line === undefined || at === null || at > work.now) return ignored('stale timer');
  if (line.at === 'dialling') {
    missed(work, agentId, line);
    release(work, line.legId, 'no_answer', { sessionId: null, agentId });
  }
  work.agents.add(agentId); // tendLines rings her, if she can be rung.
  return done;
}

/** She is back at work: her line is rung again at once, however often that came to nothing. */
export function wantLine(work: Work, agentId: AgentId): Outcome {
  if (work.floor.agents.get(agentId)?.line?.at !== 'down') return ignored('her line stands or rings');
  changeLine(work, agentId, { kind: 'lineWanted' });
  return done;
}

function endLine(work: Work, { agentId, line }: Agent): void {
  changeLine(work, agentId, { kind: 'lineOff' });
  letGoOfLine(work, agentId, line);
}

/** @param line as it was while it was hers */
export function letGoOfLine(work: Work, agentId: AgentId, line: StandingLine | undefined): void {
  const legId = legOfLine(line);
  if (legId !== undefined) release(work, legId, 'normal', { sessionId: null, agentId });
}

/** A short tone in her ear: somebody is on the line now. */
export function zip(work: Work, legId: LegId): void {
  const sound = { soundId: 'tone-zip', mix: true, volume: 0, times: 1, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId, playId: work.newId(), ...sound });
}

// ---------------------------------------------------------------- held against the switch

/** A leg that says of itself that it is her line, and she has none: her sign-in was kept, the leg's id was not. */
export function adoptLine(work: Work, { legId, standing, agentId, state }: LiveLeg): boolean {
  if (standing !== true || agentId === undefined || state !== 'answered') return false;
  const agent = work.floor.agents.get(agentId);
  // Whether somebody on a telephone has pressed 1 nobody knows any more.
  if (agent?.line?.at !== 'down' || needsConfirming(work, agentId)) return false;
  lineUp(work, agentId, legId);
  return true;
}

/** What was missed of a line that is in no call. @param isNews whether what the floor knows is old enough to be doubted */
export function alignLine(work: Work, live: LiveLeg, isNews: (since: number) => boolean): string | undefined {
  const { legId } = live;
  const agent = ownerOf(work, legId);
  if (agent?.line === undefined || work.floor.legs.has(legId)) return undefined;
  if (agent.line.at === 'dialling') {
    if (live.state !== 'answered') return undefined;
    return answered(work, agent, legId).outcome === 'done' ? 'missed answer' : undefined;
  }
  if (live.bridgedTo === undefined && live.room === undefined) return undefined;
  if (!isNews(Math.max(agent.line.since, agent.activity.since))) return undefined;
  work.effects.push({ kind: 'leg.parkAlone', legId });
  return 'line in no call';
}
