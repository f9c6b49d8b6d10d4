// After the call: the agent has hung up and is in wrap-up, the caller stays and is asked. Whoever hangs up in the middle has given what she
// has given; nobody is asked twice after a restart.

import { ignored } from '../change.ts';
import type { LegEnding } from '../ending.ts';
import type { Question, Survey } from '../survey.ts';
import type { Held, Surveying, Talking } from '../session.ts';
import { customerLegOf } from '../session-parts.ts';
import { moveSession, queueOf } from './books.ts';
import type { Signal } from './inputs.ts';
import { dismissAgent, endSession } from './moves.ts';
import { playPrompt } from './prompts.ts';
import { done, type Outcome, type Work } from './work.ts';

/** @param ended how the agent's leg ended by itself; undefined when it still has to be hung up */
export function agentHangsUp(work: Work, session: Talking | Held, ended?: LegEnding): void {
  const { sessionId, agent } = session;
  if (!isAsked(work, session)) {
    endSession(work, session, 'agent_hung_up', ended && { ended: { [agent.leg.legId]: ended } });
    return;
  }
  const until = work.now + work.floor.rules.promptMs;
  const change = moveSession(work, sessionId, {
    kind: 'surveys',
    sessionEnding: 'agent_hung_up',
    ending: ended ?? 'released',
    until,
  });
  dismissAgent(work, session, ended);
  if (change.outcome === 'moved' && change.to.at === 'surveying') ask(work, change.to);
}

function isAsked(work: Work, session: Talking | Held): boolean {
  const { survey } = queueOf(work.floor, session.log.queueId).settings;
  const isHere = session.customer.at === 'here' && session.customer.leg.answeredAt !== null;
  return survey !== undefined && isHere && session.log.source !== 'outbound' && work.floor.mediaUp;
}

const surveyOf = (work: Work, { log }: Surveying): Survey | undefined =>
  queueOf(work.floor, log.queueId).settings.survey;

function questionOf(work: Work, session: Surveying): Question | undefined {
  return surveyOf(work, session)?.questions[session.question];
}

/** The question she is at, or thanks; she may be back after a reload. */
export function ask(work: Work, session: Surveying): void {
  const question = questionOf(work, session);
  say(work, session, question ? question.prompt : (surveyOf(work, session)?.thanks ?? []));
}

function say(work: Work, session: Surveying, prompt: readonly string[], tries = session.tries): void {
  const leg = customerLegOf(session);
  const hears = leg && playPrompt(work, leg.legId, prompt);
  const until = work.now + work.floor.rules.promptMs;
  if (hears) moveSession(work, session.sessionId, { kind: 'hears', hears, tries, until });
  else promptOver(work, session);
}

export function surveySoundEnded(
  work: Work,
  session: Surveying,
  { playId }: Extract<Signal, { kind: 'sound.ended' }>,
): Outcome {
  if (session.hears.at !== 'prompt' || session.hears.playId !== playId) return ignored('another sound');
  return surveySoundOver(work, session);
}

/** Also when it could not be played. */
export function surveySoundOver(work: Work, session: Surveying): Outcome {
  const { hears } = session;
  if (hears.at !== 'prompt') return ignored('nothing is played');
  if (hears.rest.length > 0) say(work, session, hears.rest);
  else promptOver(work, session);
  return done;
}

function promptOver(work: Work, session: Surveying): void {
  const survey = surveyOf(work, session);
  if (survey === undefined || questionOf(work, session) === undefined) {
    endSession(work, session, session.ending);
    return;
  }
  const until = work.now + survey.keyMs;
  moveSession(work, session.sessionId, { kind: 'hears', hears: { at: 'keys' }, until });
}

export function surveyDigit(work: Work, session: Surveying, digit: string): Outcome {
  const question = questionOf(work, session);
  const leg = customerLegOf(session);
  const { hears } = session;
  if (question === undefined || leg === undefined || hears.at === 'nothing')
    return ignored('digits mean nothing here');
  if (hears.at === 'prompt')
    work.effects.push({ kind: 'sound.stop', legId: leg.legId, playId: hears.playId });
  const answer = /^\d$/.test(digit) ? Number(digit) : -1;
  if (answer < question.least || answer > question.most) unanswered(work, session, question, true);
  else goOn(work, session, { question: question.name, answer });
  return done;
}

function unanswered(work: Work, session: Surveying, { prompt }: Question, pressed: boolean): void {
  const { tries = 1, wrong = [] } = surveyOf(work, session) ?? {};
  if (session.tries + 1 >= tries) goOn(work, session);
  else say(work, session, [...(pressed ? wrong : []), ...prompt], session.tries + 1);
}

function goOn(
  work: Work,
  { sessionId }: Surveying,
  answered?: { readonly question: string; readonly answer: number },
): void {
  const until = work.now + work.floor.rules.promptMs;
  const change = moveSession(work, sessionId, { kind: 'surveyGoesOn', ...(answered && { answered }), until });
  if (change.outcome === 'moved' && change.to.at === 'surveying') ask(work, change.to);
}

/** The time was over: for a key, or for a sound whose end was never told. */
export function surveyTimeOver(work: Work, session: Surveying): Outcome {
  if (session.customer.at === 'away') return ignored('she is away');
  const question = questionOf(work, session);
  if (session.hears.at === 'prompt') return surveySoundOver(work, session);
  if (question === undefined) endSession(work, session, session.ending);
  else unanswered(work, session, question, false);
  return done;
}
