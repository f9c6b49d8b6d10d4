// The customer page as signals: which of its screens is on, and what her buttons do. The SDK knows how; this knows when.

import { signal, type ReadonlySignal } from '@preact/signals';
import { Api, CordboardProblem, CustomerCall, type CallEnd, type CustomerState } from '@cordboard/sdk';

export type CustomerScreen =
  | { readonly at: 'loading' }
  | { readonly at: 'unusable'; readonly why: 'linkInvalid' | 'linkExpired' }
  | ({ readonly at: 'closed' } & Closed)
  /** `closed`: nobody is there now, and whoever calls is told something all the same. */
  | { readonly at: 'start'; readonly problem: string | undefined; readonly closed?: Closed }
  | CustomerState;

/** When it opens, epoch milliseconds, where that is known. */
export interface Closed {
  readonly opensAt?: number | undefined;
}

export interface CustomerModel {
  readonly screen: ReadonlySignal<CustomerScreen>;
  /** What the link says it is for. */
  readonly label: ReadonlySignal<string | undefined>;
  readonly offline: ReadonlySignal<boolean>;
  readonly muted: ReadonlySignal<boolean>;
  call(displayName: string): Promise<void>;
  mute(muted: boolean): void;
  /** A key of the telephone's pad. */
  press(key: string): void;
  hangUp(): Promise<void>;
  rate(stars: number): Promise<void>;
  /** Back to the button. */
  again(): void;
}

export type { CallEnd };

/** The code of what went wrong; a bug stays loud. */
function codeOf(error: unknown): string {
  if (error instanceof CordboardProblem) return error.code;
  throw error;
}

/** @param link the token in the page's address */
export function customerModel(link: string): CustomerModel {
  const screen = signal<CustomerScreen>({ at: 'loading' });
  const label = signal<string | undefined>(undefined);
  const offline = signal(false);
  const muted = signal(false);
  let call: CustomerCall | undefined;

  const follow = (made: CustomerCall): void => {
    call = made;
    screen.value = made.state;
    made.events.on('state', (state) => (screen.value = state));
    made.events.on('online', (online) => (offline.value = !online));
    made.events.on('muted', (isMuted) => (muted.value = isMuted));
  };

  const begin = async (): Promise<void> => {
    try {
      const made = await CustomerCall.resume({ link });
      if (made) follow(made);
      else await openLink();
    } catch (error) {
      screen.value = { at: 'start', problem: codeOf(error) };
    }
  };

  const openLink = async (): Promise<void> => {
    try {
      const { label: own, open, takesCalls, opensAt } = await new Api().readLink(link);
      label.value = own;
      if (!takesCalls) screen.value = { at: 'closed', opensAt };
      else screen.value = { at: 'start', problem: undefined, ...(!open && { closed: { opensAt } }) };
      if (opensAt !== undefined) lookAgainAt(opensAt);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'link_expired') screen.value = { at: 'unusable', why: 'linkExpired' };
      else if (code === 'unreachable') throw error;
      else screen.value = { at: 'unusable', why: 'linkInvalid' };
    }
  };

  /** Whoever keeps the page open can call when it opens; looked at every hour at least, should the hours be changed meanwhile. */
  const lookAgainAt = (opensAt: number): void => {
    const inMs = Math.min(Math.max(opensAt - Date.now(), 1_000), 3_600_000);
    setTimeout(() => {
      if (screen.value.at === 'closed' || screen.value.at === 'start') void openLink();
    }, inMs);
  };

  void begin();
  return {
    screen,
    label,
    offline,
    muted,
    async call(displayName) {
      screen.value = { at: 'connecting', since: Date.now() };
      try {
        follow(await CustomerCall.start({ link, ...(displayName !== '' && { displayName }) }));
      } catch (error) {
        const problem = codeOf(error);
        if (problem === 'queue_closed') await openLink();
        else screen.value = { at: 'start', problem };
      }
    },
    mute(wanted) {
      if (wanted) call?.mute();
      else call?.unmute();
    },
    press(key) {
      call?.press(key);
    },
    async hangUp() {
      await call?.hangUp();
    },
    async rate(stars) {
      await call?.rate(stars);
    },
    again() {
      void call?.close();
      call = undefined;
      muted.value = false;
      offline.value = false;
      screen.value = { at: 'start', problem: undefined };
    },
  };
}
