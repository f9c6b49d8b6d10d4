// Shifts that once went wrong, kept as they were found.

import { test } from 'vitest';
import type { Deed, Fortune } from './deeds.ts';
import { runShift } from './shift.ts';

const anna = { who: 'customer', name: 'anna', queue: 'default' } as const;
const agent = { who: 'agent', name: '1001' } as const;
const fair: Fortune = [[0]];

const kept: Readonly<Record<string, readonly [readonly Deed[], Fortune]>> = {
  'a call that is over, whose hang-up failed, whose leg a restarted control plane finds': [
    [
      { ...anna, does: 'dials' },
      { who: 'fate', does: 'hangUpFails' },
      { ...anna, does: 'isEnded' },
      { who: 'fate', does: 'restart' },
      { ...agent, does: 'signsIn' },
    ],
    fair,
  ],
  'an arrival that was lost on the way, of a caller who hung up before anybody looked': [
    [
      { ...agent, does: 'signsIn' },
      { ...anna, does: 'dials' },
      { ...anna, does: 'drops' },
    ],
    [[], [0]],
  ],
  'a caller who hears the prompt when the control plane is killed, and one who comes after her': [
    [
      { ...anna, does: 'dials' },
      { who: 'fate', does: 'restart' },
      { ...anna, name: 'bob', does: 'dials' },
      { who: 'time', passes: 61_000 },
    ],
    fair,
  ],
  'a telephone on which nobody presses 1, whose hang-up fails': [
    [
      { ...agent, does: 'signsInByTelephone' },
      { ...anna, does: 'dials' },
      { ...anna, does: 'hearsOut' },
      { who: 'fate', does: 'hangUpFails' },
      { who: 'time', passes: 21_000 },
    ],
    fair,
  ],
  'a browser that comes after its session was forgotten': [
    [
      { ...anna, does: 'presses' },
      { who: 'time', passes: 21_000 },
      { who: 'time', passes: 21_000 },
      { who: 'fate', does: 'restart' },
      { ...anna, does: 'arrives' },
    ],
    fair,
  ],
};

test.each(Object.keys(kept))('%s', async (name) => {
  const [shift = [], fortune = fair] = kept[name] ?? [];
  await runShift(shift, fortune);
});
