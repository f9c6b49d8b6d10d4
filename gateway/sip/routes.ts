// Who may call whom at the edge, as a pure decision over what the edge knows of the request. The edge proxies; it never
// anchors a call, and it never guesses: what no row allows is refused.

import type { InboundTarget } from '../../app/ports/trunking.ts';

export type Origin =
  | { readonly kind: 'switch' }
  /** A browser through Janus, with a call ticket that verified. */
  | { readonly kind: 'web'; readonly sessionId: string; readonly queueId: string }
  | { readonly kind: 'trunk'; readonly name: string }
  /** An agent's own phone, authenticated. */
  | { readonly kind: 'phone'; readonly address: string }
  | { readonly kind: 'stranger' };

export type Route =
  /** To the media switch, which parks it; the control plane decides from there. */
  | { readonly to: 'switch'; readonly user: string; readonly headers: Readonly<Record<string, string>> }
  /** To every live contact of an address. */
  | { readonly to: 'contacts'; readonly address: string }
  /** To a number outside, through a trunk. */
  | { readonly to: 'outside' }
  | { readonly to: 'challenge' }
  | { readonly to: 'refuse'; readonly status: 403 | 404 | 405; readonly reason: string };

export interface InviteFacts {
  readonly origin: Origin;
  /** User part of the request URI. */
  readonly requestUser: string;
  /** The request URI says `user=phone`: a telephone number and no device address (RFC 3261 section 19.1.1). */
  readonly isNumber: boolean;
  /** Carries one of the headers only the edge may write. */
  readonly forgesOurHeaders: boolean;
  /** Claims an identity that is not the caller's own to claim: P-Asserted-Identity, Diversion and the like. */
  readonly claimsIdentity: boolean;
  /** A ticket was shown, whether or not it verified. */
  readonly showsTicket: boolean;
  /** What was dialled; of an inbound call, in any carrier's spelling. */
  readonly dialled: string;
  /** Who the dialled number reaches; undefined when nothing answers it. */
  readonly numberLeadsTo: InboundTarget | undefined;
  /** The agent whose desk phone calls a colleague's extension. */
  readonly colleague?: string;
  /** The caller's number as far as it may be believed; undefined when unknown or withheld. */
  readonly caller: string | undefined;
}

const safeId = /^[A-Za-z0-9_-]{1,64}$/;
const safeNumber = /^\+?[0-9*#]{1,32}$/;

const refuse = (status: 403 | 404 | 405, reason: string): Route => ({ to: 'refuse', status, reason });

export function routeInvite(facts: InviteFacts): Route {
  const { origin } = facts;
  if (origin.kind === 'switch')
    return facts.isNumber ? { to: 'outside' } : { to: 'contacts', address: facts.requestUser };
  if (facts.forgesOurHeaders) return refuse(403, 'Forbidden');
  // A ticket that does not verify is somebody trying, whoever else she may be; it is no reason to ask for a password.
  if (facts.showsTicket && origin.kind !== 'web') return refuse(403, 'Forbidden');
  switch (origin.kind) {
    case 'web':
      return toSwitch(
        { kind: 'queue', queueId: origin.queueId },
        { 'X-Cordboard-Source': 'web', 'X-Cordboard-Session': origin.sessionId },
      );
    case 'phone':
      if (facts.claimsIdentity) return refuse(403, 'Forbidden');
      return toNumber(facts, {});
    case 'trunk':
      return toNumber(facts, { 'X-Cordboard-Trunk': origin.name });
    case 'stranger':
      return { to: 'challenge' };
  }
}

/** What a phone hears of what it dialled: that it is done, or why it is not. */
export type Notice = 'done' | 'declined' | 'busy' | 'unavailable' | 'unknown';

/** A phone that has proved itself asks for the switch's echo: no conversation, so nothing but the source is said of it. */
export const routeEcho: Route = { to: 'switch', user: 'echo', headers: { 'X-Cordboard-Source': 'echo' } };

/** It dialled what the edge has carried out, or refuses: the switch lets it hear which. No conversation either. */
export const routeNotice = (notice: Notice): Route => ({
  to: 'switch',
  user: 'notice',
  headers: { 'X-Cordboard-Source': 'notice', 'X-Cordboard-Notice': notice },
});

function toNumber(facts: InviteFacts, headers: Readonly<Record<string, string>>): Route {
  const { numberLeadsTo, dialled, caller, colleague } = facts;
  if (numberLeadsTo === undefined) return refuse(404, 'Not Found');
  return toSwitch(numberLeadsTo, {
    'X-Cordboard-Source': 'phone',
    ...headers,
    ...(colleague !== undefined && safeId.test(colleague) && { 'X-Cordboard-Colleague': colleague }),
    ...(safeNumber.test(dialled) && { 'X-Cordboard-Dialled': dialled }),
    ...(caller !== undefined && safeNumber.test(caller) && { 'X-Cordboard-Caller': caller }),
  });
}

function toSwitch(target: InboundTarget, headers: Readonly<Record<string, string>>): Route {
  const [header, id] = idOf(target);
  if (!safeId.test(id)) return refuse(404, 'Not Found');
  return { to: 'switch', user: `${target.kind}-${id}`, headers: { ...headers, [header]: id } };
}

function idOf(target: InboundTarget): readonly [header: string, id: string] {
  switch (target.kind) {
    case 'queue':
      return ['X-Cordboard-Queue', target.queueId];
    case 'agent':
      return ['X-Cordboard-Agent', target.agentId];
    case 'flow':
      return ['X-Cordboard-Flow', target.flowId];
  }
}
