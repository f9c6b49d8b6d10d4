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
import type { OpenLine } from '../../ports/browser-lines.ts';
import { allowsOrigin, type OriginPolicy } from '../../realtime/origin.ts';
import { callcenterMethods } from './callcenter.ts';
import { callMethods, hangUpOf } from './call-methods.ts';
import { callVerbs } from './call-verbs.ts';
import { Client, closeCodes, ordinaryLimits, type ClientLimits } from './client.ts';
import { openBoard, type Board } from './board.ts';
import { jsapi } from './jsapi.ts';
import { MediaDesks } from './media-desks.ts';
import { logIn } from './person.ts';
import {
  authenticationFailed,
  errorAnswer,
  isObject,
  noSuchMethod,
  readFrame,
  resultAnswer,
  RpcError,
  rpcCodes,
  type Message,
  type RpcRequest,
} from './rpc.ts';
import { loginResult, sessionMethods } from './session-methods.ts';
import { isSessid, Sessions } from './sessions.ts';
import { isSpeedTest, SpeedTest } from './speed-test.ts';
import type { Known, Method, Stage } from './stage.ts';

export interface VertoOptions {
  readonly core: Core;
  readonly auth: Auth;
  /** Absent: every supervisor looks after every queue. */
  readonly groups?: Groups;
  /** Lines of people whose phone is their page; absent: nobody's is. */
  readonly openLine?: OpenLine;
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
  /** Idle time after which a client is asked whether it is there, and the same again after which it is given up. */
  readonly idleMs?: number;
  /** A connection may stay so long without a person. */
  readonly strangerMs?: number;
  readonly sweepMs?: number;
}

export interface VertoFace {
  /** Connections, logged in or not; for metrics and tests. */
  readonly clients: number;
  close(): Promise<void>;
}

export const vertoPaths = ['/ws', '/wss'] as const;

const longestFrame = 64 * 1024;
const mostFailedLogins = 5;
const renewBeforeMs = 5 * 60_000;

const methods: Readonly<Record<string, Method>> = {
  ...sessionMethods,
  ...callcenterMethods,
  ...callVerbs,
  ...callMethods,
  jsapi,
};

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
    this.#board = openBoard(core, now);
    const { fanOut } = this.#board;
    this.#stage = {
      ...this.#board,
      core,
      door: { auth, core, domains, groups },
      sessions: new Sessions(() => fanOut.nextId()),
      desks: new MediaDesks({ core, openLine: options.openLine, nextId: () => fanOut.nextId() }),
      people: (username) => [...this.#clients].filter((client) => client.person?.username === username),
      registered,
      log,
      now,
    };
    this.#unsubscribe = groups.subscribe((username) => this.#regroup(username));
    this.#sweep = setInterval(() => this.#look(), options.sweepMs ?? 5_000);
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
    if (this.#clients.size >= mostClients) return refuseUpgrade(socket, '503 Service Unavailable');
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      this.#welcome(ws, socket, request.socket.remoteAddress ?? '');
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
    client.enqueue(async () => {
      const answers: string[] = [];
      for (const [index, message] of frame.messages.entries()) {
        const answer =
          admitted[index] === 'refuse' ? textOf(tooMany(message)) : await this.#answerTo(client, message);
        if (answer !== undefined) answers.push(answer);
      }
      if (frame.batch && answers.length > 0) client.say(`[${answers.join(',')}]`);
      else if (answers[0] !== undefined) client.say(answers[0]);
      client.answered();
    });
  }

  #admit(client: Client, message: Message | undefined, at: number): 'pass' | 'refuse' | 'leave' {
    return message?.kind === 'answer' ? 'pass' : client.take(at);
  }

  async #answerTo(client: Client, message: Message): Promise<string | undefined> {
    if (message.kind === 'answer' || client.over) return undefined;
    if (message.kind === 'wrong') return textOf(errorAnswer(message.id, message.error));
    const { request } = message;
    try {
      const result = await this.#perform(client, request);
      if (request.id === undefined) return undefined;
      const echoed = request.params['echoParams'] ? { requestParams: request.params } : {};
      const named = client.sessid === undefined ? {} : { sessid: client.sessid };
      return textOf(resultAnswer(request.id, { ...result, ...named, ...echoed }));
    } catch (error) {
      const shown = asRpcError(error);
      if (shown.code === rpcCodes.internal) this.#options.log.error({ err: error }, 'a verto request failed');
      return request.id === undefined ? undefined : textOf(errorAnswer(request.id, shown));
    }
  }

  async #perform(client: Client, request: RpcRequest): Promise<object> {
    const { method, params } = request;
    if (method === 'login') return this.#logIn(client, params);
    if (!isKnown(client)) throw new RpcError(rpcCodes.authenticationRequired, 'Authentication Required');
    this.#name(client, params);
    if (method === 'logout') return this.#logOut(client);
    const perform = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!perform) throw noSuchMethod();
    return perform(client, params, this.#stage);
  }

  async #logIn(client: Client, params: RpcRequest['params']): Promise<object> {
    if (params['sessid'] !== undefined && !isSessid(params['sessid']))
      throw authenticationFailed('Missing or improper credentials');
    const before = client.person;
    const person = await logIn(this.#stage.door, params, client.address).catch((error: unknown) => {
      if (error instanceof RpcError && error.code === rpcCodes.authenticationRequired) throw error;
      client.failedLogins += 1;
      if (client.failedLogins >= mostFailedLogins)
        client.afterAnswer(() => client.close(closeCodes.policy, 'too many wrong log-ins'));
      throw error;
    });
    if (before && before.username !== person.username) throw authenticationFailed('Login Incorrect');
    client.person = person;
    if (!isKnown(client)) throw noSuchMethod();
    client.failedLogins = 0;
    const replaced = this.#name(client, { sessid: params['sessid'] ?? crypto.randomUUID() });
    if (!before) this.#greet(client, replaced, params);
    return loginResult(client, this.#stage);
  }

  /** Right after the answer: which calls of hers are up, and what waits for her in them. */
  #greet(client: Known, replaced: Client | undefined, { userVariables }: RpcRequest['params']): void {
    const { desks, fanOut, log } = this.#stage;
    const standing = desks.comeBack(client, replaced as Known | undefined);
    client.afterAnswer(() => {
      client.request(fanOut.nextId(), 'verto.clientReady', { reattached_sessions: standing });
      desks.of(client)?.resume();
      if (!isObject(userVariables) || !isTrue(userVariables['media'])) return;
      desks.register(client).catch((error: unknown) => {
        log.info({ err: error, username: client.person.username }, 'a page could not become a phone');
      });
    });
  }

  /** The first name a client gives itself is its name from then on. */
  #name(client: Known, { sessid }: RpcRequest['params']): Client | undefined {
    if (client.sessid !== undefined || !isSessid(sessid)) return undefined;
    try {
      return this.#stage.sessions.name(client, client.person, sessid);
    } catch (error) {
      client.afterAnswer(() => client.close(closeCodes.policy, 'session in use'));
      throw error;
    }
  }

  #logOut(client: Known): object {
    hangUpOf(client, this.#stage);
    this.#stage.desks.leave(client);
    client.afterAnswer(() => client.close(closeCodes.goingAway, 'logged out'));
    return { message: 'logged out' };
  }

  /** Every few seconds: who is silent, who never said who she is, whose shift is over, who does not read. */
  #look(): void {
    const { now, idleMs = 30_000, strangerMs = 30_000 } = this.#options;
    this.#stage.fanOut.sweep();
    for (const client of this.#clients) {
      const silentMs = now() - client.heardAt;
      if (!isKnown(client)) {
        if (now() - client.openedAt > strangerMs) client.close(closeCodes.policy, 'not logged in');
        continue;
      }
      if (silentMs > 2 * idleMs) client.terminate();
      else if (silentMs > idleMs && !client.pinged) this.#ping(client);
      if (client.person.token.expiresAt - now() < renewBeforeMs) void this.#renew(client);
    }
  }

  #ping(client: Known): void {
    const id = this.#stage.fanOut.nextId();
    client.pinged = true;
    client.request(id, 'verto.ping', {
      serno: id,
      'auth-expires': Math.floor(client.person.token.expiresAt / 1000),
    });
    client.ping();
  }

  /** She works, so her token is renewed; an account that was switched off, or a shift that is over, ends here. */
  async #renew(client: Known): Promise<void> {
    const { auth } = this.#stage.door;
    try {
      const fresh = await auth.renew(client.person.token.token);
      if (fresh && fresh.expiresAt > client.person.token.expiresAt) client.person.token = fresh;
      else if (!fresh) client.close(closeCodes.policy, 'the shift is over');
      else if (fresh.expiresAt - this.#options.now() <= 0)
        client.close(closeCodes.policy, 'the shift is over');
    } catch (error) {
      // The database is busy; her token is good for a while, and the next look asks again.
      this.#options.log.warn({ err: error }, 'a verto client could not be renewed');
    }
  }
}

const isTrue = (value: unknown): boolean => value === true || value === 'true';

const isKnown = (client: Client): client is Known => client.person !== undefined;

function heard(client: Client, at: number): void {
  client.heardAt = at;
  client.pinged = false;
}

const asText = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();

function textOf(answer: object): string;
function textOf(answer: object | undefined): string | undefined;
function textOf(answer: object | undefined): string | undefined {
  return answer && JSON.stringify(answer);
}

const tooMany = (message: Message): object | undefined => {
  const error = new RpcError(rpcCodes.tooMany, 'Too many requests');
  if (message.kind === 'request')
    return message.request.id === undefined ? undefined : errorAnswer(message.request.id, error);
  return message.kind === 'wrong' ? errorAnswer(message.id, error) : undefined;
};

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  // What was parsed can be nested deeper than it can be written again; that is the client's doing.
  if (error instanceof RangeError) return new RpcError(rpcCodes.invalidRequest, 'Invalid Request');
  return new RpcError(rpcCodes.internal, 'Something went wrong on our side');
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
