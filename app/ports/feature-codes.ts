// What an agent can say by dialling a code at her desk phone. The SIP edge hears the code, the core decides.

export type FeatureWish =
  | { readonly feature: 'signIn' }
  | { readonly feature: 'signOut' }
  | { readonly feature: 'ready' }
  | { readonly feature: 'break' }
  /** The caller parked in this slot shall ring at this phone. */
  | { readonly feature: 'pickUp'; readonly slot: number };

export interface FeatureCodes {
  /**
   * @param address user part of the phone's address of record; it has proved that it is this phone
   * @returns false when the wish was refused, or the phone is no agent's
   */
  carryOut(address: string, wish: FeatureWish): Promise<boolean>;
}
