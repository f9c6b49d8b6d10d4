// What a member of a room may; a bridged leg may all.

/** See the file's head. Plain data: it crosses postMessage. */
export interface MemberRights {
  readonly speaks: boolean;
  readonly hears: boolean;
  /** Factors of what she says and of what she hears. */
  readonly gainIn: number;
  readonly gainOut: number;
  /** Energy above which she counts as talking; left out when nobody wants to know. */
  readonly talkLevel?: number;
}

export const FULL_RIGHTS: MemberRights = { speaks: true, hears: true, gainIn: 1, gainOut: 1 };
