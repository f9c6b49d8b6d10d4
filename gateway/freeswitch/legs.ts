// What the adapter remembers of each leg between an effect and the event that proves it: not call state (the floor has
// that), only what is needed to signal each thing once and to send the next command at the right moment.

import type { HangUpCause, LegLabels } from '../../app/domain/floor/effects.ts';
import type { LegId } from '../../app/domain/ids.ts';
import type { Arrival } from './events.ts';

export interface Leg {
  readonly id: LegId;
  readonly direction: 'inbound' | 'outbound';
  /** Epoch milliseconds. */
  readonly createdAt: number;
  stage: 'dialling' | 'ringing' | 'answered';
  /** Outbound: the originate job has not reported yet, so the channel may not exist yet. */
  jobPending: boolean;
  answerAsked: boolean;
  parked: boolean;
  bridgedTo: LegId | undefined;
  /** It has been in a bridge: while parked again its phone is kept supplied with sound. */
  hasTalked: boolean;
  wantsMusic: boolean;
  playing: 'music' | 'silence' | undefined;
  /** When `playing` was last asked for, epoch milliseconds. */
  soundAskedAt: number;
  /** A bridge has been asked for and not come about yet: nothing is played to it meanwhile. */
  joining: boolean;
  recording: { readonly file: string; readonly startedAt: number; announced: boolean } | undefined;
  /** How many recordings of it were begun. */
  recordings: number;
  /** park_after_bridge is set on the channel. */
  kept: boolean;
  killedFor: HangUpCause | undefined;
  labels: LegLabels | undefined;
  /** SIP Call-ID, by which the edge knows the leg's dialog. */
  callId: string | undefined;
  /** Inbound: what the edge wrote into its INVITE. */
  arrival: Arrival | undefined;
  /** What to dispose of when the leg ends: deadlines, doubts. */
  readonly timers: Set<() => void>;
}

/** How many ended legs are remembered, so that a late or second report of an end is recognised. */
const endedKept = 4_096;

export class LegTable {
  readonly #onEnd: (leg: Leg) => void;
  readonly #legs = new Map<LegId, Leg>();
  readonly #ended = new Set<LegId>();

  /** @param onEnd called for each leg as it is forgotten */
  constructor(onEnd: (leg: Leg) => void = () => undefined) {
    this.#onEnd = onEnd;
  }

  get(id: LegId): Leg | undefined {
    return this.#legs.get(id);
  }

  all(): readonly Leg[] {
    return [...this.#legs.values()];
  }

  hasEnded(id: LegId): boolean {
    return this.#ended.has(id);
  }

  add(leg: Pick<Leg, 'id' | 'direction' | 'createdAt'> & Partial<Leg>): Leg {
    const whole: Leg = {
      stage: leg.direction === 'outbound' ? 'dialling' : 'ringing',
      jobPending: false,
      answerAsked: false,
      parked: false,
      bridgedTo: undefined,
      hasTalked: false,
      wantsMusic: false,
      playing: undefined,
      soundAskedAt: 0,
      joining: false,
      recording: undefined,
      recordings: 0,
      kept: false,
      killedFor: undefined,
      labels: undefined,
      callId: undefined,
      arrival: undefined,
      timers: new Set(),
      ...leg,
    };
    this.#legs.set(whole.id, whole);
    return whole;
  }

  /** Forgets a leg for good. @returns false when its end was already known */
  end(id: LegId): boolean {
    if (this.#ended.has(id)) return false;
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    if (leg) {
      for (const dispose of leg.timers) dispose();
      this.#onEnd(leg);
    }
    this.#ended.add(id);
    if (this.#ended.size > endedKept) {
      const [oldest] = this.#ended;
      if (oldest !== undefined) this.#ended.delete(oldest);
    }
    return true;
  }

  /** The switch is gone with everything on it. */
  clear(): void {
    for (const id of [...this.#legs.keys()]) this.end(id);
  }
}
