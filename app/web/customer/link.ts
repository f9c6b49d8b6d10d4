// What the link in her hand leads to now: the button, a closed door, or nothing.

import { Api, CordboardProblem, microphonePermission } from '@cordboard/sdk';

/** When it opens, epoch milliseconds, where that is known. */
export interface Closed {
  readonly opensAt?: number | undefined;
}

export type LinkScreen =
  | { readonly at: 'unusable'; readonly why: 'linkInvalid' | 'linkExpired' }
  | ({ readonly at: 'closed' } & Closed)
  /** `closed`: nobody is there now, and whoever calls is told something all the same. */
  | { readonly at: 'start'; readonly problem: string | undefined; readonly closed?: Closed };

export interface OpenedLink extends Closed {
  readonly screen: LinkScreen;
  /** What the link says it is for. */
  readonly label: string | undefined;
}

/** @throws CordboardProblem `unreachable`: nobody knows */
export async function openLink(link: string): Promise<OpenedLink> {
  try {
    const { label, open, takesCalls, opensAt } = await new Api().readLink(link);
    if (!takesCalls) return { label, opensAt, screen: { at: 'closed', opensAt } };
    const closed = open ? {} : { closed: { opensAt } };
    return { label, opensAt, screen: { at: 'start', problem: await knownProblem(), ...closed } };
  } catch (error) {
    if (!(error instanceof CordboardProblem) || error.code === 'unreachable') throw error;
    const why = error.code === 'link_expired' ? 'linkExpired' : 'linkInvalid';
    return { label: undefined, screen: { at: 'unusable', why } };
  }
}

/** Who has refused the microphone before is helped before she presses Call in vain. */
const knownProblem = async (): Promise<string | undefined> =>
  (await microphonePermission()) === 'denied' ? 'microphone_denied' : undefined;
