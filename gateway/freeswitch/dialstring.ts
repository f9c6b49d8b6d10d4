// The originate line for a leg of ours:
//
//   originate {variables}sofia/<profile>/sip:<address>@<edge>;fs_path=sip:<edge> &park()
//   originate {variables}sofia/<profile>/sip:<number>@<edge>;user=phone;fs_path=sip:<edge> &park()
//
// The switch sends everything to the SIP edge (fs_path), which knows where the address is registered and which trunk a number takes.

import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import { quoted, safeAddress, safeDialled, safeLabel, safeName, safeNumber, safeUuid } from './safe-text.ts';

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
const originateSeconds = (ringMs: number): number => Math.max(2, Math.ceil(ringMs / 1000) + 1);

/**
 * What makes phones go off-hook by themselves, in the three dialects they read: Call-Info (RFC 3261 20.9 as Cisco, Snom, Grandstream,
 * baresip take it), Alert-Info (Polycom, Yealink, Snom), Answer-Mode (RFC 5373). A phone that knows none of them rings.
 */
const autoAnswer: readonly (readonly [string, string])[] = [
  ['sip_h_Call-Info', '<sip:127.0.0.1>;answer-after=0'],
  ['sip_h_Alert-Info', '<http://127.0.0.1>;info=alert-autoanswer;delay=0'],
  ['sip_h_Answer-Mode', 'Auto'],
];

/**
 * @param now epoch milliseconds
 * @throws MediaError `refused` when an id, the address or the number could be read as anything but itself
 */
export function originate(dial: Dial, place: DialPlace, now: number): string {
  const name = safeName(dial.callerName);
  const number = safeNumber(dial.callerNumber);
  const variables: readonly (readonly [string, string])[] = [
    ['origination_uuid', safeUuid(dial.legId)],
    // An unset caller id would show the switch's own default.
    ['origination_caller_id_number', number === '' ? 'anonymous' : number],
    ['origination_caller_id_name', name === '' ? number || 'anonymous' : name],
    ['originate_timeout', String(originateSeconds(dial.ringUntil - now))],
    // Otherwise early media (183) would count as an answer.
    ['ignore_early_media', String(dial.earlyMedia !== true)],
    // The customer's hang-up must not take the agent's leg along before we have decided, and the other way round.
    ['park_after_bridge', 'true'],
    ['hold_music', 'silence'],
    // No sound for this long: the phone or its network is gone. Inbound legs get theirs from the dialplan.
    ['media_timeout', String(place.mediaTimeoutMs ?? 60_000)],
    // The caller's identity is From; what a trunk is told besides is the edge's business.
    ['sip_cid_type', 'none'],
    ...labelVariables(dial),
    ...(dial.autoAnswer === true ? autoAnswer : []),
  ];
  const block = variables.map(([key, value]) => `${key}=${quoted(value)}`).join(',');
  return `originate {${block}}sofia/${place.profile}/${uriOf(dial, place)} &park()`;
}

function labelVariables({ labels, to }: Dial): readonly (readonly [string, string])[] {
  const session = safeLabel(labels.sessionId);
  const { agentId, offerId, supervisorId } = labels;
  return [
    ['cordboard_role', labels.role],
    ['cordboard_session', session],
    ...(agentId === undefined ? [] : [['cordboard_agent', safeLabel(agentId)] as const]),
    ...(offerId === undefined ? [] : [['cordboard_offer', safeLabel(offerId)] as const]),
    ...(supervisorId === undefined ? [] : [['cordboard_supervisor', safeLabel(supervisorId)] as const]),
    ...(labels.standing === true ? [['cordboard_standing', 'true'] as const] : []),
    // For the devices we know; the world outside learns nothing of our sessions.
    ...(to.kind === 'number' || to.device.kind === 'pstn'
      ? []
      : [['sip_h_X-Cordboard-Session', session] as const]),
  ];
}

/** `user=phone` (RFC 3261 19.1.1) is what tells the edge a telephone number from a device's address. */
function uriOf({ to }: Dial, { edge }: DialPlace): string {
  if (to.kind === 'number' || to.device.kind === 'pstn') {
    const dialled = safeDialled(to.kind === 'number' ? to.number : to.device.address);
    return `sip:${dialled}@${edge};user=phone;fs_path=sip:${edge}`;
  }
  return `sip:${safeAddress(to.device.address)}@${edge};fs_path=sip:${edge}`;
}
