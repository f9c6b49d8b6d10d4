// What an agent can say by dialling a code at her desk phone. The SIP edge hears the code, the core decides.

export type FeatureWish =
  | { readonly feature: 'signIn' }
  | { readonly feature: 'signOut' }
  | { readonly feature: 'ready' }
  | { readonly feature: 'break' }
  /** The caller parked in this slot shall ring at this phone. */
  | { readonly feature: 'pickUp'; readonly slot: number };

/** Where an agent's desk phone gets by dialling what no table of numbers names. */
export type Extension =
  /** A colleague who is free, or a queue; `by`: the agent who calls. */
  | { readonly kind: 'agent'; readonly agentId: string; readonly by: string }
  | { readonly kind: 'queue'; readonly queueId: string; readonly by: string }
  /** Somebody is parked there. */
  | { readonly kind: 'slot'; readonly slot: number }
  /** A colleague who is not: in a call or writing about one; signed out, on a break, her phone gone. */
  | { readonly kind: 'refused'; readonly why: 'busy' | 'unavailable' };

export interface FeatureCodes {
  /**
   * @param address user part of the phone's address of record; it has proved that it is this phone
   * @returns false when the wish was refused, or the phone is no agent's
   */
  carryOut(address: string, wish: FeatureWish): Promise<boolean>;
  /**
   * @param address as above
   * @param dialled user part of the request URI
   * @returns undefined when that is nobody's, or the phone is no agent's
   */
  reach(address: string, dialled: string): Promise<Extension | undefined>;
}
