// Session timers (RFC 4028): a dialog whose peer is gone ends by itself.
//
//   agreed ─┬─ we refresh:   half the time ─> refresh ─┬─ 2xx ────────────────────────> agreed anew
//           │                                          └─ the whole time, no 2xx ─────> expired
//           └─ peer refreshes: until min(32 s, a third) before the end ── refreshed ──> agreed anew
//                                                                      └─ nothing ────> expired

import type { HeaderFields, SipHeaders } from '@cordboard/sip-stack';
import type { SwitchClock } from '../channel/exchange.ts';

/** The shortest interval we take part in (RFC 4028 section 5 advises no less). */
export const MIN_SE = 90;

/** What both sides keep to. */
export interface SessionInterval {
  readonly seconds: number;
  readonly refresher: 'us' | 'peer';
}

/** A Session-Expires value: `1800;refresher=uac`. */
export function parseSessionExpires(
  text: string | undefined,
): { readonly seconds: number; readonly refresher: 'uac' | 'uas' | undefined } | undefined {
  const match = /^\s*(\d{1,9})\s*(?:;(.*))?$/.exec(text ?? '');
  if (!match) return undefined;
  const refresher = /(?:^|;)\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)/i.exec(match[2] ?? '')?.[1]?.toLowerCase();
  return {
    seconds: Number(match[1]),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
}

/** What our INVITEs and refreshes carry. @param refresher only within a dialog, where it is known */
export const offerHeaders = (seconds: number, refresher?: 'uac' | 'uas'): HeaderFields => ({
  Supported: 'timer',
  'Session-Expires': refresher ? `${seconds};refresher=${refresher}` : String(seconds),
  'Min-SE': String(MIN_SE),
});

/** How a request of the peer is answered. */
export type TimerAnswer =
  | { readonly outcome: 'tooShort' }
  | {
      readonly outcome: 'accept';
      readonly interval: SessionInterval | undefined;
      /** For the 2xx. */
      readonly headers: HeaderFields;
    };

/**
 * Decides on the timer of a peer's INVITE or UPDATE (RFC 4028 section 9).
 * @param ours the longest interval we want, seconds
 */
export function answerTimer(request: SipHeaders, ours: number): TimerAnswer {
  const wanted = parseSessionExpires(request.get('Session-Expires'));
  const peerKnows = request.names('Supported', 'timer');
  if (wanted && wanted.seconds < MIN_SE && peerKnows) return { outcome: 'tooShort' };
  if (!wanted && !peerKnows) return { outcome: 'accept', interval: undefined, headers: {} };
  const least = Math.max(MIN_SE, Number(request.get('Min-SE') ?? 0) || 0);
  const seconds = Math.max(least, Math.min(ours, wanted?.seconds ?? ours));
  // Whoever asks may say who refreshes; otherwise we do, which needs nothing of the peer.
  const refresher = peerKnows ? (wanted?.refresher ?? 'uas') : 'uas';
  return {
    outcome: 'accept',
    interval: { seconds, refresher: refresher === 'uas' ? 'us' : 'peer' },
    headers: {
      Supported: 'timer',
      'Session-Expires': `${seconds};refresher=${refresher}`,
      ...(refresher === 'uac' && { Require: 'timer' }),
    },
  };
}

/** What a 2xx to a request of ours agreed on; undefined when the peer wants no timer (section 7.2). */
export function agreedTimer(response: SipHeaders): SessionInterval | undefined {
  const agreed = parseSessionExpires(response.get('Session-Expires'));
  if (!agreed) return undefined;
  return { seconds: agreed.seconds, refresher: agreed.refresher === 'uas' ? 'peer' : 'us' };
}

/** The interval a 422 asks for, or undefined when it asks for nothing we could offer (section 7.3). */
export function demandedInterval(response: SipHeaders): number | undefined {
  const least = Number(response.get('Min-SE') ?? NaN);
  return Number.isInteger(least) && least > 0 && least <= 86_400 ? least : undefined;
}

/** See the file's head; one per dialog. */
export class SessionTimer {
  readonly #clock: Pick<SwitchClock, 'after'>;
  readonly #on: { refresh(interval: SessionInterval): void; expire(): void };
  #cancels: (() => void)[] = [];

  /** @param on.refresh send one; report its success with `agree` */
  constructor(
    clock: Pick<SwitchClock, 'after'>,
    on: { refresh(interval: SessionInterval): void; expire(): void },
  ) {
    this.#clock = clock;
    this.#on = on;
  }

  /** Both sides agreed, or a refresh succeeded; undefined: no timer from now on. */
  agree(interval: SessionInterval | undefined): void {
    this.stop();
    if (!interval) return;
    const { seconds, refresher } = interval;
    const grace = refresher === 'us' ? 0 : Math.min(32, seconds / 3);
    this.#after((seconds - grace) * 1_000, () => {
      this.stop();
      this.#on.expire();
    });
    if (refresher === 'us') this.#after((seconds / 2) * 1_000, () => this.#on.refresh(interval));
  }

  /** A refresh did not get through: again in a while, until the time is over. */
  retry(interval: SessionInterval): void {
    this.#after(Math.min(10_000, (interval.seconds / 6) * 1_000), () => this.#on.refresh(interval));
  }

  #after(ms: number, call: () => void): void {
    this.#cancels.push(this.#clock.after(ms, call));
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }
}
