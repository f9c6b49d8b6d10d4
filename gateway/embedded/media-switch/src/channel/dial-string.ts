// The argument of originate, read as FreeSWITCH reads it: first the whole line is split on blanks, single quotes
// grouping and vanishing; then {…}, <…> and […] are split on commas (or on the character after ^^), `\,` being a
// comma; then the dial string itself.

import { isCause, type Cause } from './causes.ts';
import { isRunnable, parseInlinePlan, type PlannedApplication } from './plan.ts';
import { splitArguments } from './words.ts';

/** A dial string that makes sense. */
export interface DialRequest {
  readonly variables: ReadonlyMap<string, string>;
  readonly profile: string;
  /** What stands behind the profile: the URI without its scheme, without fs_path. */
  readonly destination: string;
  /** First hop, a SIP URI, when fs_path names one. */
  readonly path?: string;
  readonly plan: readonly PlannedApplication[];
}

/** What FreeSWITCH says to a dial string it cannot use. */
export class DialStringError extends Error {
  override readonly name = 'DialStringError';
  /** The whole answer, newline included. */
  readonly answer: string;

  constructor(answer: string) {
    super(answer.trim());
    this.answer = answer;
  }

  static cause(cause: Cause): DialStringError {
    return new DialStringError(`-ERR ${cause}\n`);
  }
}

export const ORIGINATE_USAGE =
  '-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n';

const splitVariables = (text: string): string[] => {
  const own = /^\^\^(.)/s.exec(text);
  const separator = own ? own[1]! : ',';
  const body = own ? text.slice(3) : text;
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < body.length; i++) {
    const character = body[i]!;
    if (character === '\\' && body[i + 1] === separator) {
      part += separator;
      i++;
    } else if (character === separator) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
};

/** FreeSWITCH expands `${…}` at once, before there is a channel to take a value from: nothing is left of it. */
const withoutExpansions = (line: string): string => line.replace(/\$\{[^{}]*\}/g, '');

/** What an escape in a value stands for. */
const unescaped = (value: string): string =>
  value.replace(/\\([\\nrt])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? '\\');

const addVariables = (text: string, into: Map<string, string>): void => {
  for (const part of splitVariables(text)) {
    const equals = part.indexOf('=');
    if (equals <= 0) continue;
    const name = part.slice(0, equals).trim();
    const value = unescaped(part.slice(equals + 1));
    if (value === '') into.delete(name);
    else into.set(name, value);
  }
};

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '<': '>', '[': ']' };

/** Takes the leading variable blocks off; the innermost kind wins as it comes last. */
const takeVariables = (url: string, into: Map<string, string>): string => {
  let rest = url;
  for (let closing = CLOSING[rest[0] ?? '']; closing !== undefined; closing = CLOSING[rest[0] ?? '']) {
    const end = rest.indexOf(closing);
    if (end < 0) throw new DialStringError(ORIGINATE_USAGE);
    const text = rest.slice(1, end);
    if (text.includes('{')) throw DialStringError.cause('DESTINATION_OUT_OF_ORDER');
    addVariables(text, into);
    rest = rest.slice(end + 1).trimStart();
  }
  return rest;
};

const splitPath = (destination: string): { destination: string; path?: string } => {
  const match = /;fs_path=(.*)$/i.exec(destination);
  if (!match) return { destination };
  const path = decodePercent(match[1]!);
  if (!/^sips?:[^\s<>"]+$/i.test(path)) throw DialStringError.cause('EXCHANGE_ROUTING_ERROR');
  return { destination: destination.slice(0, match.index), path };
};

const decodePercent = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const parseTarget = (url: string): { profile: string; destination: string; path?: string } => {
  const [, scheme = '', rest = ''] = /^([^/]*)\/?(.*)$/s.exec(url) ?? [];
  if (scheme === 'error' && isCause(rest)) throw DialStringError.cause(rest);
  if (scheme === 'user') throw DialStringError.cause('SUBSCRIBER_ABSENT');
  if (scheme !== 'sofia') throw DialStringError.cause('CHAN_NOT_IMPLEMENTED');
  const [, profile = '', destination = ''] = /^([^/]*)\/?(.*)$/s.exec(rest) ?? [];
  if (profile === 'gateway') throw DialStringError.cause('INVALID_GATEWAY');
  return { profile, ...splitPath(destination) };
};

const parsePlan = (exten: string, dialplan: string | undefined): readonly PlannedApplication[] => {
  const application = /^&([^()]*)\((.*)\)$/s.exec(exten) ?? /^&([^()]+)$/.exec(exten);
  const single = application && { name: application[1]!, argument: application[2] ?? '' };
  const inline = dialplan?.toLowerCase() === 'inline' ? parseInlinePlan(exten) : undefined;
  const plan = single ? isRunnable(single) && [single] : inline;
  if (!plan)
    throw new DialStringError(`-ERR ${application ? application[1] : exten} is not an application here\n`);
  return plan;
};

/**
 * Reads everything behind `originate `.
 * @throws DialStringError with FreeSWITCH's answer
 */
export function parseDialString(line: string): DialRequest {
  const [url, exten, dialplan, , callerName, callerNumber, timeout] = splitArguments(
    withoutExpansions(line.trim()),
  );
  if (url === undefined || url === '{') throw new DialStringError(ORIGINATE_USAGE);
  const variables = new Map<string, string>();
  const opened = CLOSING[url[0]!];
  if (opened !== undefined && !url.includes(opened)) {
    // A blank inside an unquoted value cut the block in two; without any closing bracket the line is unfinished.
    if (!line.includes(opened)) throw new DialStringError(ORIGINATE_USAGE);
    throw DialStringError.cause('DESTINATION_OUT_OF_ORDER');
  }
  const target = takeVariables(url, variables);
  if (exten === undefined) throw new DialStringError(ORIGINATE_USAGE);
  const { profile, destination, path } = parseTarget(target);
  const plan = parsePlan(exten, dialplan);
  if (callerName) variables.set('origination_caller_id_name', callerName);
  if (callerNumber) variables.set('origination_caller_id_number', callerNumber);
  if (timeout) variables.set('originate_timeout', timeout);
  return { variables, profile, destination, plan, ...(path !== undefined && { path }) };
}
