// What the server asks for or tells by itself, and whose it is: the client's, a channel's, a call's, or nobody's.

import { messageKinds, type MessageKind } from './dialog-states.ts';
import type { VertoEvent } from './events.ts';
import type { Params } from './frames.ts';

export interface Incoming {
  /** Somebody else has taken the session over. */
  punted(): void;
  /** A sign of life; may say when the log-in ends. */
  pinged(params: Params): void;
  /** The server is ready, and names the calls it still has. */
  ready(params: Params): void;
  /** @returns false when it is about no call */
  ofCall(method: string, params: Params): boolean;
  /** @returns false when nobody listens to the channel */
  deliver(event: VertoEvent): boolean;
  /** The channel is the session itself. */
  isForUs(event: VertoEvent): boolean;
  message(kind: MessageKind, content: unknown): void;
  note(level: 'debug' | 'warn', what: string, details?: Readonly<Record<string, unknown>>): void;
}

export function takeRequest(method: string, params: Params, to: Incoming): void {
  switch (method) {
    case 'verto.punt':
      to.punted();
      return;
    case 'verto.ping':
      to.pinged(params);
      return;
    case 'verto.clientReady':
      to.ready(params);
      to.message(messageKinds.clientReady, params);
      return;
    case 'verto.event':
      takeEvent(params, to);
      return;
    default:
      if (to.ofCall(method, params)) return;
      if (method === 'verto.info') to.message(messageKinds.info, params.msg ?? params);
      else to.note('debug', 'a request that means nothing to us', { method });
  }
}

function takeEvent(params: Params, to: Incoming): void {
  if (typeof params.eventChannel !== 'string') {
    to.note('warn', 'an event without a channel');
    return;
  }
  const event = params as VertoEvent;
  if (to.deliver(event)) return;
  // An event sent to this session, or to one of its calls, needs no subscription.
  if (to.isForUs(event)) to.message(messageKinds.pvtEvent, event);
  else if (!to.ofCall('verto.event', params))
    to.note('debug', 'an event nobody listens to', { eventChannel: event.eventChannel });
}
