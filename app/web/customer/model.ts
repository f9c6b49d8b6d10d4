// The customer page as signals: which of its screens is on, and what her buttons do. The SDK knows how; this knows when.

import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import {
  CordboardProblem,
  CustomerCall,
  microphonePermission,
  type CallEnd,
  type CustomerState,
  type VoiceState,
} from '@cordboard/sdk';
import { openLink, type LinkScreen } from './link.ts';

export type CustomerScreen =
  | { readonly at: 'loading' }
  | LinkScreen
  /** The browser asks her whether we may use the microphone. */
  | { readonly at: 'asking' }
  | CustomerState;

export interface CustomerModel {
  readonly screen: ReadonlySignal<CustomerScreen>;
  /** What the link says it is for. */
  readonly label: ReadonlySignal<string | undefined>;
  readonly offline: ReadonlySignal<boolean>;
  readonly muted: ReadonlySignal<boolean>;
  /** The way of her voice; only `up` is heard. */
  readonly voice: ReadonlySignal<VoiceState>;
  /** How long she talked with somebody, milliseconds; 0: not at all, or before the page was reloaded. */
  readonly talkedMs: ReadonlySignal<number>;
  /** What she says, for a level meter. */
  readonly microphone: MediaStreamTrack | undefined;
  /** What she calls herself; the next call begins with it. */
  readonly name: Signal<string>;
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
export type { Closed } from './link.ts';

/** The code of what went wrong; a bug stays loud. */
function codeOf(error: unknown): string {
  if (error instanceof CordboardProblem) return error.code;
  throw error;
}

const longestPauseMs = 3_600_000;

/** The door has closed since the page was opened: what it says now is on the page. */
function unlessClosed(error: unknown): undefined {
  if (!(error instanceof CordboardProblem) || error.code !== 'queue_closed') throw error;
}

/** @param link the token in the page's address */
export function customerModel(link: string): CustomerModel {
  const screen = signal<CustomerScreen>({ at: 'loading' });
  const label = signal<string | undefined>(undefined);
  const name = signal('');
  const { seen, follow, forget } = followed(screen);
  let call: CustomerCall | undefined;
  const begin = (made: CustomerCall): void => {
    call = made;
    follow(made);
  };

  /** Tries it; what this page runs into is said beside the button. */
  const orStart = async (wish: () => Promise<void>): Promise<void> => {
    try {
      await wish();
    } catch (error) {
      screen.value = { at: 'start', problem: codeOf(error) };
    }
  };

  const lookAtLink = async (): Promise<void> => {
    const opened = await openLink(link);
    label.value = opened.label;
    screen.value = opened.screen;
    if (opened.opensAt !== undefined) lookAgainAt(opened.opensAt);
  };

  /** Whoever keeps the page open can call when it opens; looked at every hour at least, should the hours be changed meanwhile. */
  const lookAgainAt = (opensAt: number): void => {
    const inMs = Math.min(Math.max(opensAt - Date.now(), 1_000), longestPauseMs);
    setTimeout(() => {
      if (screen.value.at === 'closed' || screen.value.at === 'start') void orStart(lookAtLink);
    }, inMs);
  };

  void orStart(async () => {
    const made = await CustomerCall.resume({ link });
    if (made) begin(made);
    else await lookAtLink();
  });
  return {
    ...{ screen, label, name },
    ...seen,
    get microphone() {
      return call?.microphone;
    },
    async call(displayName) {
      forget();
      const asked = (await microphonePermission()) === 'prompt';
      screen.value = asked ? { at: 'asking' } : { at: 'connecting', since: Date.now() };
      await orStart(async () => {
        const started = CustomerCall.start({ link, ...(displayName !== '' && { displayName }) });
        const made = await started.catch(unlessClosed);
        if (made) begin(made);
        else await lookAtLink();
      });
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
      forget();
      screen.value = { at: 'start', problem: undefined };
    },
  };
}

type Seen = 'offline' | 'muted' | 'voice' | 'talkedMs';

/** What a call tells, as signals; the next one begins with a clean slate. */
function followed(screen: Signal<CustomerScreen>) {
  const offline = signal(false);
  const muted = signal(false);
  const voice = signal<VoiceState>('closed');
  const talkedMs = signal(0);
  return {
    seen: { offline, muted, voice, talkedMs } satisfies Pick<CustomerModel, Seen>,
    follow: (made: CustomerCall): void => {
      screen.value = made.state;
      voice.value = made.voice;
      made.events.on('state', (state) => {
        const { value: before } = screen;
        if (state.at === 'ended' && before.at === 'talking') talkedMs.value = Date.now() - before.since;
        screen.value = state;
      });
      made.events.on('voice', (state) => (voice.value = state));
      made.events.on('online', (online) => (offline.value = !online));
      made.events.on('muted', (isMuted) => (muted.value = isMuted));
    },
    forget: (): void => {
      offline.value = false;
      muted.value = false;
      talkedMs.value = 0;
    },
  };
}
