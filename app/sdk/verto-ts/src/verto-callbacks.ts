// What a client tells its page, and what its verbs are told beside their parameters.

import type { VertoDialog } from './dialog.ts';
import type { MessageKind } from './dialog-states.ts';
import type { VertoEvent } from './events.ts';

export interface CallbacksOf<Client> {
  /** A message: `display` and `info` of a call, `info` from another user, `clientReady`, an event sent to this session alone. */
  onMessage?(verto: Client, dialog: VertoDialog | null, msg: MessageKind, data: unknown): void;
  /** After every log-in, also after a reconnect; and when it is refused. */
  onWSLogin?(verto: Client, success: boolean): void;
  /** The connection is gone. @param success it had been closed on purpose */
  onWSClose?(verto: Client, success: boolean): void;
  /** Events whose subscription has no handler of its own. */
  onEvent?(verto: Client, event: VertoEvent, userData?: unknown): void;
  onDialogState?(dialog: VertoDialog): void;
  onRemoteStream?(dialog: VertoDialog, stream: MediaStream): void;
  /** Before each new attempt. */
  onReconnecting?(verto: Client, inMs: number): void;
  /** Another page has taken this session over; there will be no reconnect. */
  onPunt?(verto: Client): void;
}

export interface LoginResult {
  readonly message?: string;
  readonly sessid?: string;
  readonly [more: string]: unknown;
}

export interface CallSettings {
  /** Milliseconds; default: the option requestTimeout. */
  readonly timeout?: number;
}
