// Everybody who may have a leg in a call.

import type { LegRole } from './floor/effects.ts';
import type { AgentId, Instant, LegId, OfferId } from './ids.ts';

export interface Leg {
  readonly legId: LegId;
  readonly createdAt: Instant;
  readonly answeredAt: Instant | null;
  readonly muted?: boolean;
}

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
