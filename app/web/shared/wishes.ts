// What a person asks for on a page. A refusal becomes the problem that is shown, until the next thing she does; a bug stays loud.

import { signal, type Signal } from '@preact/signals';
import { CordboardProblem } from '@cordboard/sdk';

export interface Wishes {
  /** Code of what could not be done. */
  readonly problem: Signal<string | undefined>;
  /** Does it; resolves with the code of the refusal, or undefined when it worked. */
  readonly attempt: (wish: () => Promise<unknown>) => Promise<string | undefined>;
  /** The same for what nobody asked for just now: that it does not come is no news. */
  readonly quietly: (wish: () => Promise<unknown>) => void;
  /** She has read it. */
  readonly dismiss: () => void;
}

export function wishes(): Wishes {
  const problem = signal<string | undefined>(undefined);
  const dismiss = (): void => void (problem.value = undefined);
  return {
    problem,
    dismiss,
    async attempt(wish) {
      dismiss();
      const refused = await refusalOf(wish);
      if (refused !== undefined) problem.value = refused;
      return refused;
    },
    quietly: (wish) => void refusalOf(wish),
  };
}

async function refusalOf(wish: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await wish();
    return undefined;
  } catch (error) {
    if (error instanceof CordboardProblem) return error.code;
    throw error;
  }
}

/** When today began, here. */
export const midnight = (): number => new Date().setHours(0, 0, 0, 0);

/** A call is on record a moment after it has ended. */
export const settleMs = 1_500;
