// The agent has hung up, and the caller is asked how it was.

import { ignored, refused } from './change.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import type { LiveSession, Surveying } from './session.ts';
import { agentParty, to, without, type Of, type SessionChange } from './session-moves.ts';

export function changeSurvey(
  session: LiveSession,
  event: Of<'surveys' | 'surveyGoesOn'>,
  now: Instant,
): SessionChange {
  if (event.kind === 'surveyGoesOn') return goesOn(session, event, now);
  if (session.at !== 'talking' && session.at !== 'held') return refused('wrong_state');
  const { sessionId, since, customer, agent } = session;
  const { sessionEnding, until } = event;
  const log = without(session, agentParty(session), event.ending, now);
  const fact: Fact = { kind: 'survey.started', sessionId, agentId: agent.agentId };
  const begun = { question: 0, tries: 0, hears: { at: 'nothing' }, ending: sessionEnding, until } as const;
  return to(session, { at: 'surveying', sessionId, since, log, customer, ...begun }, now, [fact]);
}

/** To the next question, with an answer or without one. */
function goesOn(session: LiveSession, { answered, until }: Of<'surveyGoesOn'>, now: Instant): SessionChange {
  if (session.at !== 'surveying') return ignored('nothing is asked');
  const { sessionId, log, question } = session;
  const next: Surveying = { ...session, question: question + 1, tries: 0, hears: { at: 'nothing' }, until };
  if (answered === undefined) return to(session, next, now);
  const survey = [...log.survey, { ...answered, at: now }];
  return to(session, { ...next, log: { ...log, survey } }, now, [
    { kind: 'survey.answered', sessionId, ...answered },
  ]);
}
