// Inline dial plans: applications written in a command, `set:a=b,park:`. Only applications of this switch may stand in one.

import { parseConferenceArgument } from '../conference/argument.ts';
import { parseDigitRequest } from './digit-request.ts';

/** One `application:argument` of an inline dial plan. */
export interface PlannedApplication {
  readonly name: string;
  readonly argument: string;
}

const KNOWN: ReadonlySet<string> = new Set([
  'park',
  'answer',
  'pre_answer',
  'ring_ready',
  'set',
  'unset',
  'hangup',
  'playback',
  'endless_playback',
  'eavesdrop',
  'three_way',
  'intercept',
  'conference',
  'play_and_get_digits',
  'echo',
]);

/** Whether this switch has an application of that name. */
export const isApplication = (name: string): boolean => KNOWN.has(name);

/** Whether it can be carried out with that argument: what could only fail is refused before a call is touched. */
export function isRunnable({ name, argument }: PlannedApplication): boolean {
  if (name === 'conference') return parseConferenceArgument(argument) !== undefined;
  if (name === 'play_and_get_digits') return parseDigitRequest(argument) !== undefined;
  return isApplication(name);
}

/**
 * Reads `set:a=b,park:`; with `m:<character>:` in front that character separates instead of the comma.
 * @returns undefined when it names an application this switch does not have
 */
export function parseInlinePlan(text: string): PlannedApplication[] | undefined {
  const own = /^m:(.):(.*)$/s.exec(text);
  const plan: PlannedApplication[] = [];
  for (const part of (own?.[2] ?? text).split(own?.[1] ?? ',')) {
    const [, name = '', argument = ''] = /^([^:]*):?(.*)$/s.exec(part.trim()) ?? [];
    if (!isRunnable({ name, argument })) return undefined;
    plan.push({ name, argument });
  }
  return plan;
}
