// How far the switch is with what it was asked for: to join two legs, or to bring several into one room.

import type { LegId } from './ids.ts';

export interface Link {
  readonly made: boolean;
  /** How often it was asked for. */
  readonly asked: number;
  /** Those who are in the room already. */
  readonly joined: readonly LegId[];
}

export const unlinked: Link = { made: false, asked: 0, joined: [] };
