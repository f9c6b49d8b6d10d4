// Which keys of a caller's telephone mean something now: for the page of a web customer, which shows a keypad only then.

import type { FlowPlace } from '../flow.ts';
import type { Menu, Session, Surveying, Waiting } from '../session.ts';
import type { Floor } from './floor.ts';

export function flowPlaceOf(session: Session): FlowPlace | undefined {
  if (session.at !== 'menu' || session.step.kind !== 'flow') return undefined;
  const { flowId, step } = session.step;
  return { flowId, step };
}

export function keysOf(floor: Floor, session: Session): readonly string[] | undefined {
  if (session.at === 'surveying') return keysInSurvey(floor, session);
  if (session.at === 'waiting') return keysInLine(floor, session);
  return session.at === 'menu' ? keysInMenu(floor, session) : undefined;
}

function keysInMenu({ flows }: Floor, { step }: Menu): readonly string[] | undefined {
  if (step.kind === 'consent') return [step.optOutDigit];
  const at = flows.get(step.flowId)?.steps[step.step];
  if (at?.kind === 'menu' && step.hears.at !== 'nothing') return Object.keys(at.keys);
  return step.hears.at === 'message' ? ['#'] : undefined;
}

function keysInSurvey(
  { queues }: Floor,
  { log, question: index, hears }: Surveying,
): readonly string[] | undefined {
  const question = queues.get(log.queueId)?.settings.survey?.questions[index];
  if (question === undefined || hears.at === 'nothing') return undefined;
  return Array.from({ length: question.most - question.least + 1 }, (_, at) => String(question.least + at));
}

function keysInLine({ queues }: Floor, { log }: Waiting): readonly string[] | undefined {
  const keys = queues.get(log.queueId)?.settings.keys;
  return keys && Object.keys(keys);
}
