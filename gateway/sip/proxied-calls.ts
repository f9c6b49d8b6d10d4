// What the edge remembers of each call it has proxied to or from a media switch, for one purpose: when the switch dies, nobody is
// left to hang up, and a phone would sit in silence. Then the edge says BYE in the switch's name (RFC 3261 section 15); also to who
// answers a call whose switch has died since it was made. And which trunk carries the call, so that trunks are counted right.
//
//   carries (a trunk) ──► answered ──► ended · not named by its switch twice in a row · its switch lost, or in another life: told BYE
//
// Memory decides. What it holds is written behind, so that a restart of the control plane finds it again.

import type { EdgeCall, EdgeCalls, Farewell } from '../../app/ports/edge-calls.ts';
import type { SwitchChoice } from '../../app/ports/media.ts';
import { parseNameAddrs } from './name-addr.ts';
import type { EdgeRequest, ProxyOutcome } from './edge-request.ts';

interface RememberedCall {
  readonly call: EdgeCall;
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
  /** SIP URI it was sent to, when there was one only. */
  readonly destination?: string;
}

export interface ProxiedCallsOptions {
  /** Told each farewell whose time has come, once. */
  readonly say: (farewell: Farewell) => void;
  readonly kept: EdgeCalls;
  readonly switches: Pick<SwitchChoice, 'addresses' | 'coreOf'>;
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
  readonly #options: ProxiedCallsOptions;

  constructor(options: ProxiedCallsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  /**
   * Finds again what was kept before a restart. Whether each is still there is for its switch to say, and one look is enough: none of them is
   * so young that a look could miss it. Nobody could say it of a switch that is no longer in the settings: its calls are forgotten.
   */
  async restore(): Promise<readonly EdgeCall[]> {
    const { kept, switches } = this.#options;
    const all = await kept.all();
    const ours = all.filter((call) => switches.addresses.includes(call.switch));
    for (const call of ours) this.#calls.set(call.callId, { call, missing: true });
    for (const { callId } of all) if (!this.#calls.has(callId)) kept.forget(callId);
    return ours;
  }

  /** From now on this trunk carries the call; it may not be answered yet. */
  carries(trunk: string, callId: string, passage: Passage): void {
    this.#remember({ ...this.#begun(callId, passage), trunk });
  }

  /** An INVITE was proxied and answered. */
  answered(request: EdgeRequest, outcome: ProxyOutcome, passage: Passage): void {
    const from = request.header('From');
    if (outcome.status !== 200 || outcome.to === undefined || from === undefined) return;
    const farewell =
      passage.towards === 'switch'
        ? toCaller(request, from, outcome.to)
        : toCallee(request, from, outcome.to, outcome, passage);
    if (!farewell) return;
    if ((this.#lostAt.get(passage.switch) ?? -Infinity) >= passage.since) return this.#options.say(farewell);
    const { trunk } = this.#calls.get(request.callId)?.call ?? {};
    this.#remember({
      ...this.#begun(request.callId, passage),
      ...(trunk !== undefined && { trunk }),
      farewell,
    });
  }

  ended(callId: string): void {
    if (this.#calls.delete(callId)) this.#options.kept.forget(callId);
  }

  /**
   * A switch holds these and no others: what is not among them for the second time in a row has ended, and its end was missed. What belongs
   * to an earlier life of the switch died with it, and its far end is told.
   * @returns what was forgotten
   */
  keepOnly(switchAddress: string, callIds: ReadonlySet<string>): readonly string[] {
    const core = this.#options.switches.coreOf(switchAddress) ?? '';
    const gone: string[] = [];
    for (const [callId, known] of this.#on(switchAddress)) {
      const wasMissing = known.missing;
      known.missing = !callIds.has(callId);
      const outlived = known.call.core !== '' && core !== '' && known.call.core !== core;
      if (outlived) this.#sayFarewell(known.call);
      if (outlived || (known.missing && wasMissing)) gone.push(callId);
    }
    for (const callId of gone) this.ended(callId);
    return gone;
  }

  /**
   * Every call on this switch is dead: its far end is told.
   * @param at when, epoch milliseconds
   * @returns their Call-IDs
   */
  lost(switchAddress: string, at: number): readonly string[] {
    this.#lostAt.set(switchAddress, at);
    const dead = this.#on(switchAddress);
    for (const [callId, { call }] of dead) {
      this.ended(callId);
      this.#sayFarewell(call);
    }
    return dead.map(([callId]) => callId);
  }

  #begun(callId: string, { towards, switch: address }: Passage): EdgeCall {
    return { callId, switch: address, core: this.#options.switches.coreOf(address) ?? '', towards };
  }

  #remember(call: EdgeCall): void {
    this.#calls.set(call.callId, { call, missing: false });
    this.#options.kept.keep(call);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > mostRemembered && oldest !== undefined) this.ended(oldest);
  }

  /** Nobody is told of a call that was not answered: there is no dialog yet, and its phone gives up by itself. */
  #sayFarewell({ farewell }: EdgeCall): void {
    if (farewell) this.#options.say(farewell);
  }

  #on(switchAddress: string): (readonly [string, RememberedCall])[] {
    return [...this.#calls].filter(([, { call }]) => call.switch === switchAddress);
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

/**
 * The switch called: it speaks as From, and goes on from the INVITE's number. Its Contact may be an address of a network of its own, which is
 * reached through a proxy on the far side, or where the INVITE went.
 */
function toCallee(
  request: EdgeRequest,
  from: string,
  to: string,
  { contact, nextHop }: ProxyOutcome,
  { destination }: Passage,
): Farewell | undefined {
  const uri = parseNameAddrs(contact ?? '')[0]?.uri;
  if (uri === undefined || uri === '') return undefined;
  const hop = nextHop ?? destination;
  return {
    uri,
    ...(hop !== undefined && { nextHop: hop }),
    headers: headersOf(request.callId, from, to, request.cseq + cseqAhead),
  };
}

const headersOf = (callId: string, from: string, to: string, cseq: number): Farewell['headers'] => ({
  'Call-ID': callId,
  From: from,
  To: to,
  CSeq: `${cseq} BYE`,
  Reason: reason,
});
