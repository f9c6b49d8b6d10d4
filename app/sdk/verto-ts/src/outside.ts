// Everything this package takes from the world around it (sockets, time, chance, storage, media), in one value that tests replace.

import type { OpenMedia } from './media.ts';

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** Exactly once, also when the socket never opened. */
  closed(code: number): void;
}

export interface Socket {
  send(text: string): void;
  close(code?: number): void;
}

/** @throws when the address cannot be one (SyntaxError of the WebSocket constructor) */
export type OpenSocket = (url: string, events: SocketEvents) => Socket;

/** The part of Web Storage that is used. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface Outside {
  readonly openSocket: OpenSocket;
  readonly openMedia: OpenMedia;
  /** @returns how to cancel it */
  setTimer(ms: number, then: () => void): () => void;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** The time of day, in milliseconds since 1970, as servers tell when a token ends. */
  epochMs(): number;
  /** 0 to 1. */
  random(): number;
  uuid(): string;
  /** Where a reloaded page finds its session id; null where there is none. */
  readonly storage: KeyValueStorage | null;
  /** Calls back when the machine says its network is there again. @returns the disposer */
  onNetworkBack(listener: () => void): () => void;
  /** An error thrown by a page's own callback: loud, but not ours to die of. */
  report(error: unknown): void;
}

/** Any WebSocket class of the browser's shape: `WebSocket`, or `WebSocket` of the npm package `ws`. */
export type WebSocketClass = new (url: string) => {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(code?: number): void;
};

export const openWebSocket =
  (Class: WebSocketClass): OpenSocket =>
  (url, events) => {
    const socket = new Class(url);
    let over = false;
    const closed = (code: number): void => {
      if (over) return;
      over = true;
      events.closed(code);
    };
    socket.onopen = () => over || events.opened();
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (!over && typeof data === 'string') events.received(data);
    };
    socket.onclose = ({ code }: { code?: number }) => closed(code ?? 1006);
    // Every error is followed by a close (WebSockets Standard, section 3); a listener is there so that Node's `ws` does not throw.
    socket.onerror = () => undefined;
    return {
      send: (text) => socket.send(text),
      close: (code) => {
        socket.close(code);
        // A dead peer answers no closing handshake; whoever closes does not wait for it.
        closed(code ?? 1000);
      },
    };
  };

/** @param socketClass asked at every connection; undefined: the platform's own */
export function platform(openMedia: OpenMedia, socketClass: () => WebSocketClass | undefined): Outside {
  return {
    openSocket: (url, events) => {
      const Class = socketClass() ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
      return (Class ? openWebSocket(Class) : noWebSocket)(url, events);
    },
    openMedia,
    setTimer: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    now: () => performance.now(),
    epochMs: () => Date.now(),
    random: Math.random,
    uuid,
    storage: sessionStorageOrNull(),
    onNetworkBack,
    report,
  };
}

const noWebSocket: OpenSocket = () => {
  throw new Error(
    'no WebSocket here: Node before 22 needs the option `WebSocket` (for example of the package ws)',
  );
};

/** crypto.randomUUID is missing in pages without HTTPS; getRandomValues is not. RFC 9562, version 4. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Reading the property throws where the user has forbidden storage (HTML Standard, 12.2.2). */
function sessionStorageOrNull(): KeyValueStorage | null {
  try {
    return typeof document === 'undefined' ? null : sessionStorage;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function onNetworkBack(listener: () => void): () => void {
  if (typeof window === 'undefined') return () => undefined;
  window.addEventListener('online', listener);
  return () => window.removeEventListener('online', listener);
}

function report(error: unknown): void {
  const tell = (globalThis as { reportError?: (error: unknown) => void }).reportError;
  if (tell) tell(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}
