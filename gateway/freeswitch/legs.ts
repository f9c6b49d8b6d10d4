// What the adapter remembers of each leg between an effect and the event that proves it: not call state (the floor has
// that), only what is needed to signal each thing once and to send the next command at the right moment.

import type { HangUpCause, LegLabels, MonitorMode } from '../../app/domain/floor/effects.ts';
import type { LegId, SessionId } from '../../app/domain/ids.ts';
import type { Arrival } from './events.ts';

export interface Leg {
  readonly id: LegId;
  readonly direction: 'inbound' | 'outbound';
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** `early`: an outbound leg whose far side is heard before its answer. */
  stage: 'dialling' | 'ringing' | 'early' | 'answered';
  /** Outbound: the browser it calls. */
  readonly line: string | undefined;
  /** The switch has not been asked for it yet: its line is not free. */
  heldBack: boolean;
  /** Outbound: the originate job has not reported yet, so the channel may not exist yet. */
  jobPending: boolean;
  answerAsked: boolean;
  /** It was dialled for its early sound too. */
  wantsEarly: boolean;
  parked: boolean;
  bridgedTo: LegId | undefined;
  /** It has been asked to leave that bridge. */
  parting: boolean;
  /** Event-Sequence of what last joined it with somebody: a parking told of with a lower one happened before. */
  joinedAt: number;
  /** The conference it is in, and the one it has been sent to. */
  room: SessionId | undefined;
  entering: SessionId | undefined;
  /** A supervisor's leg: whom it listens to; `heard` once the switch has told that it does. */
  listening: Listening | undefined;
  muted: boolean;
  /** It has been joined with somebody: while parked again its phone is kept supplied with sound. */
  hasTalked: boolean;
  /** What a parked leg is to hear. */
  wants: 'music' | 'ringback' | undefined;
  playing: 'music' | 'ringback' | 'silence' | undefined;
  /** When `playing` was last asked for, epoch milliseconds. */
  soundAskedAt: number;
  /** A bridge or a conference has been asked for and not come about yet: nothing is played to it meanwhile. */
  joining: boolean;
  /** Sounds laid over what it hears: they are carried by packets, so there must be some. */
  readonly overlays: Set<string>;
  recording: { readonly file: string; readonly startedAt: number } | undefined;
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
  /** How many looks in a row the switch did not know it, although nobody told of its end. */
  unknownFor: number;
  /** What to dispose of when the leg ends: deadlines, doubts. */
  readonly timers: Set<() => void>;
}

export interface Listening {
  readonly on: LegId;
  mode: MonitorMode;
  heard: boolean;
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
      line: undefined,
      heldBack: false,
      jobPending: false,
      answerAsked: false,
      wantsEarly: false,
      parked: false,
      bridgedTo: undefined,
      parting: false,
      joinedAt: 0,
      room: undefined,
      entering: undefined,
      listening: undefined,
      muted: false,
      hasTalked: false,
      wants: undefined,
      playing: undefined,
      soundAskedAt: 0,
      joining: false,
      overlays: new Set(),
      recording: undefined,
      recordings: 0,
      kept: false,
      killedFor: undefined,
      labels: undefined,
      callId: undefined,
      arrival: undefined,
      unknownFor: 0,
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
