// Who hears whom, measured: each party speaks a tone of her own, and each ear is asked which of the tones it hears.

import type { Page } from 'playwright-core';
import type { Phone } from './baresip.ts';
import type { PhoneCall } from './sip-phone-call.ts';
import { until } from './until.ts';

/** Somebody with a mouth and an ear. */
export interface Party {
  readonly name: string;
  /** Hz of the sine she speaks. */
  readonly tone: number;
  /** How strong each of these tones, Hz, is in what she heard just now: amplitudes as shares of full scale. */
  levels(hertz: readonly number[]): Promise<readonly number[]>;
}

/** Share of full scale: a tone that arrives has some 0.1 or more; what leaks through filters of the other tones has less than a fifth of it. */
const audible = 0.015;
const lastSeconds = 0.5;

export interface PhoneParty extends Party {
  readonly phone: Phone;
}

/** Who has a phone on her desk, or calls from one. */
export const atPhone = (name: string, phone: Phone, tone: number): PhoneParty => ({
  name,
  tone,
  phone,
  async levels(hertz) {
    const heard = await phone.heard();
    return hertz.map((hz) => heard.level(hz, lastSeconds));
  },
});

/** Who speaks through a page. */
export const atPage = (name: string, page: Page, tone: number): Party => ({
  name,
  tone,
  levels: (hertz) => page.evaluate((wanted) => wanted.map((hz) => window.testEars.strength(hz)), [...hertz]),
});

/** Who is in a call of a scripted phone. */
export const inCall = (name: string, call: PhoneCall, tone: number): Party => ({
  name,
  tone,
  levels: (hertz) => Promise.resolve(hertz.map((hz) => call.hears(hz))),
});

/** Waits until `ear` hears exactly these of `all`, each of the others at less than a fifth of the quietest it should hear. */
export async function hears(ear: Party, wanted: readonly Party[], all: readonly Party[]): Promise<void> {
  let last = '';
  const asItShould = async (): Promise<boolean> => {
    const levels = await ear.levels(all.map(({ tone }) => tone));
    last = all.map(({ name }, at) => `${name} ${levels[at]?.toFixed(4)}`).join(', ');
    const heard = levels.filter((_, at) => wanted.includes(all[at] as Party));
    const unheard = levels.filter((_, at) => !wanted.includes(all[at] as Party));
    const quietest = Math.min(...heard, 1);
    const ceiling = wanted.length === 0 ? audible / 3 : quietest / 5;
    return quietest > audible && unheard.every((level) => level < ceiling);
  };
  const names = wanted.length === 0 ? 'nobody' : wanted.map(({ name }) => name).join(' and ');
  await until(`${ear.name} hears ${names}`, asItShould, { withinMs: 20_000, everyMs: 200 }).catch(
    (error: unknown) => {
      throw new Error(`${ear.name} should hear ${names}; hears: ${last}`, { cause: error });
    },
  );
}

/** Each of a circle hears all the others and not herself; nobody else of `all` is heard. */
export async function hearEachOther(circle: readonly Party[], all: readonly Party[] = circle): Promise<void> {
  for (const ear of circle) {
    const others = circle.filter((party) => party !== ear);
    await hears(ear, others, all);
  }
}
