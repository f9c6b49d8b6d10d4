// The file that states call flows (CORDBOARD_FLOWS_FILE): JSON, checked whole before any of it is believed. Each part that is there replaces
// what is kept of it; one that is absent is left alone. docs/flows.md explains it.

import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A file that cannot be read, is no JSON or says something impossible: where, and what was expected. */
export class FlowsProblem extends Error {
  override readonly name = 'FlowsProblem';
}

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a name of a-z, 0-9 and -, at most 32 long');
const sound = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'the id of a sound, or { "say": "…" }');
const language = z.string().regex(/^[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}$/, 'a language, such as en, de or cmn');
const spoken = z.strictObject({ say: z.string().trim().min(1).max(2_000), language: language.optional() });
const part = z.union([sound, spoken], { error: 'the id of a sound, or { "say": "…", "language": "en" }' });
const prompt = z.union([part, z.array(part).min(1).max(10)], {
  error: 'the id of a sound, { "say": "…", "language": "en" }, or a list of these',
});
const seconds = (least: number, most: number) =>
  z
    .number({ error: 'seconds' })
    .min(least, `${least} to ${most} seconds`)
    .max(most, `${least} to ${most} seconds`);

const spans = z.array(
  z.string().regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$/, 'hours such as 09:00-17:30'),
);
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const openingHours = z.strictObject({
  timeZone: z.string().refine(isTimeZone, 'a time zone, such as Europe/Berlin'),
  weekly: z.partialRecord(z.enum(days), spans),
  holidays: z
    .record(z.string().regex(/^(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a date'), spans)
    .default({}),
});

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).format(0) !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'a name');
const number = z.string().regex(/^\+?[0-9]{2,24}$/, 'a number, digits with an optional leading +');

const key = z.string().regex(/^[0-9*#]$/, 'a key: 0 to 9, * or #');

const step = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('say'), prompt, then: name }),
    z.strictObject({
      kind: z.literal('menu'),
      prompt,
      keys: z.record(key, name).refine((keys) => Object.keys(keys).length > 0, 'at least one key'),
      tries: z.number().int().min(1).max(9).default(3),
      timeoutSeconds: seconds(1, 60).default(5),
      wrong: prompt.optional(),
      otherwise: name,
    }),
    z.strictObject({ kind: z.literal('hours'), hours: name, open: name, closed: name }),
    z.strictObject({ kind: z.literal('queue'), queue: id, otherwise: name.optional() }),
    z.strictObject({ kind: z.literal('agent'), agent: id, otherwise: name }),
    z.strictObject({ kind: z.literal('number'), number, otherwise: name }),
    z.strictObject({
      kind: z.literal('voicemail'),
      queue: id,
      greeting: prompt,
      maxSeconds: seconds(5, 600).default(120),
      then: name.optional(),
    }),
    z.strictObject({ kind: z.literal('hangUp'), prompt: prompt.optional() }),
  ],
  { error: 'a step: its kind is say, menu, hours, queue, agent, number, voicemail or hangUp' },
);

const flow = z.strictObject({
  start: name,
  /** Whose settings hold until a step leads to another; the first that is named when absent. */
  queue: id.optional(),
  steps: z.record(name, step).refine((steps) => Object.keys(steps).length > 0, 'at least one step'),
});

const question = z
  .strictObject({
    name,
    prompt,
    from: z.number().int().min(0).max(9).default(1),
    to: z.number().int().min(0).max(9).default(5),
  })
  .refine(({ from, to }) => from < to, { error: 'from must be less than to', path: ['to'] });

const survey = z.strictObject({
  questions: z
    .array(question)
    .min(1)
    .max(9)
    .refine(
      (all) => new Set(all.map((each) => each.name)).size === all.length,
      'two questions have one name',
    ),
  tries: z.number().int().min(1).max(9).default(2),
  timeoutSeconds: seconds(1, 60).default(5),
  wrong: prompt.optional(),
  thanks: prompt.optional(),
});

const numbered = z.union([z.string().regex(/^([A-Za-z0-9_-]|\{n\}){1,64}$/), spoken], {
  error: 'the id of a sound, or { "say": "…", "language": "en" }, with {n} for the number',
});
const withNumber = z
  .union([numbered, z.array(numbered).min(1).max(10)], {
    error: 'a prompt, with {n} for the number',
  })
  .refine((stated) => JSON.stringify(stated).includes('{n}'), 'must have {n}, the number');

const announce = z
  .strictObject({
    firstSeconds: seconds(1, 600).default(15),
    everySeconds: seconds(5, 3_600).default(60),
    before: prompt.optional(),
    place: z.boolean().default(true),
    wait: z.boolean().default(true),
    language: language.optional(),
    prompts: z
      .strictObject({
        ...{ next: prompt, place: withNumber, beyond: withNumber },
        ...{ soon: prompt, minutes: withNumber, over: prompt },
      })
      .partial()
      .optional(),
  })
  .refine(({ before, place, wait }) => before !== undefined || place || wait, 'announces nothing');

const queue = z.strictObject({
  hours: name.optional(),
  closed: name.optional(),
  first: name.optional(),
  keys: z.record(key, name).optional(),
  announce: announce.optional(),
  survey: survey.optional(),
});

const document = z.strictObject({
  language: language.optional(),
  hours: z.record(name, openingHours).optional(),
  flows: z.record(name, flow).optional(),
  queues: z.record(id, queue).optional(),
});

export type StatedPrompt = z.output<typeof prompt>;
export type StatedHours = z.output<typeof openingHours>;
export type StatedStep = z.output<typeof step>;
export type StatedFlow = z.output<typeof flow>;
export type StatedQueue = z.output<typeof queue>;
/** What a file says; a part may be absent. */
export type StatedParts = z.output<typeof document>;
/** What holds: every part, those of the file over those that are kept. */
export type StatedFlows = { [Part in keyof StatedParts]-?: Exclude<StatedParts[Part], undefined> };

export const weekdays = days;

/** @throws FlowsProblem */
export function readFlowsFile(file: string): StatedParts {
  try {
    return parseFlows(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof FlowsProblem || !(error instanceof Error)) throw error;
    throw new FlowsProblem(`${file}: ${error.message}`, { cause: error });
  }
}

/** @throws FlowsProblem */
export function parseFlows(text: string, file: string): StatedParts {
  const parsed = document.safeParse(jsonOf(text, file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  const why = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  throw new FlowsProblem(`${file}: ${where === '' ? '' : `${where}: `}${why ?? 'not understood'}`);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FlowsProblem(`${file}: no JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

/** Parts over parts. */
export const merged = (kept: StatedParts, stated: StatedParts): StatedFlows => ({
  language: stated.language ?? kept.language ?? 'en',
  hours: stated.hours ?? kept.hours ?? {},
  flows: stated.flows ?? kept.flows ?? {},
  queues: stated.queues ?? kept.queues ?? {},
});
