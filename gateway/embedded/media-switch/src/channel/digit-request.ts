// The argument of play_and_get_digits, and what a set of digits is worth under it:
//   <min> <max> <tries> <timeout ms> <terminators> <prompt> <bad prompt> [<variable> [<regexp> [<digit timeout ms>]]]

import { splitArguments } from './words.ts';

/** See the file's head. */
export interface DigitRequest {
  readonly min: number;
  readonly max: number;
  readonly tries: number;
  /** From the prompt's end to the first digit. */
  readonly timeoutMs: number;
  /** Between two digits. */
  readonly digitTimeoutMs: number;
  readonly terminators: string;
  readonly prompt: string;
  readonly badPrompt: string;
  readonly variable: string | undefined;
  readonly pattern: RegExp | undefined;
}

const MAX_DIGITS = 128;
const MAX_PATTERN = 256;
/** FreeSWITCH waits at least so long, whatever it is told. */
const MIN_TIMEOUT_MS = 1_000;

const patternOf = (text: string | undefined): RegExp | undefined | 'invalid' => {
  if (text === undefined) return undefined;
  if (text.length > MAX_PATTERN) return 'invalid';
  try {
    return new RegExp(text);
  } catch {
    return 'invalid'; // Not a pattern: the command is refused as a whole.
  }
};

/** Reads it. @returns undefined when it cannot be carried out; a transfer on failure is not supported */
export function parseDigitRequest(text: string): DigitRequest | undefined {
  const given = splitArguments(text);
  const [min, max, tries, timeoutMs] = given.slice(0, 4).map(Number);
  const [terminators, prompt, badPrompt, variable, regexp, digitTimeout] = given.slice(4);
  const pattern = patternOf(regexp);
  if (badPrompt === undefined || pattern === 'invalid' || given.length > 10) return undefined;
  const numbers = [min, max, tries, timeoutMs, Number(digitTimeout ?? 0)];
  if (!numbers.every((number) => Number.isInteger(number) && number! >= 0)) return undefined;
  if (max! < 1 || max! > MAX_DIGITS || min! > max! || tries! < 1) return undefined;
  return {
    min: min!,
    max: max!,
    tries: tries!,
    timeoutMs: Math.max(MIN_TIMEOUT_MS, timeoutMs!),
    digitTimeoutMs: Number(digitTimeout ?? 0) || Math.max(MIN_TIMEOUT_MS, timeoutMs!),
    terminators: terminators === 'none' ? '' : terminators!,
    prompt: prompt!,
    badPrompt,
    variable,
    pattern,
  };
}

/** How collecting ended. */
export type DigitsEnd = 'full' | 'terminator' | 'timeout';

/** What came of one try: FreeSWITCH's read_result, and whether the digits are taken. */
export function judgeDigits(
  request: DigitRequest,
  digits: string,
  end: DigitsEnd,
): {
  readonly result: 'success' | 'timeout' | 'failure';
  readonly taken: boolean;
  readonly invalid: boolean;
} {
  if (digits.length < request.min) return { result: 'failure', taken: false, invalid: false };
  const matches = request.pattern === undefined || request.pattern.test(digits);
  return { result: end === 'timeout' ? 'timeout' : 'success', taken: matches, invalid: !matches };
}
