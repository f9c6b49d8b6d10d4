// What administrators see of the telephony and do to it, put together from the rooms that have it.

import type { Telephony, DrainedSwitches } from './ports/telephony.ts';
import type { Edge } from '../gateway/sip/edge.ts';
import type { Switches } from '../gateway/freeswitch/switches.ts';

/** @param kept a wish to empty a switch is there before it is acted upon */
export const createTelephony = (
  edge: Edge,
  media: Switches,
  kept: { readonly drainedSwitches: DrainedSwitches },
): Telephony => ({
  trunks: () => edge.trunks(),
  bans: () => edge.bans(),
  liftBan: (source) => edge.liftBan(source),
  switches: () => media.overview(),
  async drain(name, draining) {
    if (!media.addresses.includes(name)) return false;
    await kept.drainedSwitches.keep(name, draining);
    media.drain(name, draining);
    return true;
  },
});
