// Inline dial plans: applications written in a command, `set:a=b,park:`. Only applications of this switch may stand in one.

/** One `application:argument` of an inline dial plan. */
export interface PlannedApplication {
  readonly name: string;
  readonly argument: string;
}

const KNOWN: ReadonlySet<string> = new Set([
  'park',
  'answer',
  'set',
  'hangup',
  'playback',
  'endless_playback',
]);

/** Whether this switch has an application of that name. */
export const isApplication = (name: string): boolean => KNOWN.has(name);

/**
 * Reads `set:a=b,park:`.
 * @returns undefined when it names an application this switch does not have
 */
export function parseInlinePlan(text: string): PlannedApplication[] | undefined {
  const plan: PlannedApplication[] = [];
  for (const part of text.split(',')) {
    const [, name = '', argument = ''] = /^([^:]*):?(.*)$/s.exec(part.trim()) ?? [];
    if (!isApplication(name)) return undefined;
    plan.push({ name, argument });
  }
  return plan;
}
