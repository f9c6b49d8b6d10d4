// What the edge remembers of each call it has proxied to or from the media switch, for one purpose: when the switch dies, nobody is
// left to hang up, and a phone would sit in silence. Then the edge says BYE in the switch's name (RFC 3261 section 15).
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

/** The oldest is forgotten beyond this: a bound, not a size anybody should reach. */
const mostRemembered = 50_000;
/** Above any number the switch has used in this dialog (section 12.2.1.1): re-INVITEs for hold are few. */
const cseqAhead = 10_000;
const reason = 'Q.850;cause=27;text="DESTINATION_OUT_OF_ORDER"';

export class ProxiedCalls {
  readonly #farewells = new Map<string, Farewell>();

  get size(): number {
    return this.#farewells.size;
  }

  /** An INVITE was proxied and answered. @param towards on which side the switch is */
  answered(request: EdgeRequest, outcome: ProxyOutcome, towards: 'switch' | 'phone'): void {
    const from = request.header('From');
    if (outcome.status !== 200 || outcome.to === undefined || from === undefined) return;
    const farewell =
      towards === 'switch'
        ? toCaller(request, from, outcome.to)
        : toCallee(request, from, outcome.to, outcome.contact);
    if (!farewell) return;
    this.#farewells.set(request.callId, farewell);
    const [oldest] = this.#farewells.keys();
    if (this.#farewells.size > mostRemembered && oldest !== undefined) this.#farewells.delete(oldest);
  }

  ended(callId: string): void {
    this.#farewells.delete(callId);
  }

  /** Takes out what to say to the far ends of these calls. */
  lost(callIds: readonly string[]): readonly Farewell[] {
    return callIds.flatMap((callId) => {
      const farewell = this.#farewells.get(callId);
      this.#farewells.delete(callId);
      return farewell ?? [];
    });
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
