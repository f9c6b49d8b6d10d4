import { randomUUID } from 'node:crypto';
import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import { agentId, legId, offerId, sessionId } from '../../app/domain/ids.ts';

export type Dial = Extract<MediaEffect, { kind: 'leg.dial' }>;

/**
 * An agent's phone is called for twenty seconds: a leg, a session and an offer of their own.
 * @param address the user part of her address of record, and her agent id
 * @param now epoch milliseconds
 */
export const dialEffect = (address: string, now: number, over: Partial<Dial> = {}): Dial => ({
  kind: 'leg.dial',
  legId: legId(randomUUID()),
  to: { kind: 'device', device: { kind: 'sip', address } },
  labels: {
    role: 'agent',
    agentId: agentId(address),
    sessionId: sessionId(`s-${randomUUID()}`),
    offerId: offerId(randomUUID()),
  },
  callerNumber: '5551234',
  callerName: 'Li Wei',
  ringUntil: now + 20_000,
  ...over,
});
