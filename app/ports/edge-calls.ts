// What the SIP edge must still know of its calls after a restart of the control plane: what a BYE in the switch's name would need, and
// which trunk carries the call.

/** A BYE to the far end of one call, as if the switch had sent it. */
export interface Farewell {
  /** The far end's Contact. */
  readonly uri: string;
  /** Where to send it, when that is not where the Contact points (NAT, a carrier's proxies). */
  readonly nextHop?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface EdgeCall {
  readonly callId: string;
  /** `host:port` of its media switch. */
  readonly switch: string;
  /** Which life of that switch it belongs to (SwitchChoice.coreOf); empty when that was not known. */
  readonly core: string;
  /** On which side of the edge the switch is: a call out goes towards the phone. */
  readonly towards: 'switch' | 'phone';
  /** The trunk it goes over. */
  readonly trunk?: string;
  /** Absent until it is answered. */
  readonly farewell?: Farewell;
}

/** Kept in the database, and written behind: no call waits for it. */
export interface EdgeCalls {
  all(): Promise<readonly EdgeCall[]>;
  /** In place of what was kept under its Call-ID. */
  keep(call: EdgeCall): void;
  forget(callId: string): void;
}
