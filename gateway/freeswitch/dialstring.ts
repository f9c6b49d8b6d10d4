// The originate line for a leg of ours:
//
//   originate {variables}sofia/<profile>/sip:<address>@<edge>;fs_path=sip:<edge> &park()
//
// The switch sends everything to the SIP edge (fs_path), which knows where the address is registered.

import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import { MediaError } from '../../app/ports/media.ts';
import { quoted, safeAddress, safeLabel, safeName, safeNumber, safeUuid } from './safe-text.ts';

export type Dial = Extract<MediaEffect, { kind: 'leg.dial' }>;

export interface DialPlace {
  /** Name of the SIP profile on the switch. */
  readonly profile: string;
  /** `host:port` of the SIP edge as the switch reaches it. */
  readonly edge: string;
  /** Default 60 000. */
  readonly mediaTimeoutMs?: number;
}

/** Whole seconds FreeSWITCH may ring. It counts epoch seconds and fires up to one early, so one is added; the exact deadline is kept by our own timer. */
export const originateSeconds = (ringMs: number): number => Math.max(2, Math.ceil(ringMs / 1000) + 1);

/**
 * @param now epoch milliseconds
 * @throws MediaError `refused` for a number, and when an id or the address could be read as anything but itself
 */
export function originate(dial: Dial, place: DialPlace, now: number): string {
  if (dial.to.kind !== 'device') throw new MediaError('refused', 'numbers are not dialled');
  const { sessionId, agentId, offerId } = dial.labels;
  const name = safeName(dial.callerName);
  const number = safeNumber(dial.callerNumber);
  const variables: readonly (readonly [string, string])[] = [
    ['origination_uuid', safeUuid(dial.legId)],
    // An unset caller id would show the switch's own default.
    ['origination_caller_id_number', number === '' ? 'anonymous' : number],
    ['origination_caller_id_name', name === '' ? number || 'anonymous' : name],
    ['originate_timeout', String(originateSeconds(dial.ringUntil - now))],
    // Without it an agent's early media (183) would count as an answer.
    ['ignore_early_media', 'true'],
    // The customer's hang-up must not take the agent's leg along before we have decided, and the other way round.
    ['park_after_bridge', 'true'],
    ['hold_music', 'silence'],
    // No sound for this long: the phone or its network is gone. Inbound legs get theirs from the dialplan.
    ['media_timeout', String(place.mediaTimeoutMs ?? 60_000)],
    ['cordboard_role', dial.labels.role],
    ['cordboard_session', safeLabel(sessionId)],
    ...(agentId === undefined ? [] : [['cordboard_agent', safeLabel(agentId)] as const]),
    ...(offerId === undefined ? [] : [['cordboard_offer', safeLabel(offerId)] as const]),
    ['sip_h_X-Cordboard-Session', safeLabel(sessionId)],
  ];
  const block = variables.map(([key, value]) => `${key}=${quoted(value)}`).join(',');
  const url = `sofia/${place.profile}/sip:${safeAddress(dial.to.device.address)}@${place.edge};fs_path=sip:${place.edge}`;
  return `originate {${block}}${url} &park()`;
}
