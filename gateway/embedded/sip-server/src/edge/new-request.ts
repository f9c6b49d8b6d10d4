// Completing a request an application wants sent outside a dialog: what it left out is filled in, `localhost` becomes
// our address, what it may not set is left out.
import { randomInt } from 'node:crypto';
import {
  type Body,
  createRequest,
  parseNameAddr,
  type SipRequest,
  type SipStack,
  type Target,
} from '@cordboard/sip-stack';
import { type AppRequest, headerOf } from '../control/app-message.ts';
import { breaksFrameFields, type HostPort, substituteLocalhost, wireHeaders } from '../control/assembly.ts';
import { addField } from './responses.ts';

const FILLED_IN: ReadonlySet<string> = new Set([
  ...['from', 'to', 'call-id', 'cseq', 'contact', 'max-forwards', 'content-type'],
]);
const WITH_CONTACT: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE']);
const MAX_CSEQ = 2 ** 31 - 1;

interface Surroundings {
  readonly target: Target;
  /** Our address towards the target, as shown to the world. */
  readonly own: HostPort;
  readonly body: Body | undefined;
}

/**
 * The request as it may go out.
 * @returns undefined when From, To or Call-ID given by the application cannot be used
 */
export function buildRequest(
  stack: SipStack,
  message: AppRequest,
  surroundings: Surroundings,
): SipRequest | undefined {
  const { target, own, body } = surroundings;
  const { method, uri } = message;
  const contact = stack.contactFor(target);
  const given = (name: string): string | undefined => {
    const value = headerOf(message, name);
    return value === undefined || value === '' ? undefined : substituteLocalhost(name, value, own);
  };
  const from = withTag(bracketed(given('from') ?? contact), stack);
  const to = bracketed(given('to') ?? `<${uri}>`);
  const callId = headerOf(message, 'call-id') ?? stack.newCallId();
  if (from === undefined || to === undefined || breaksFrameFields(callId) || /\s/.test(callId))
    return undefined;
  const headers: Record<string, string | readonly string[]> = {};
  const ownContact = given('contact') ?? (WITH_CONTACT.has(method) ? contact : undefined);
  if (ownContact !== undefined) headers['Contact'] = ownContact;
  for (const [name, value] of wireHeaders(message.headers, FILLED_IN)) {
    addField(headers, name, substituteLocalhost(name, value, own));
  }
  return createRequest({
    method,
    uri,
    from,
    to,
    callId,
    cseq: cseqOf(message) ?? randomInt(1, 2 ** 30),
    maxForwards: maxForwardsOf(message),
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

/** The CSeq number an application insists on (a digest retry continues the first attempt's), or undefined. */
export function cseqOf(message: AppRequest): number | undefined {
  const match = /^\s*(\d{1,10})\b/.exec(headerOf(message, 'cseq') ?? '');
  const number = match ? Number(match[1]) : undefined;
  return number !== undefined && number <= MAX_CSEQ ? number : undefined;
}

function maxForwardsOf(message: AppRequest): number {
  const given = Number(headerOf(message, 'max-forwards') ?? '70');
  return Number.isInteger(given) && given >= 0 && given <= 255 ? given : 70;
}

// `sip:a@b;tag=1` means a tag, not a URI parameter (RFC 3261 section 20.10): brackets say so to everybody.
function bracketed(value: string): string | undefined {
  if (value.includes('<')) return parseNameAddr(value) ? value : undefined;
  const parsed = parseNameAddr(value);
  return parsed && `<${parsed.uri}>${value.slice(value.indexOf(parsed.uri) + parsed.uri.length)}`;
}

function withTag(from: string | undefined, stack: SipStack): string | undefined {
  if (from === undefined) return undefined;
  const tag = parseNameAddr(from)?.tag;
  if (tag === undefined) return `${from};tag=${stack.newTag()}`;
  return breaksFrameFields(tag) ? undefined : from;
}
