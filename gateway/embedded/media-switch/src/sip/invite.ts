// The INVITE of an originate: what goes into it, and what may not.

import { createRequest, formatNameAddr, parseUri, type SipRequest } from '@cordboard/sip-stack';
import type { OutboundCall } from '../channel/originate.ts';
import { offerHeaders } from './session-timer.ts';

export const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK';
export const PRODUCT = 'Cordboard-media-switch';
export const SDP_TYPE = 'application/sdp';

/** Headers a caller of originate may not write: they carry the dialog. */
const OWN_HEADERS = new Set(
  `via v from f to t call-id i cseq contact m content-type c content-length l max-forwards route record-route allow
  user-agent proxy-authorization authorization require proxy-require supported k session-expires x min-se`.split(
    /\s+/,
  ),
);

const isToken = (name: string): boolean => /^[A-Za-z0-9.!%*_+`'~-]{1,64}$/.test(name);

/** Removes what would leave its header: control characters. */
const oneLine = (value: string): string => value.replace(/\p{Cc}/gu, ' ').trim();

const displayName = (name: string): string => oneLine(name).replace(/["\\]/g, '');

/** Escapes what RFC 3261 section 25.1 does not allow in the user part. */
const userPart = (number: string): string =>
  encodeURIComponent(number).replace(/%2B/gi, '+').replace(/%24/g, '$').replace(/%3B/gi, '%3B');

/** The extra headers of a call, without those it may not set. */
export function extraHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of headers)
    if (isToken(name) && !OWN_HEADERS.has(name.toLowerCase())) allowed[name] = oneLine(value);
  return allowed;
}

/** The request URI of a dial string's destination, or undefined when it is none. */
export function requestUri(destination: string): string | undefined {
  const text = /^sips?:/i.test(destination) ? destination : `sip:${destination}`;
  const uri = parseUri(text);
  return uri?.kind === 'sip' && uri.host !== '' ? text : undefined;
}

/** Who calls, beside From: Remote-Party-ID unless the variable sip_cid_type asks for another header, or for none. */
function identityHeaders(named: string, type = 'rpid'): Record<string, string> {
  switch (type) {
    case 'none':
      return {};
    case 'pid':
      return { 'P-Asserted-Identity': named };
    default:
      return { 'Remote-Party-ID': `${named};party=calling;screen=yes;privacy=off` };
  }
}

/** Who we are in an INVITE, the same for every attempt of one call. */
export interface InviteIdentity {
  readonly host: string;
  readonly contact: string;
  readonly tag: string;
  readonly callId: string;
}

/**
 * Builds an INVITE.
 * @param attempt where it goes; To stays what was dialled first (RFC 3261 section 8.1.3.4)
 */
export function buildInvite(
  call: OutboundCall,
  attempt: {
    readonly uri: string;
    readonly dialled: string;
    readonly cseq: number;
    readonly sessionSeconds: number;
  },
  identity: InviteIdentity,
): SipRequest {
  const display = displayName(call.callerName);
  const caller = `sip:${userPart(call.callerNumber)}@${identity.host}`;
  const named = formatNameAddr({ display, uri: caller });
  const plainUri = attempt.dialled.replace(/;.*$/, '');
  return createRequest({
    method: 'INVITE',
    uri: attempt.uri,
    from: formatNameAddr({ display, uri: caller, params: { tag: identity.tag } }),
    to: formatNameAddr({ uri: plainUri }),
    callId: identity.callId,
    cseq: attempt.cseq,
    maxForwards: 70,
    headers: {
      Contact: identity.contact,
      'User-Agent': PRODUCT,
      Allow: ALLOW,
      ...offerHeaders(attempt.sessionSeconds),
      ...identityHeaders(named, call.channel.variables.get('sip_cid_type')),
      ...extraHeaders(call.headers),
    },
    body: { type: SDP_TYPE, content: call.sdp },
  });
}
