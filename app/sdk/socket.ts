// One Socket.IO namespace of the contract: connected for as long as it is wanted, commands answered or refused. The only file that
// imports socket.io-client.

import { io, type Socket } from 'socket.io-client';
import type { Ack } from '../contract/socket.ts';
import { CordboardProblem } from './problem.ts';

export interface ContractSocket<ToClient, ToServer> {
  /** @returns the disposer */
  on<Name extends keyof ToClient & string>(name: Name, listener: ToClient[Name]): void;
  /**
   * Gives a command. Not repeated: a command that got no answer may have been carried out.
   * @throws CordboardProblem the server's code, or `unreachable`
   */
  command<Name extends keyof ToServer & string>(
    name: Name,
    payload: ToServer[Name] extends (payload: infer P, ack: never) => void ? P : never,
  ): Promise<void>;
  readonly online: boolean;
  close(): void;
}

export interface SocketOptions {
  readonly baseUrl: string;
  readonly namespace: '/customer' | '/agent' | '/supervisor';
  /** Asked at every connection. */
  readonly token: () => string;
  readonly onOnline: (online: boolean) => void;
  readonly onUnauthenticated: () => void;
}

export type OpenSocket = <ToClient, ToServer>(options: SocketOptions) => ContractSocket<ToClient, ToServer>;

const answerWithinMs = 10_000;
/** The server's word at the handshake, see app/realtime/socket-server.ts. */
const final = new Set(['unauthenticated', 'forbidden']);

export const openSocket: OpenSocket = <ToClient, ToServer>(options: SocketOptions) => {
  const socket: Socket = io(`${options.baseUrl}${options.namespace}`, {
    auth: (give) => give({ token: options.token() }),
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 250,
    reconnectionDelayMax: 3_000,
  });
  let closed = false;
  let sentAway = 0;
  const giveUp = (): void => {
    closed = true;
    socket.disconnect();
    options.onUnauthenticated();
  };
  socket.on('connect', () => options.onOnline(true));
  socket.onAny(() => (sentAway = 0));
  socket.on('disconnect', (reason) => {
    if (closed) return;
    options.onOnline(false);
    if (reason !== 'io server disconnect') return; // Socket.IO tries again by itself.
    // Our token ran out, or it has forgotten us: the next handshake can tell. Whom it lets in only to send away has nothing here.
    sentAway += 1;
    if (sentAway > 3) giveUp();
    else setTimeout(() => closed || socket.connect(), 500);
  });
  socket.on('connect_error', ({ message }) => {
    if (final.has(message)) giveUp();
    // Refused for another reason: Socket.IO takes that for final, we do not.
    else if (!socket.active) setTimeout(() => closed || socket.connect(), 1_000);
  });

  const opened: ContractSocket<ToClient, ToServer> = {
    on: (name, listener) => void socket.on<string>(name, listener as () => void),
    async command(name, payload) {
      if (!socket.connected) throw new CordboardProblem('unreachable');
      const answer = await (socket.timeout(answerWithinMs).emitWithAck(name, payload) as Promise<Ack>).catch(
        (error: unknown) => {
          throw new CordboardProblem('unreachable', name, { cause: error });
        },
      );
      if (!answer.ok) throw new CordboardProblem(answer.error.code, answer.error.message);
    },
    get online() {
      return socket.connected;
    },
    close() {
      closed = true;
      socket.disconnect();
    },
  };
  return opened;
};
