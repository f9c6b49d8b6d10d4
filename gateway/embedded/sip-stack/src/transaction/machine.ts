// What the four transaction machines have in common. A machine is a pure function: state and input in, next state and
// effects out. The runtimes (client.ts, server.ts) perform the effects in order; entering `terminated` clears all timers.
import type { Timers } from './types.ts';

/** RFC 3261 table 4, L and M of RFC 6026; T: 100 Trying is due; X: no final after a CANCEL (9.1). */
export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'T' | 'X';

export type Effect =
  /** Client: the request. Server: the latest response. */
  | { readonly do: 'transmit' }
  /** The ACK to a non-2xx final. */
  | { readonly do: 'acknowledge' }
  /** Hand the message at hand to the user. */
  | { readonly do: 'pass' }
  /** Make and send 100 Trying. */
  | { readonly do: 'trying' }
  | { readonly do: 'set'; readonly timer: TimerName; readonly ms: number }
  | { readonly do: 'clear'; readonly timer: TimerName }
  | { readonly do: 'report'; readonly what: 'timedOut' | 'failed' };

export interface Step<S> {
  readonly to: S;
  readonly effects: readonly Effect[];
}

/** What a machine must know of its surroundings. */
export interface Surroundings {
  readonly timers: Timers;
  /** The transport delivers or says that it did not (TCP): no retransmission, no waiting for stragglers. */
  readonly reliable: boolean;
}

export const TERMINATED = { at: 'terminated' } as const;

export const transmit: Effect = { do: 'transmit' };
export const acknowledge: Effect = { do: 'acknowledge' };
export const pass: Effect = { do: 'pass' };
export const trying: Effect = { do: 'trying' };
export const timedOut: Effect = { do: 'report', what: 'timedOut' };
export const failed: Effect = { do: 'report', what: 'failed' };
export const set = (timer: TimerName, ms: number): Effect => ({ do: 'set', timer, ms });
export const clear = (timer: TimerName): Effect => ({ do: 'clear', timer });

/** The input changes nothing. */
export function stay<S>(state: S, ...effects: Effect[]): Step<S> {
  return { to: state, effects };
}

export function go<S>(to: S, ...effects: Effect[]): Step<S> {
  return { to, effects };
}

/** Total: 64*T1, the life of timers B, F, H, L and M. */
export function life(timers: Timers): number {
  return 64 * timers.t1;
}
