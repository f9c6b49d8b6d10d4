// /ws: JSON-RPC 2.0 over WebSocket, for Verto clients. The door: who may connect, what a frame is, which method performs it, and when a
// connection is over. docs/faces/verto.md is its contract.
//
//   upgrade ──origin──▶ socket ──login──▶ known ──methods──▶ answers            the floor's facts ──▶ events ──▶ readers

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Auth } from '../../auth/auth.ts';
import { unbounded, type Groups } from '../../auth/groups.ts';
import type { Core } from '../../engine/core.ts';
import type { OpenLine, ResumeLine } from '../../ports/browser-lines.ts';
import { allowsOrigin, type OriginPolicy } from '../../realtime/origin.ts';
import { answerFrame, type Admission } from './answering.ts';
import { Client, closeCodes, ordinaryLimits, type ClientLimits } from './client.ts';
import { openBoard, type Board } from './board.ts';
import { lookAt, type Patience } from './liveness.ts';
import { isKnown } from './logging-in.ts';
import { MediaDesks } from './media-desks.ts';
import { readFrame, type Message } from './rpc.ts';
import { Sessions } from './sessions.ts';
import { Slices } from './slices.ts';
import { isSpeedTest, SpeedTest } from './speed-test.ts';
import type { Stage } from './stage.ts';

export interface VertoOptions extends Patience {
  readonly core: Core;
  readonly auth: Auth;
  /** Absent: every supervisor looks after every queue. */
  readonly groups?: Groups;
  /** Lines of people whose phone is their page; absent: nobody's is. */
  readonly openLine?: OpenLine;
  readonly resumeLine?: ResumeLine;
  /** Is a phone registered under this address of record? */
  readonly registered: (address: string) => Promise<boolean>;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly origins?: OriginPolicy;
  /** Domains a login may name; absent: any. */
  readonly domains?: readonly string[];
  readonly limits?: Partial<ClientLimits>;
  readonly mostClients?: number;
  readonly sweepMs?: number;
}

export interface VertoFace {
  /** Connections, logged in or not; for metrics and tests. */
  readonly clients: number;
  close(): Promise<void>;
}

export const vertoPaths = ['/ws', '/wss'] as const;

const longestFrame = 64 * 1024;
/** Attaches the Verto face to `server`; other paths' upgrades are left alone. */
export function attachVerto(server: Server, options: VertoOptions): VertoFace {
  return new Verto(server, options);
}

class Verto implements VertoFace {
  readonly #server: Server;
  readonly #options: VertoOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestFrame,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has('verto') ? 'verto' : false),
  });
  readonly #clients = new Set<Client>();
  readonly #slices = new Slices({ now: () => performance.now(), afterOthers: setImmediate });
  readonly #board: Board;
  readonly #stage: Stage;
  readonly #sweep: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if ((vertoPaths as readonly string[]).includes(path)) this.#upgrade(request, socket, head);
  };

  constructor(server: Server, options: VertoOptions) {
    this.#server = server;
    this.#options = options;
    const { core, auth, log, now, registered, domains, groups = unbounded } = options;
    this.#board = openBoard(core, now, this.#slices);
    const { fanOut } = this.#board;
    this.#stage = {
      ...this.#board,
      core,
      door: { auth, core, domains, groups },
      sessions: new Sessions(() => fanOut.nextId()),
      desks: new MediaDesks({ ...options, nextId: () => fanOut.nextId() }),
      people: (username) => [...this.#clients].filter((client) => client.person?.username === username),
      registered,
      log,
      now,
    };
    this.#unsubscribe = groups.subscribe((username) => this.#regroup(username));
    this.#sweep = setInterval(() => lookAt(this.#clients, this.#stage, options), options.sweepMs ?? 5_000);
    server.on('upgrade', this.#onUpgrade);
  }

  get clients(): number {
    return this.#clients.size;
  }

  async close(): Promise<void> {
    this.#server.off('upgrade', this.#onUpgrade);
    clearInterval(this.#sweep);
    this.#unsubscribe();
    this.#board.close();
    this.#stage.desks.close();
    for (const client of this.#clients) client.close(closeCodes.restart, 'restarting');
    this.#sockets.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origins = {}, mostClients = 10_000, log } = this.#options;
    if (!allowsOrigin(origins, request.headers.origin, request.headers.host)) {
      log.warn({ origin: request.headers.origin }, 'verto connection refused: foreign origin');
      return refuseUpgrade(socket, '403 Forbidden');
    }
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    this.#slices.do(() => {
      socket.off('error', onError);
      if (socket.destroyed) return;
      if (this.#clients.size >= mostClients) return refuseUpgrade(socket, '503 Service Unavailable');
      this.#sockets.handleUpgrade(request, socket, head, (ws) => {
        this.#welcome(ws, socket, request.socket.remoteAddress ?? '');
      });
    });
  }

  #welcome(ws: WebSocket, socket: Duplex, address: string): void {
    const { now } = this.#options;
    const limits = { ...ordinaryLimits, ...this.#options.limits };
    const onFault = (error: unknown): void =>
      this.#options.log.error({ err: error }, 'a verto answer failed');
    const client = new Client({ ws, socket, address, onFault }, limits, now());
    const speedTest = new SpeedTest(client, () => performance.now());
    this.#clients.add(client);
    ws.on('message', (data, isBinary) => this.#hear(client, speedTest, data, isBinary));
    ws.on('pong', () => heard(client, now()));
    ws.on('error', () => client.terminate()); // a frame that is none, or too large: the library has said so
    ws.once('close', () => this.#gone(client));
    socket.on('drain', () => this.#stage.fanOut.drained(client));
  }

  /** What she subscribed to may not be hers any more: she begins anew. */
  #regroup(username: string): void {
    for (const client of this.#stage.people(username))
      client.close(closeCodes.restart, 'your group has changed');
  }

  #gone(client: Client): void {
    this.#clients.delete(client);
    if (isKnown(client)) this.#stage.desks.detach(client);
    this.#stage.fanOut.leave(client);
    this.#stage.sessions.forget(client);
  }

  #hear(client: Client, speedTest: SpeedTest, data: RawData, isBinary: boolean): void {
    if (client.over) return;
    const at = this.#options.now();
    heard(client, at);
    if (isBinary) return client.close(closeCodes.unsupported, 'text only');
    const text = asText(data);
    if (isSpeedTest(text) && client.person && speedTest.take(text)) return;
    const frame = isSpeedTest(text) ? undefined : readFrame(text);
    const admitted = (frame?.messages ?? [undefined]).map((message) => this.#admit(client, message, at));
    if (admitted.includes('leave')) return client.close(closeCodes.policy, 'too many requests');
    if (!frame) return;
    client.enqueue(() => this.#slices.run(() => answerFrame(client, frame, admitted, this.#stage)));
  }

  #admit(client: Client, message: Message | undefined, at: number): Admission {
    return message?.kind === 'answer' ? 'pass' : client.take(at);
  }
}

function heard(client: Client, at: number): void {
  client.heardAt = at;
  client.pinged = false;
}

const asText = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
