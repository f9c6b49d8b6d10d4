// A caller is led through a flow: what each step does, and where it leads. Every way on goes by `work.onward`, so that one place counts how
// often she is led on without having heard anything. Whoever is away, or not answered yet, begins her step when she is there.

import { ignored } from '../change.ts';
import type { SessionEnding } from '../ending.ts';
import type { FlowStep, MenuOfKeys, Prompt, Voicemail } from '../flow.ts';
import { isOpenAt } from '../hours.ts';
import type { SessionId } from '../ids.ts';
import type { LiveSession } from '../session.ts';
import { customerLegOf, isLive } from '../session-parts.ts';
import { moveSession } from './books.ts';
import { joinQueue, toAgent, toNumber, type AtStep } from './flow-exits.ts';
import type { Signal } from './inputs.ts';
import { hasMessage } from './messages.ts';
import { endSession } from './moves.ts';
import { playPrompt, type HearsPrompt } from './prompts.ts';
import { done, type Onward, type Outcome, type Work } from './work.ts';

/** More steps without a sound are a circle; the flow file refuses those it can see. */
const mostHops = 50;

export const isInFlow = (session: LiveSession): session is AtStep =>
  session.at === 'menu' && session.step.kind === 'flow';

/** Everybody who is to go on does. */
export function leadOn(work: Work): void {
  const hops = new Map<SessionId, number>();
  for (let next = work.onward.shift(); next; next = work.onward.shift()) {
    const session = work.floor.sessions.get(next.sessionId);
    if (session === undefined || !isLive(session)) continue;
    const count = (hops.get(next.sessionId) ?? 0) + 1;
    hops.set(next.sessionId, count);
    if (count > mostHops) endSession(work, session, 'failed');
    else enter(work, next);
  }
}

function enter(work: Work, { sessionId, place, closed = false, thirdEnding }: Onward): void {
  const { flowId, step } = place;
  const until = work.now + work.floor.rules.promptMs;
  const change = moveSession(work, sessionId, {
    kind: 'follows',
    ...{ flowId, step, closed, until },
    ...(thirdEnding && { thirdEnding }),
  });
  if (change.outcome === 'moved' && isLive(change.to) && isInFlow(change.to)) takeStep(work, change.to);
}

/** Begins the step she is at, if she can hear. */
export function takeStep(work: Work, session: AtStep): void {
  const answeredAt = customerLegOf(session)?.answeredAt ?? null;
  if (answeredAt === null) return;
  const step = stepOf(work, session);
  if (step) perform(work, session, step);
  else lost(work, session);
}

/** The settings have changed under her: somebody should take the call. */
function lost(work: Work, session: AtStep): void {
  const { queueId } = work.floor.flows.get(session.step.flowId) ?? session.log;
  joinQueue(work, session, { kind: 'queue', queueId });
}

const stepOf = ({ floor }: Work, { step: { flowId, step } }: AtStep): FlowStep | undefined =>
  floor.flows.get(flowId)?.steps[step];

function goTo(work: Work, { sessionId, step: { flowId } }: AtStep, step: string, closed = false): void {
  work.onward.push({ sessionId, place: { flowId, step }, closed });
}

function perform(work: Work, session: AtStep, step: FlowStep): void {
  switch (step.kind) {
    case 'say':
    case 'menu':
    case 'hangUp':
      return say(work, session, step.prompt);
    case 'voicemail':
      return say(work, session, [...step.greeting, beep]);
    case 'hours': {
      const open = isOpenAt(step.hours, work.now);
      return goTo(work, session, open ? step.open : step.closed, !open);
    }
    case 'queue':
      return joinQueue(work, session, step);
    case 'agent':
      return toAgent(work, session, step);
    case 'number':
      return toNumber(work, session, step);
  }
}

const beep = 'tone-beep';

// ---------------------------------------------------------------- what she hears

function say(work: Work, session: AtStep, prompt: Prompt, tries?: number): void {
  const leg = customerLegOf(session);
  const hears = leg && playPrompt(work, leg.legId, prompt);
  const until = work.now + work.floor.rules.promptMs;
  if (hears) moveSession(work, session.sessionId, { kind: 'hears', hears, until, ...(tries && { tries }) });
  else promptOver(work, session);
}

export function flowSoundEnded(
  work: Work,
  session: AtStep,
  { playId }: Extract<Signal, { kind: 'sound.ended' }>,
): Outcome {
  const { hears } = session.step;
  if (hears.at !== 'prompt' || hears.playId !== playId) return ignored('another sound');
  return soundOver(work, session, hears);
}

/** A sound that could not be played is over as well. */
export function flowSoundFailed(work: Work, session: AtStep): Outcome {
  const { hears } = session.step;
  return hears.at === 'prompt' ? soundOver(work, session, hears) : ignored('nothing is played');
}

function soundOver(work: Work, session: AtStep, { rest }: HearsPrompt): Outcome {
  if (rest.length > 0) say(work, session, rest);
  else promptOver(work, session);
  return done;
}

function promptOver(work: Work, session: AtStep): void {
  const step = stepOf(work, session);
  switch (step?.kind) {
    case 'say':
      return goTo(work, session, step.then);
    case 'menu':
      return awaitKey(work, session, step);
    case 'voicemail':
      return takeMessage(work, session, step);
    case 'hangUp':
      return endSession(work, session, endingOfFlow(work, session));
    default:
      return takeStep(work, session);
  }
}

function awaitKey(work: Work, { sessionId }: AtStep, { keyMs }: MenuOfKeys): void {
  moveSession(work, sessionId, { kind: 'hears', hears: { at: 'keys' }, until: work.now + keyMs });
}

function endingOfFlow(work: Work, { log }: AtStep): SessionEnding {
  if (hasMessage(log, work)) return 'left_message';
  return log.closed ? 'closed' : 'flow_ended';
}

// ---------------------------------------------------------------- her message

/** On the account of the queue it is for, from here on. */
function takeMessage(work: Work, session: AtStep, { queueId, maxMs }: Voicemail): void {
  const leg = customerLegOf(session);
  if (leg === undefined) return;
  const { sessionId } = session;
  const { legId } = leg;
  moveSession(work, sessionId, { kind: 'hears', hears: { at: 'message' }, queueId, until: work.now + maxMs });
  moveSession(work, sessionId, { kind: 'recordingAsked', legId });
  work.effects.push({ kind: 'recording.start', legId, sessionId });
}

/** The recording ends with this state (wire.ts). */
export function messageOver(work: Work, session: AtStep): void {
  const step = stepOf(work, session);
  if (step?.kind === 'voicemail' && step.then !== undefined) goTo(work, session, step.then);
  else endSession(work, session, endingOfFlow(work, session));
}

// ---------------------------------------------------------------- her keys, and the time for them

export function flowDigit(work: Work, session: AtStep, digit: string): Outcome {
  const step = stepOf(work, session);
  const { hears } = session.step;
  if (step?.kind === 'menu' && hears.at !== 'nothing') {
    hush(work, session);
    keyed(work, session, step, digit);
    return done;
  }
  if (step?.kind !== 'voicemail' || hears.at !== 'message' || digit !== '#')
    return ignored('digits mean nothing here');
  messageOver(work, session);
  return done;
}

/** @param digit undefined when the time was over */
function keyed(work: Work, session: AtStep, step: MenuOfKeys, digit: string | undefined): void {
  const { sessionId } = session;
  const chosen = digit === undefined ? undefined : step.keys[digit];
  const pressed = digit === undefined ? {} : { digit };
  work.facts.push({ kind: 'flow.key', sessionId, ...pressed, understood: chosen !== undefined });
  const tries = session.step.tries + 1;
  if (chosen !== undefined) goTo(work, session, chosen);
  else if (tries >= step.tries) goTo(work, session, step.otherwise);
  else say(work, session, [...(digit === undefined ? [] : step.wrong), ...step.prompt], tries);
}

/** What is being played to her ends. */
function hush(work: Work, session: AtStep): void {
  const leg = customerLegOf(session);
  const { hears } = session.step;
  if (leg === undefined || hears.at !== 'prompt') return;
  work.effects.push({ kind: 'sound.stop', legId: leg.legId, playId: hears.playId });
}

/** The time was over: for a key, for a message, or for a sound whose end was never told. */
export function flowTimeOver(work: Work, session: AtStep): Outcome {
  const { hears } = session.step;
  const step = stepOf(work, session);
  if (hears.at === 'nothing') return ignored('her answer will tell');
  if (hears.at === 'prompt') return soundOver(work, session, hears);
  if (hears.at === 'message') messageOver(work, session);
  else if (step?.kind === 'menu') keyed(work, session, step, undefined);
  else takeStep(work, session);
  return done;
}

/** After a restart nobody knows what she has heard: her step begins anew. */
export function beginAgain(work: Work, session: AtStep): void {
  hush(work, session);
  const { sessionId, step } = session;
  work.onward.push({ sessionId, place: { flowId: step.flowId, step: step.step } });
}
