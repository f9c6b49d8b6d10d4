// Who hears whom, measured: each party speaks a tone of her own, and each ear is asked which of the tones it hears.

import type { Phone } from './baresip.ts';
import { until } from './until.ts';

export interface Party {
  readonly name: string;
  readonly phone: Phone;
  /** Hz of the sine she speaks. */
  readonly tone: number;
}

/** Share of full scale: a tone that arrives has some 0.1 or more; what leaks through filters of the other tones has less than a fifth of it. */
const audible = 0.015;
const second = 0.5;

/** Waits until `ear` hears exactly these of `all`, each of the others at less than a fifth of the quietest it should hear. */
export async function hears(ear: Party, wanted: readonly Party[], all: readonly Party[]): Promise<void> {
  let last = '';
  const asItShould = async (): Promise<boolean> => {
    const recording = await ear.phone.heard();
    const level = (party: Party): number => recording.level(party.tone, second);
    const others = all.filter((party) => !wanted.includes(party));
    last = [...all].map((party) => `${party.name} ${level(party).toFixed(4)}`).join(', ');
    const quietest = wanted.length === 0 ? audible : Math.min(...wanted.map(level));
    const ceiling = wanted.length === 0 ? audible / 3 : quietest / 5;
    return (wanted.length === 0 || quietest > audible) && others.every((party) => level(party) < ceiling);
  };
  const names = wanted.length === 0 ? 'nobody' : wanted.map(({ name }) => name).join(' and ');
  await until(`${ear.name} hears ${names}`, asItShould, { everyMs: 200 }).catch((error: unknown) => {
    throw new Error(`${ear.name} should hear ${names}; hears: ${last}`, { cause: error });
  });
}

/** Each of a circle hears all the others and not herself; nobody else of `all` is heard. */
export async function hearEachOther(circle: readonly Party[], all: readonly Party[]): Promise<void> {
  for (const ear of circle) {
    const others = circle.filter((party) => party !== ear);
    await hears(ear, others, all);
  }
}
