// What the edge remembers of each call it has proxied to or from a media switch, for one purpose: when the switch dies, nobody is
// left to hang up, and a phone would sit in silence. Then the edge says BYE in the switch's name (RFC 3261 section 15); also to who
// answers a call whose switch has died since it was made.
//
// Kept in memory only: calls from before a restart of the control plane are not known here.

import { parseNameAddrs } from './name-addr.ts';
import type { EdgeRequest, ProxyOutcome } from './edge-request.ts';

/** A BYE to the far end of one call, as if the switch had sent it. */
export interface Farewell {
  /** The far end's Contact. */
  readonly uri: string;
  /** Where to send it, when that is not where the Contact points (NAT). */
  readonly nextHop: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

interface RememberedCall {
  readonly farewell: Farewell;
  readonly switch: string;
  /** It was not among what its switch held when that was asked last. */
  missing: boolean;
}

/** Which way a call was proxied. */
export interface Passage {
  /** On which side the switch is. */
  readonly towards: 'switch' | 'phone';
  /** `host:port` of that switch. */
  readonly switch: string;
  /** When the INVITE came, epoch milliseconds. */
  readonly since: number;
}

/** The oldest is forgotten beyond this: a bound, not a size anybody should reach. */
const mostRemembered = 50_000;
/** Above any number the switch has used in this dialog (section 12.2.1.1): re-INVITEs for hold are few. */
const cseqAhead = 10_000;
const reason = 'Q.850;cause=27;text="DESTINATION_OUT_OF_ORDER"';

export class ProxiedCalls {
  readonly #calls = new Map<string, RememberedCall>();
  /** When each switch died last, epoch milliseconds. */
  readonly #lostAt = new Map<string, number>();
  readonly #say: (farewell: Farewell) => void;

  /** @param say told each farewell whose time has come, once */
  constructor(say: (farewell: Farewell) => void) {
    this.#say = say;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** An INVITE was proxied and answered. */
  answered(request: EdgeRequest, outcome: ProxyOutcome, passage: Passage): void {
    const from = request.header('From');
    if (outcome.status !== 200 || outcome.to === undefined || from === undefined) return;
    const farewell =
      passage.towards === 'switch'
        ? toCaller(request, from, outcome.to)
        : toCallee(request, from, outcome.to, outcome.contact);
    if (!farewell) return;
    if ((this.#lostAt.get(passage.switch) ?? -Infinity) >= passage.since) return this.#say(farewell);
    this.#calls.set(request.callId, { farewell, switch: passage.switch, missing: false });
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > mostRemembered && oldest !== undefined) this.#calls.delete(oldest);
  }

  ended(callId: string): void {
    this.#calls.delete(callId);
  }

  /**
   * A switch holds these and no others: what is not among them for the second time in a row has ended, and its end was missed.
   * @returns what was forgotten
   */
  keepOnly(switchAddress: string, callIds: ReadonlySet<string>): readonly string[] {
    const gone: string[] = [];
    for (const [callId, call] of this.#calls) {
      if (call.switch !== switchAddress) continue;
      const wasMissing = call.missing;
      call.missing = !callIds.has(callId);
      if (call.missing && wasMissing) gone.push(callId);
    }
    for (const callId of gone) this.#calls.delete(callId);
    return gone;
  }

  /**
   * Every call on this switch is dead: its far end is told.
   * @param at when, epoch milliseconds
   * @returns how many are told
   */
  lost(switchAddress: string, at: number): number {
    this.#lostAt.set(switchAddress, at);
    const dead = [...this.#calls].filter(([, call]) => call.switch === switchAddress);
    for (const [callId, { farewell }] of dead) {
      this.#calls.delete(callId);
      this.#say(farewell);
    }
    return dead.length;
  }
}

/** The switch was called: it speaks as To of the INVITE, and has sent no request in this dialog before. */
function toCaller(request: EdgeRequest, from: string, to: string): Farewell | undefined {
  const uri = request.contacts[0]?.uri;
  if (uri === undefined) return undefined;
  const { address, port, protocol } = request.source;
  const host = address.includes(':') ? `[${address}]` : address;
  const transport = protocol === 'udp' ? '' : `;transport=${protocol}`;
  return {
    uri,
    nextHop: `sip:${host}:${port}${transport}`,
    headers: headersOf(request.callId, to, from, cseqAhead),
  };
}

/** The switch called: it speaks as From, and goes on from the INVITE's number. */
function toCallee(
  request: EdgeRequest,
  from: string,
  to: string,
  contact: string | undefined,
): Farewell | undefined {
  const uri = parseNameAddrs(contact ?? '')[0]?.uri;
  if (uri === undefined || uri === '') return undefined;
  return { uri, nextHop: undefined, headers: headersOf(request.callId, from, to, request.cseq + cseqAhead) };
}

const headersOf = (callId: string, from: string, to: string, cseq: number): Farewell['headers'] => ({
  'Call-ID': callId,
  From: from,
  To: to,
  CSeq: `${cseq} BYE`,
  Reason: reason,
});
