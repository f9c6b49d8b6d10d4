// A call flow: named steps that a caller is led through before she is in anybody's line. Data, checked whole before any of it is
// believed (app/flows/); how a caller goes through it: floor/flows.ts.
//
//   say ─▶ then            menu ─key─▶ step, ─▶ otherwise        hours ─▶ open | closed         voicemail ─▶ then
//   queue, agent, number: out of the flow, and on in `otherwise` where that cannot be           hangUp: the end

import type { AgentId, QueueId } from './ids.ts';
import type { OpeningHours } from './hours.ts';

/** Ids of sounds, one after the other. */
export type Prompt = readonly string[];

export type FlowId = string;

export interface Flow {
  readonly flowId: FlowId;
  readonly start: string;
  /** Whose settings hold, and on whose account the call is, until a step leads to another queue. */
  readonly queueId: QueueId;
  readonly steps: Readonly<Record<string, FlowStep>>;
}

/** Where a caller is, or is to go. */
export interface FlowPlace {
  readonly flowId: FlowId;
  readonly step: string;
}

export type FlowStep =
  | { readonly kind: 'say'; readonly prompt: Prompt; readonly then: string }
  | MenuOfKeys
  | {
      readonly kind: 'hours';
      readonly hours: OpeningHours;
      readonly open: string;
      readonly closed: string;
    }
  | {
      readonly kind: 'queue';
      readonly queueId: QueueId;
      /** When it is closed or full. */
      readonly otherwise?: string;
    }
  | { readonly kind: 'agent'; readonly agentId: AgentId; readonly otherwise: string }
  | { readonly kind: 'number'; readonly number: string; readonly otherwise: string }
  | Voicemail
  | { readonly kind: 'hangUp'; readonly prompt: Prompt };

export interface MenuOfKeys {
  readonly kind: 'menu';
  readonly prompt: Prompt;
  readonly keys: Readonly<Record<string, string>>;
  /** How often she is asked in all. */
  readonly tries: number;
  /** The time for a key once the prompt is over, milliseconds. */
  readonly keyMs: number;
  /** Said before she is asked again, after a key that means nothing. */
  readonly wrong: Prompt;
  readonly otherwise: string;
}

/** The greeting, a beep, and what she has to say, until `#`, or for so long. */
export interface Voicemail {
  readonly kind: 'voicemail';
  readonly queueId: QueueId;
  readonly greeting: Prompt;
  readonly maxMs: number;
  /** Without it the call is over. */
  readonly then?: string;
}
