// From what a flow file states to what the floor goes by: names resolved, hours as minutes, prompts as ids of sounds.

import type { Flow, FlowStep } from '../domain/flow.ts';
import type { QueueSettings } from '../domain/floor/inputs.ts';
import type { OpeningHours, Span } from '../domain/hours.ts';
import { agentId, queueId } from '../domain/ids.ts';
import { settledAnnouncements } from './announcements.ts';
import { queueOf } from './check.ts';
import {
  weekdays,
  type StatedFlow,
  type StatedFlows,
  type StatedHours,
  type StatedQueue,
  type StatedStep,
} from './file.ts';
import type { Survey } from '../domain/survey.ts';
import type { Prompts } from './prompts.ts';

export interface SettledFlows {
  readonly flows: readonly Flow[];
  /** What it says of queues, by their names. */
  readonly queues: ReadonlyMap<string, QueueCare>;
}
export type QueueCare = Pick<
  QueueSettings,
  'hours' | 'closedFlow' | 'firstFlow' | 'keys' | 'announce' | 'survey'
>;

/** @param stated has been checked */
export function settle(stated: StatedFlows, prompts: Prompts): SettledFlows {
  const hours = new Map(Object.entries(stated.hours).map(([name, each]) => [name, openingHours(each)]));
  return {
    flows: Object.entries(stated.flows).map(([flowId, flow]) => settledFlow(flowId, flow, hours, prompts)),
    queues: new Map(
      Object.entries(stated.queues).map(([name, queue]) => [
        name,
        care(queue, { hours, prompts, language: stated.language }, `queues.${name}`),
      ]),
    ),
  };
}

type Hours = ReadonlyMap<string, OpeningHours>;

interface Given {
  readonly hours: Hours;
  readonly prompts: Prompts;
  readonly language: string;
}

function care(stated: StatedQueue, { hours, prompts, language }: Given, at: string): QueueCare {
  const { hours: name, closed, first, keys, announce, survey } = stated;
  const own = name === undefined ? undefined : hours.get(name);
  return {
    ...(own && { hours: own }),
    ...(closed !== undefined && { closedFlow: closed }),
    ...(first !== undefined && { firstFlow: first }),
    ...(keys && { keys }),
    ...(announce && { announce: settledAnnouncements(announce, prompts, language, `${at}.announce`) }),
    ...(survey && { survey: settledSurvey(survey, prompts, `${at}.survey`) }),
  };
}

function settledSurvey(stated: NonNullable<StatedQueue['survey']>, prompts: Prompts, at: string): Survey {
  const { questions, tries, timeoutSeconds, wrong, thanks } = stated;
  return {
    tries,
    keyMs: timeoutSeconds * 1_000,
    questions: questions.map(({ name, prompt, from, to }, index) => ({
      name,
      prompt: prompts.of(prompt, `${at}.questions.${index}.prompt`),
      least: from,
      most: to,
    })),
    wrong: prompts.of(wrong, `${at}.wrong`),
    thanks: prompts.of(thanks, `${at}.thanks`),
  };
}

function openingHours({ timeZone, weekly, holidays }: StatedHours): OpeningHours {
  return {
    timeZone,
    weekly: weekdays.map((day) => (weekly[day] ?? []).map(span)),
    holidays: Object.fromEntries(Object.entries(holidays).map(([date, spans]) => [date, spans.map(span)])),
  };
}

function span(text: string): Span {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  });
  return { from, to };
}

function settledFlow(flowId: string, flow: StatedFlow, hours: Hours, prompts: Prompts): Flow {
  const steps = Object.entries(flow.steps).map(([name, step]) => [
    name,
    settledStep(step, `flows.${flowId}.steps.${name}`, hours, prompts),
  ]);
  return {
    flowId,
    start: flow.start,
    queueId: queueId(queueOf(flow) ?? ''),
    steps: Object.fromEntries(steps) as Record<string, FlowStep>,
  };
}

function settledStep(step: StatedStep, at: string, hours: Hours, prompts: Prompts): FlowStep {
  switch (step.kind) {
    case 'say':
      return { ...step, prompt: prompts.of(step.prompt, `${at}.prompt`) };
    case 'menu': {
      const { timeoutSeconds, prompt, wrong, ...rest } = step;
      return {
        ...rest,
        keyMs: timeoutSeconds * 1_000,
        prompt: prompts.of(prompt, `${at}.prompt`),
        wrong: prompts.of(wrong, `${at}.wrong`),
      };
    }
    case 'hours':
      return { ...step, hours: hours.get(step.hours) ?? never };
    case 'queue': {
      const { otherwise } = step;
      return { kind: 'queue', queueId: queueId(step.queue), ...(otherwise !== undefined && { otherwise }) };
    }
    case 'agent':
      return { kind: 'agent', agentId: agentId(step.agent), otherwise: step.otherwise };
    case 'number':
      return step;
    case 'voicemail': {
      const { queue, greeting, maxSeconds, then } = step;
      return {
        kind: 'voicemail',
        queueId: queueId(queue),
        greeting: prompts.of(greeting, `${at}.greeting`),
        maxMs: maxSeconds * 1_000,
        ...(then !== undefined && { then }),
      };
    }
    case 'hangUp':
      return { kind: 'hangUp', prompt: prompts.of(step.prompt, `${at}.prompt`) };
  }
}

const never: OpeningHours = { timeZone: 'UTC', weekly: [], holidays: {} };
