// What the core needs of a media switch, in the core's words. One adapter implements it (gateway/freeswitch), one fake
// (test/support); both pass test/contract/media.

import type { MediaEffect } from '../domain/floor/effects.ts';
import type { LiveLeg, Signal } from '../domain/floor/inputs.ts';

/** Why the switch could not do what was asked. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly reason: 'timeout' | 'disconnected' | 'no_such_leg' | 'refused';
  constructor(reason: MediaError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface Media {
  /**
   * Begins one effect. Resolves when the switch has *accepted* it; whether it came true arrives as a signal.
   * Effects for one leg are begun in the order of the calls.
   * @throws MediaError
   */
  perform(effect: MediaEffect): Promise<void>;

  /** Signals in the order the switch reported them. Returns the disposer. */
  subscribe(listener: (signal: MediaSignal) => void): () => void;

  /**
   * Every channel the switch holds now, with the labels left on it.
   * @throws MediaError
   */
  liveLegs(): Promise<readonly LiveLeg[]>;

  /** Up when commands are answered; `since` in epoch milliseconds. */
  health(): { readonly up: boolean; readonly since: number; readonly detail: string };

  close(): Promise<void>;
}

/** Which switch a new call goes to, where several share the load. */
export interface SwitchChoice {
  /** `host:port` of the SIP side of every switch, to know their requests by. */
  readonly addresses: readonly string[];
  /**
   * The switch the session has legs on, so that all of a session is on one; otherwise the least loaded that is well and is not
   * being emptied. Undefined when there is none: the caller is told to try again later.
   */
  forNewCall(sessionId?: string): string | undefined;
  /** Which life of this switch it is in: its Core-UUID, another after each of its starts. Undefined before it was first reached. */
  coreOf(address: string): string | undefined;
}

/** The signals a switch can give. */
export type MediaSignal = Extract<
  Signal,
  {
    kind:
      | 'leg.arrived'
      | 'leg.ringing'
      | 'leg.earlyMedia'
      | 'leg.answered'
      | 'legs.bridged'
      | 'legs.unbridged'
      | 'leg.ended'
      | 'leg.digit'
      | 'conference.joined'
      | 'conference.left'
      | 'sound.ended'
      | 'eavesdrop.started'
      | 'recording.started'
      | 'recording.stopped'
      | 'switch.lost'
      | 'switch.back';
  }
>;
