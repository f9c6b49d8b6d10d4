// Everybody who may have a leg in a call.

import type { LegRole } from './floor/effects.ts';
import type { AgentId, Instant, LegId, OfferId } from './ids.ts';

export interface Leg {
  readonly legId: LegId;
  readonly createdAt: Instant;
  readonly answeredAt: Instant | null;
  readonly muted?: boolean;
  /** Answer was pressed at her page while this desk phone rang. */
  readonly offHook?: OffHook;
}

/**
 * How a ringing desk phone is made to go off-hook by itself.
 *
 *   asked (talk event) ──answered──▶ as if by hand        not in time ──▶ parting (the ringing call is taken back)
 *                                                                            │ gone
 *                                                                            ▼
 *                                                                          anew (rung with a call that is to be answered at once)
 */
export type OffHook =
  { readonly at: 'asked'; readonly until: Instant } | { readonly at: 'parting' } | { readonly at: 'anew' };

export type ThirdParty =
  | { readonly kind: 'agent'; readonly agentId: AgentId; readonly offerId: OfferId }
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'supervisor'; readonly supervisorId: string };

export interface Party {
  readonly role: LegRole;
  readonly leg: Leg;
  readonly agentId: AgentId | null;
  readonly third?: ThirdParty;
  readonly supervisorId?: string;
}
