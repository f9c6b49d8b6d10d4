// The offer: one session, one agent, one id, one deadline. What a miss is, whose fault it is, and whether it came back so
// fast that the same phone needs a pause before it is tried again.
//
//   made ──▶ ringing ──▶ accepted
//     │         │
//     └────┬────┘
//          ▼
//        missed: no_answer · declined · busy · unreachable · failed · customer_left · withdrawn

import type { LegEnding, OfferMiss } from './ending.ts';

/** The agent's leg ended before it was answered: five different things, never one. */
export function missOf(ending: LegEnding): OfferMiss {
  switch (ending) {
    case 'no_answer':
    case 'busy':
    case 'unreachable':
      return ending;
    case 'unknown_number':
      return 'unreachable';
    case 'declined':
    case 'hung_up': // a phone that ends a call it never took has declined it
      return 'declined';
    case 'released':
    case 'cancelled':
      return 'withdrawn';
    case 'rejected_media':
    case 'failed':
    case 'media_lost':
      return 'failed';
  }
}

/** Only what the agent or her phone did counts towards the break after several misses. */
export function countsAgainstAgent(miss: OfferMiss): boolean {
  return miss !== 'customer_left' && miss !== 'withdrawn';
}

/** These come back within milliseconds: without a pause one lonely phone would be dialled in a loop. */
export function needsRest(miss: OfferMiss): boolean {
  return miss !== 'no_answer' && miss !== 'customer_left';
}
