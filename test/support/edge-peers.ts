// The edge with everything around it under test control: a SIP server of a lane, a relay on the control connection that can be
// cut, a switch that is a SipPeer, ports in memory, and clients that can answer a challenge.

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import type { Reachability } from '../../app/domain/device.ts';
import type { Directory } from '../../app/ports/directory.ts';
import type { SwitchChoice } from '../../app/ports/media.ts';
import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import {
  trunkDefaults,
  type InboundTarget,
  type Numbering,
  type OutboundRoute,
  type Trunk,
  type Trunking,
} from '../../app/ports/trunking.ts';
import { startEdge, type Edge, type EdgeOptions } from '../../gateway/sip/edge.ts';
import { MemoryEdgeCalls } from './memory-edge-calls.ts';
import { SipPeer, type Headers, type PeerMessage } from './sip-peer.ts';
import type { LaunchedSipServer } from './sip-servers.ts';
import { until } from './until.ts';

export const realm = 'cordboard';
export const passwords: Readonly<Record<string, string>> = { '1001': 'pass-1001-x', '1002': 'pass-1002-y' };
/** Where the trunk of the directory sends from. */
export const trunkAddress = '127.0.0.2';
/** A ticket as verifyTicket accepts it. */
export const goodTicket = 'good.session-7.sales';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export const directory: Directory = {
  queues: async () => [],
  agents: async () => [],
  sipCredentials: async (username) => {
    const password = passwords[username];
    return password === undefined
      ? undefined
      : { username, agentId: username, ha1: md5(`${username}:${realm}:${password}`) };
  },
};

/** Trunking of a test: a trunk that calls in, the number 4000, and what the test adds. */
export class MemoryTrunking implements Trunking {
  trunkList: readonly Trunk[] = [trunkNamed('berlin', { addresses: [trunkAddress] })];
  routes: readonly OutboundRoute[] = [];
  numbers: Readonly<Record<string, InboundTarget>> = { '4000': { kind: 'queue', queueId: 'sales' } };

  trunks = async (): Promise<readonly Trunk[]> => this.trunkList;
  outboundRoutes = async (): Promise<readonly OutboundRoute[]> => this.routes;
  numbering = async (): Promise<Numbering> => ({
    countryCode: '49',
    internationalPrefix: '00',
    nationalPrefix: '0',
  });
  inboundNumber = async (number: string): Promise<InboundTarget | undefined> => this.numbers[number];
}

/** A trunk by address, with whatever else a test says. */
export const trunkNamed = (name: string, parts: Partial<Trunk> = {}): Trunk => ({
  ...trunkDefaults,
  name,
  ...parts,
});

/** Registrations as the database keeps them: they outlive the edge. */
export class MemoryRegistrations implements Registrations {
  readonly #rows = new Map<string, Registration>();

  async of(address: string, now: number): Promise<readonly Registration[]> {
    const live = (await this.all(now)).filter((row) => row.address === address);
    return live.sort((a, b) => b.expiresAt - a.expiresAt);
  }
  async all(now: number): Promise<readonly Registration[]> {
    return [...this.#rows.values()].filter((row) => row.expiresAt > now);
  }
  async save(row: Registration): Promise<void> {
    this.#rows.set(`${row.address} ${row.contact}`, row);
  }
  async remove(address: string, contact: string): Promise<void> {
    this.#rows.delete(`${address} ${contact}`);
  }
  async removeExpired(now: number): Promise<readonly Registration[]> {
    const gone = [...this.#rows].filter(([, row]) => row.expiresAt <= now);
    for (const [key] of gone) this.#rows.delete(key);
    return gone.map(([, row]) => row);
  }
}

/** A TCP relay whose far end can be exchanged and whose connections can be cut: the control connection's weather. */
export class Relay {
  readonly #server: net.Server;
  readonly #open = new Set<net.Socket>();
  target: { readonly host: string; readonly port: number } | undefined;

  private constructor(server: net.Server, target: { host: string; port: number }) {
    this.#server = server;
    this.target = target;
    server.on('connection', (near) => this.#join(near));
  }

  static async open(target: { host: string; port: number }): Promise<Relay> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server, target);
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }
  get connections(): number {
    return this.#open.size;
  }
  /** Resets every connection; new ones are taken as long as there is a target. */
  cut(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }
  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #join(near: net.Socket): void {
    if (!this.target) {
      near.resetAndDestroy();
      return;
    }
    const far = net.connect(this.target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(socket);
      socket.on('data', (bytes) => other.write(bytes));
      // Errors end in 'close', which is told on.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }
}

/** A single switch that is always well. */
export const oneSwitch = (address: string): SwitchChoice => ({
  addresses: [address],
  forNewCall: () => address,
  coreOf: () => 'core-1',
});

export interface EdgeWorld {
  readonly registrations: MemoryRegistrations;
  readonly keptCalls: MemoryEdgeCalls;
  /** Changed by a test, it holds after edge.trunkingChanged(). */
  readonly trunking: MemoryTrunking;
  /** The only switch; it sends to the SIP server. */
  readonly switch: SipPeer;
  readonly relay: Relay;
  readonly edge: Edge;
  /** `host:port` where phones register. */
  readonly address: string;
  /** What onReachability was told, as `1001 reachable`. */
  readonly told: string[];
  /** Bugs the edge logged; a test ends with none. */
  readonly errors: string[];
  /** Ends the control plane as a kill would: the connection is cut, nothing is said. */
  killEdge(): Promise<void>;
  startEdge(): Promise<void>;
  close(): Promise<void>;
}

/** Starts an edge on this SIP server, with a switch of its own. */
export async function startEdgeWorld(
  server: LaunchedSipServer,
  overrides: Partial<EdgeOptions> = {},
): Promise<EdgeWorld> {
  const registrations = new MemoryRegistrations();
  const keptCalls = new MemoryEdgeCalls();
  const trunking = new MemoryTrunking();
  const switchPeer = await SipPeer.udp(server.sip, 'switch');
  const relay = await Relay.open(server.control);
  const [told, errors]: [string[], string[]] = [[], []];
  const options: EdgeOptions = {
    server: { host: '127.0.0.1', port: relay.port, secret: server.control.secret },
    switches: oneSwitch(`127.0.0.1:${switchPeer.port}`),
    realm,
    nonceKey: randomBytes(32),
    directory,
    trunking,
    registrations,
    keptCalls,
    verifyTicket: (ticket) => {
      const [word, sessionId = '', queueId = ''] = ticket.split('.');
      return word === 'good' ? { sessionId, queueId } : undefined;
    },
    onReachability: (address, state) => told.push(`${address} ${wordFor(state)}`),
    now: () => Date.now(),
    qualifyEveryMs: 60_000,
    log: { info: () => undefined, warn: () => undefined, error: (fields) => errors.push(describe(fields)) },
    ...overrides,
  };
  let edge = await startEdge(options);
  const up = (): Promise<boolean> => until('the edge is up', () => edge.health().up);
  await up();
  return {
    registrations,
    keptCalls,
    trunking,
    switch: switchPeer,
    relay,
    get edge() {
      return edge;
    },
    address: `${server.sip.host}:${server.sip.port}`,
    told,
    errors,
    async killEdge() {
      relay.cut();
      await edge.close();
    },
    async startEdge() {
      edge = await startEdge(options);
      await up();
    },
    async close() {
      await edge.close();
      await relay.close();
      await switchPeer.close();
    },
  };
}

const wordFor = (state: Reachability): string => (state.reachable ? 'reachable' : state.why);

const describe = (fields: object): string => {
  const { err } = fields as { readonly err?: unknown };
  return err instanceof Error ? (err.stack ?? err.message) : JSON.stringify(fields);
};

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly nc?: string;
  /** Leaves out qop, nc and cnonce, as RFC 2069 clients do. */
  readonly withoutQop?: boolean;
}

/** The header that answers the challenge in a 401 or 407. */
export function answerTo(
  challenge: PeerMessage,
  method: string,
  uri: string,
  { user, password, nc = '00000001', withoutQop = false }: Credentials,
): Headers {
  const isProxy = challenge.status === 407;
  const value = challenge.header(isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate');
  const part = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(value)?.[1] ?? '';
  const [nonce, cnonce] = [part('nonce'), randomBytes(6).toString('hex')];
  const ha1 = md5(`${user}:${part('realm')}:${password}`);
  const ha2 = md5(`${method}:${uri}`);
  const response = withoutQop
    ? md5(`${ha1}:${nonce}:${ha2}`)
    : md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
  const qop = withoutQop ? '' : `, qop=auth, nc=${nc}, cnonce="${cnonce}"`;
  const text = `Digest username="${user}", realm="${part('realm')}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5${qop}`;
  return { [isProxy ? 'Proxy-Authorization' : 'Authorization']: text };
}

export interface RegisterParts {
  readonly password?: string;
  readonly expires?: number | string;
  readonly contact?: string | null;
  readonly callId?: string;
  readonly headers?: Headers;
}

/** Registers a raw peer under its own user: the first answer that is no challenge. */
export async function registerPeer(peer: SipPeer, parts: RegisterParts = {}): Promise<PeerMessage> {
  const {
    password = passwords[peer.user] ?? '',
    expires = 300,
    callId = `${randomBytes(6).toString('hex')}@peer`,
  } = parts;
  const uri = `sip:${peer.server.host}:${peer.server.port}`;
  const aor = `<sip:${peer.user}@${peer.server.host}>`;
  const send = (headers: Headers): PeerMessage =>
    peer.send(
      peer
        .request('REGISTER', {
          uri,
          callId,
          to: aor,
          headers: { Expires: String(expires), ...parts.headers, ...headers },
          ...(parts.contact === undefined ? {} : { contact: parts.contact }),
        })
        .replace(/^From: <[^>]*>/m, `From: ${aor}`),
    );
  const answered = (message: PeerMessage): boolean =>
    (message.status ?? 0) >= 200 && message.callId === callId;
  send({});
  const challenge = await peer.receive(answered);
  if (challenge.status !== 401) return challenge;
  send(answerTo(challenge, 'REGISTER', uri, { user: peer.user, password }));
  return peer.receive(answered);
}
