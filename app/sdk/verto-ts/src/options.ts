// What a page says at construction or at connect(), and what is assumed where it says nothing.

import { defaultBackoff, type Backoff } from './backoff.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { ElementChoice, MediaChoice } from './media-choice.ts';
import type { WebSocketClass } from './outside.ts';

export interface LoginParams {
  /** User or agent token. With it, `passwd` is the literal word "password". */
  readonly xui_sessid?: string;
  readonly [header: string]: unknown;
}

/** Who logs in, and where. */
export interface ConnectParams {
  /** `user@domain` */
  readonly login?: string;
  readonly passwd?: string;
  /** `ws://host:port/ws` */
  readonly socketUrl?: string;
  /** Goes to the server's directory look-up. */
  readonly loginParams?: LoginParams;
  /** Becomes channel variables of this client's calls. */
  readonly userVariables?: Readonly<Record<string, unknown>>;
  /** Names the connection; the same one again takes its calls over. Default: one per page and log-in, found again after a reload. */
  readonly sessid?: string;
}

export interface VertoOptions extends ConnectParams, MediaChoice {
  /** Asked at every log-in; what it returns goes over the fixed parameters. For tokens that are renewed. */
  readonly credentials?: () => Partial<ConnectParams> | Promise<Partial<ConnectParams>>;
  readonly autoReconnect?: boolean;
  readonly reconnect?: Partial<Backoff>;
  /** How a silent connection is asked whether it lives; false: never. */
  readonly keepAlive?:
    boolean | (Partial<KeepAlive> & { readonly method?: 'verto.ping' | 'Uas.Ping' | 'echo' });
  /** Milliseconds until a call is given up for unanswered. */
  readonly requestTimeout?: number;
  readonly connectTimeout?: number;
  /** How long a call outlives its connection before it is given up here. Milliseconds. */
  readonly recoverTimeout?: number;
  /** Says at log-in that this client takes calls (Cordboard: `userVariables.media`). Plain mod_verto needs no such word. */
  readonly media?: boolean;
  /** Rings while a call comes in: an element, its id, or null. */
  readonly ringer_tag?: ElementChoice;
  readonly ringFile?: string;
  /** Where the platform has none (Node before 22): for example `WebSocket` of the package ws. */
  readonly WebSocket?: WebSocketClass;
  readonly log?: (level: 'debug' | 'warn', what: string, details?: Readonly<Record<string, unknown>>) => void;
}

const defaultRequestTimeoutMs = 10_000;
const defaultConnectTimeoutMs = 10_000;
export const defaultRecoverTimeoutMs = 60_000;
const defaultKeepAlive: KeepAlive = { interval: 15_000, maxFailed: 2 };

/** What a connection is told about time, with what is assumed filled in. */
export const timingOf = (options: VertoOptions) => ({
  autoReconnect: options.autoReconnect ?? true,
  backoff: { ...defaultBackoff, ...options.reconnect },
  keepAlive: keepAliveOf(options),
  pingMethod: pingMethodOf(options),
  connectTimeoutMs: options.connectTimeout ?? defaultConnectTimeoutMs,
  requestTimeoutMs: options.requestTimeout ?? defaultRequestTimeoutMs,
});

const keepAliveOf = ({ keepAlive = true }: VertoOptions): KeepAlive | null =>
  keepAlive === false ? null : { ...defaultKeepAlive, ...(keepAlive !== true && timing(keepAlive)) };

const timing = ({ interval, maxFailed }: Partial<KeepAlive>): Partial<KeepAlive> => ({
  ...(interval !== undefined && { interval }),
  ...(maxFailed !== undefined && { maxFailed }),
});

const pingMethodOf = ({ keepAlive }: VertoOptions): string =>
  (typeof keepAlive === 'object' ? keepAlive.method : undefined) ?? 'verto.ping';
