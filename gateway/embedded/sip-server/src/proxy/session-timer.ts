// Session timers as a proxy asks for them (RFC 4028 section 8): a call whose ends are gone without a word ends by itself,
// because one of them refreshes it and the other notices when nobody does. The proxy only writes headers; it keeps nothing.
import type { SipMessage, SipRequest, SipResponse } from '@cordboard/sip-stack';

export interface SessionTimerSettings {
  /** What is asked for where nobody asked for less, seconds. */
  readonly expires: number;
  /** The least that is let through, seconds; RFC 4028 section 4: never below 90. */
  readonly minimum: number;
}

/** Requests that set up or refresh a session. */
const TIMED: ReadonlySet<string> = new Set(['INVITE', 'UPDATE']);

/** Section 8.1: the interval asked for is too short for us, and the caller can be told so (422 with Min-SE). */
export function isTooBrief(request: SipRequest, { minimum }: SessionTimerSettings): boolean {
  if (!TIMED.has(request.method) || !supportsTimer(request)) return false;
  const asked = secondsOf(request, 'Session-Expires');
  return asked !== undefined && asked < minimum;
}

/** Section 8.1: asks for a session timer in the copy that goes on, or brings what was asked for into our bounds. */
export function askForTimer(copy: SipRequest, { expires, minimum }: SessionTimerSettings): void {
  if (!TIMED.has(copy.method)) return;
  const { headers } = copy;
  const leastOfOthers = secondsOf(copy, 'Min-SE') ?? 0;
  const least = Math.max(minimum, leastOfOthers);
  const asked = secondsOf(copy, 'Session-Expires');
  // A refresh without Session-Expires ends the timer on purpose; only a new call is given one.
  if (asked === undefined && headers.to.tag !== undefined) return;
  const wanted = Math.max(least, Math.min(asked ?? expires, expires));
  if (wanted !== asked) headers.set('Session-Expires', withInterval(headers.get('Session-Expires'), wanted));
  // Without support the caller's side cannot be told 422; the next proxies are told what is the least instead.
  if (asked !== undefined && asked < minimum && leastOfOthers < minimum) headers.set('Min-SE', minimum);
}

/**
 * Section 8.2: the callee knows nothing of timers but the caller does: the caller refreshes.
 * @param received the request as it came, `forwarded` as it went on
 */
export function confirmTimer(response: SipResponse, received: SipRequest, forwarded: SipRequest): void {
  const { headers, status } = response;
  if (status < 200 || status >= 300 || !TIMED.has(received.method)) return;
  const interval = secondsOf(forwarded, 'Session-Expires');
  if (interval === undefined || headers.has('Session-Expires') || !supportsTimer(received)) return;
  headers.set('Session-Expires', `${interval};refresher=uac`);
  if (!headers.names('Require', 'timer')) headers.append('Require', 'timer');
}

const supportsTimer = ({ headers }: SipMessage): boolean =>
  headers.names('Supported', 'timer') || headers.names('Require', 'timer');

function secondsOf({ headers }: SipMessage, name: string): number | undefined {
  const digits = /^\s*(\d{1,9})\s*(?:;|$)/.exec(headers.get(name) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const withInterval = (value: string | undefined, seconds: number): string =>
  value === undefined ? String(seconds) : value.replace(/^\s*\d+/, String(seconds));
