// A client of the sockets under test: keeps everything it receives.

import { io, type Socket } from 'socket.io-client';
import type { Ack } from '../../app/contract/socket.ts';
import { until, within } from '../support/until.ts';

export interface Client {
  readonly socket: Socket;
  /** Everything received, by event. */
  readonly received: Record<string, unknown[]>;
  /** The reason the server gave for not letting it in. */
  readonly failure: Promise<string>;
  /** Resolves when the connection has ended. */
  readonly gone: Promise<void>;
  command(name: string, payload?: unknown): Promise<Ack>;
}

const clients: Socket[] = [];

export function connectClient(address: string, token: unknown, options: object = {}): Client {
  const socket = io(address, {
    auth: { token },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...options,
  });
  clients.push(socket);
  const received: Record<string, unknown[]> = {};
  socket.onAny((event: string, value: unknown) => (received[event] ??= []).push(value));
  return {
    socket,
    received,
    failure: new Promise((resolve) => socket.on('connect_error', (error) => resolve(error.message))),
    gone: new Promise((resolve) => socket.on('disconnect', () => resolve())),
    command: (name, payload = {}) =>
      within(`${name} is acknowledged`, socket.emitWithAck(name, payload) as Promise<Ack>, 20_000),
  };
}

/** Ends every connection made here. */
export function disconnectClients(): void {
  for (const client of clients.splice(0)) client.disconnect();
}

/** The first `count` values of an event, once they are there. */
export async function got<T>(client: Client, event: string, count = 1): Promise<T[]> {
  const values = () => client.received[event] ?? [];
  await until(`${event} ×${count}`, () => values().length >= count);
  return values() as T[];
}

export const last = <T>(client: Client, event: string): T | undefined =>
  client.received[event]?.at(-1) as T | undefined;

export const codeOf = (ack: Ack) => (ack.ok ? 'ok' : ack.error.code);
