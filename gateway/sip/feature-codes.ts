// The codes themselves. `*` and digits only: no number of a telephone network begins like that, so none is taken away.

import type { FeatureWish } from '../../app/ports/feature-codes.ts';

const codes: Readonly<Record<string, FeatureWish>> = {
  '*71': { feature: 'signIn' },
  '*72': { feature: 'signOut' },
  '*73': { feature: 'ready' },
  '*74': { feature: 'break' },
};
/** `*75` and the slot. */
const pickUp = /^\*75(\d{1,4})$/;

/** Answered by the switch, which gives back what it hears: for whoever wants to know whether a phone has sound both ways. */
const echo = '*43';

/** Was a code dialled? `none` for one that means nothing; undefined for what is no code at all. */
export function featureOf(dialled: string): FeatureWish | 'echo' | 'none' | undefined {
  if (!dialled.startsWith('*')) return undefined;
  if (dialled === echo) return 'echo';
  const slot = pickUp.exec(dialled)?.[1];
  if (slot !== undefined) return { feature: 'pickUp', slot: Number(slot) };
  return codes[dialled] ?? 'none';
}
