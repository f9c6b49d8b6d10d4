// What a caller is asked once her agent has hung up: questions with one digit each.

import type { Prompt } from './flow.ts';
import type { Instant } from './ids.ts';

export interface Survey {
  readonly questions: readonly Question[];
  /** How often each is asked in all. */
  readonly tries: number;
  /** The time for a key once the question is over, milliseconds. */
  readonly keyMs: number;
  /** Said before a question is asked again, after a key out of its range. */
  readonly wrong: Prompt;
  readonly thanks: Prompt;
}

export interface Question {
  /** By which its answers are known. */
  readonly name: string;
  readonly prompt: Prompt;
  /** The digits that are answers, from `least` to `most`. */
  readonly least: number;
  readonly most: number;
}

export interface SurveyAnswer {
  readonly question: string;
  readonly answer: number;
  readonly at: Instant;
}
