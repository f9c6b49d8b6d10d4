// Requests the stack takes as well-formed and we still refuse: what would break the frames' field layout, and
// Contacts no dialog can be built on (RFC 3261 sections 8.1.1.8 and 12.1.1).
import { parseUri, type SipMessage, type SipRequest } from '@cordboard/sip-stack';
import { breaksFrameFields } from '../control/assembly.ts';

export interface Flaw {
  readonly status: 400;
  readonly reason: string;
}

const DIALOG_MAKERS: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE']);

/** Why a request is refused whoever it is for, or undefined. */
export function fieldFlaw({ headers }: SipRequest): Flaw | undefined {
  const { from, to, via, callId } = headers;
  if (breaksFrameFields(callId)) return flaw('Invalid Call-ID');
  if (breaksFrameFields(from.tag ?? '') || breaksFrameFields(to.tag ?? '')) return flaw('Invalid Tag');
  if (breaksFrameFields(via.branch ?? '')) return flaw('Invalid Branch');
  return undefined;
}

/** Why a request that makes or refreshes a dialog with us is refused, or undefined. */
export function contactFlaw(request: SipRequest): Flaw | undefined {
  const { headers, method } = request;
  if (!DIALOG_MAKERS.has(method)) return undefined;
  if (headers.to.tag !== undefined && headers.from.tag === undefined) return flaw('Missing From Tag');
  return hasUsableContact(request)
    ? undefined
    : flaw(headers.has('Contact') ? 'Invalid Contact' : 'Missing Contact');
}

/** True when the message names exactly one sip or sips Contact, as what creates a dialog must. */
export function hasUsableContact({ headers }: SipMessage): boolean {
  const [contact, second] = headers.contacts;
  return contact !== undefined && second === undefined && parseUri(contact.uri)?.kind === 'sip';
}

function flaw(reason: string): Flaw {
  return { status: 400, reason };
}
