// A leg with nobody but the switch at its far end (echo.ts, notice.ts). It is no conversation: the core never hears of such a leg, and it
// leaves no record (ADR 0016).

import type { Leg } from './legs.ts';

export const isAside = ({ arrival }: Pick<Leg, 'arrival'>): boolean =>
  arrival?.source === 'echo' || arrival?.source === 'notice';
