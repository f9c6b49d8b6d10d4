// The server: a SIP stack on one side, applications on the other, and what goes between them.
import {
  type Clock,
  createSipStack,
  type DatagramNetwork,
  type Protocol,
  type SipStack,
  type StackLimits,
  type StackOptions,
  type Timers,
  type TlsVerify,
} from '@cordboard/sip-stack';
import type { App, ConnectionHost } from './control/app-connection.ts';
import type { ProxyCommand, SipCommand } from './control/command.ts';
import { refuse } from './control/app-connection.ts';
import { type ControlServer, listenForApps } from './control/control-server.ts';
import { refusals } from './control/frames.ts';
import { RouteRegistry } from './control/routes.ts';
import { ConnectionCache } from './edge/connection-cache.ts';
import { DialogTable } from './edge/dialog-table.ts';
import { countsOf, type Edge, type EdgeCounts, type EdgeSettings } from './edge/edge.ts';
import { receiveAck, receiveRequest, releaseApp } from './edge/inbound.ts';
import { request } from './edge/requests.ts';
import { respond } from './edge/responses.ts';
import { ChallengeMemory } from './proxy/challenge-memory.ts';
import { FlowTokens } from './proxy/flow-token.ts';
import { forwardStrayResponse } from './proxy/in-dialog.ts';
import { startProxy } from './proxy/start-proxy.ts';
import {
  type CertificateFiles,
  readTlsFiles,
  type TlsFiles,
  watchTlsFiles,
} from './transport/certificates.ts';
import { listenForWebSockets } from './transport/web-socket.ts';

/** What drachtio-srf is told; it pings servers from v0.8.2 on. */
export const PROTOCOL_VERSION = 'v0.9.10-cordboard';

export interface Address {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface SipServerOptions {
  /** Where SIP is spoken, over UDP and TCP on the same port. */
  readonly sip: Address;
  /** Where SIP is spoken over TLS; needs certificates. */
  readonly tls?: Address;
  /** Where SIP is spoken over WebSocket (RFC 7118). */
  readonly ws?: Address;
  /** Where SIP is spoken over WebSocket and TLS; needs certificates. */
  readonly wss?: Address;
  /** Shown to TLS peers: the first by default, the others by the names in them (SNI). Read again when the files change. */
  readonly certificates?: readonly CertificateFiles[];
  /** PEM file of the authorities peers' certificates are checked with; default: the system's. */
  readonly tlsCaFile?: string;
  /** Whose certificates are checked. Default `servers`: those we connect to. */
  readonly tlsVerify?: TlsVerify;
  /** Bounds of connections and messages. */
  readonly limits?: Partial<StackLimits>;
  /** Where applications connect. */
  readonly control: Address;
  /** What applications must know; must not be empty. */
  readonly secret: string;
  /** Address shown in Via, Contact and Record-Route when it differs from the one bound (behind NAT). */
  readonly externalHost?: string;
  /** SIP URI all requests go to for which no other next hop is known. */
  readonly outboundProxy?: string;
  /** Send in-dialog requests to the packet source where a Contact cannot be right. Default true. */
  readonly natDetection?: boolean;
  /** Session timer asked for in proxied calls, seconds (RFC 4028); default: none, what the ends agree on passes through. */
  readonly sessionExpires?: number;
  /** The least session timer let through where there is one, seconds. Default 90. */
  readonly minSessionExpires?: number;
  /** How long calls outlive the application that owned them, ms; 0: until the peer hangs up. Default 60 000. */
  readonly orphanGraceMs?: number;
  readonly timers?: Partial<Timers>;
  readonly clock?: Clock;
  /** Told of what the stack refused or dropped, for a log. */
  readonly observe?: (happening: 'refused' | 'dropped' | 'certificates', detail: string) => void;
}

type SecureTransport = 'tls' | 'ws' | 'wss';

export interface SipServer {
  readonly addresses: { readonly sip: Address; readonly control: Address } & {
    readonly [transport in SecureTransport]?: Address;
  };
  /** What is in progress; all zero when nothing leaks. */
  counts(): EdgeCounts;
  /** What there is of everything, for a dashboard; transactions that only absorb repetitions included. */
  vitals(): EdgeCounts & ReturnType<SipStack['counts']> & { readonly applications: number };
  /** Reads the certificates again now. @throws when they cannot be used; then the old ones stay */
  reloadCertificates(): void;
  /** Closes both sides; calls in progress are not ended. */
  stop(): Promise<void>;
}

/**
 * Starts the server.
 * @throws the system's error (EADDRINUSE …) when an address cannot be had, TypeError when the secret is empty
 */
export async function startSipServer(options: SipServerOptions): Promise<SipServer> {
  if (options.secret === '') throw new TypeError('secret must not be empty');
  for (let left = anyPortTries; ; left -= 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Any port will do, and the one UDP was given is somebody else's over TCP: ask for another.
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || options.sip.port !== 0 || left === 0) throw error;
    }
  }
}

const anyPortTries = 10;

async function startOnce(options: SipServerOptions): Promise<SipServer> {
  const edge = createEdge(options);
  try {
    const sip = await listenForSip(edge, options);
    const others = await listenForOthers(edge, options);
    const control = await listenForApps(options.control, connectionHost(edge, options.secret));
    return serverOf(edge, options, { sip, ...others }, control);
  } catch (error) {
    await edge.stack.close();
    throw error;
  }
}

type EdgeOptions = Omit<SipServerOptions, 'sip' | 'control' | 'secret' | SecureTransport> & {
  /** Where datagrams go; for tests. */
  readonly network?: DatagramNetwork;
};

/** The tables and the stack, not yet listening anywhere. */
export function createEdge(options: EdgeOptions): Edge {
  const stack = createSipStack(stackOptions(options, () => edge));
  const settings: EdgeSettings = {
    outboundProxy: options.outboundProxy,
    natDetection: options.natDetection ?? true,
    sessionTimer:
      options.sessionExpires === undefined
        ? undefined
        : { expires: options.sessionExpires, minimum: options.minSessionExpires ?? 90 },
    orphanGraceMs: options.orphanGraceMs ?? 60_000,
  };
  const edge: Edge = {
    stack,
    settings,
    routes: new RouteRegistry<App>(),
    inbound: new Map(),
    inboundOf: new Map(),
    outbound: new Map(),
    subscribing: new Map(),
    dialogs: new DialogTable(),
    proxies: new Map(),
    connections: new ConnectionCache(stack.clock),
    challenges: new ChallengeMemory(stack.clock),
    flowTokens: new FlowTokens(),
  };
  return edge;
}

function stackOptions(options: EdgeOptions, edge: () => Edge): StackOptions {
  const { clock, timers, observe, network, limits } = options;
  const files = tlsFilesOf(options);
  return {
    tryingAfter: 0,
    webSockets: listenForWebSockets,
    ...(files && { tls: readTlsFiles(files) }),
    ...(limits && { limits }),
    ...(clock === undefined ? {} : { clock }),
    ...(timers === undefined ? {} : { timers }),
    ...(network === undefined ? {} : { network }),
    handlers: {
      request: (transaction) => receiveRequest(edge(), transaction),
      ack: (ack, arrival) => receiveAck(edge(), ack, arrival),
      strayResponse: (response) => forwardStrayResponse(edge(), response),
      flowClosed: (flow) => flowClosed(edge(), flow),
      refused: (status, reason, source) =>
        observe?.('refused', `${status} ${reason} to ${source.host}:${source.port}`),
      dropped: (why, source) => observe?.('dropped', `${why} from ${source.host}:${source.port}`),
    },
  };
}

// Dialogs that ran over the connection fall back to the peer's Contact.
function flowClosed(edge: Edge, flow: string): void {
  edge.connections.forgetFlow(flow);
  for (const dialog of edge.dialogs.all()) if (dialog.natTarget?.flow === flow) dialog.natTarget = undefined;
}

function tlsFilesOf({ certificates, tlsCaFile, tlsVerify }: EdgeOptions): TlsFiles | undefined {
  return certificates && certificates.length > 0
    ? { certificates, caFile: tlsCaFile, verify: tlsVerify }
    : undefined;
}

// UDP first: with port 0 it chooses the port, TCP takes the same.
async function listenForSip(edge: Edge, { sip, externalHost }: SipServerOptions): Promise<Address> {
  const udp = await listen(edge, 'udp', sip, externalHost);
  await listen(edge, 'tcp', udp, externalHost);
  return udp;
}

async function listenForOthers(
  edge: Edge,
  options: SipServerOptions,
): Promise<{ [transport in SecureTransport]?: Address }> {
  const listening: { [transport in SecureTransport]?: Address } = {};
  for (const protocol of ['tls', 'ws', 'wss'] as const) {
    const at = options[protocol];
    if (at) listening[protocol] = await listen(edge, protocol, at, options.externalHost);
  }
  return listening;
}

async function listen(
  edge: Edge,
  protocol: Protocol,
  at: Address,
  externalHost: string | undefined,
): Promise<Address> {
  const advertised = externalHost === undefined ? {} : { advertised: { host: externalHost } };
  const { host, port } = await edge.stack.listen({ protocol, ...at, ...advertised });
  return { host, port };
}

/** What a control connection may ask of `edge`. */
export function connectionHost(edge: Edge, secret: string): ConnectionHost {
  return {
    secret,
    welcome: () => [hostports(edge, 'advertised'), PROTOCOL_VERSION, hostports(edge, 'bound')],
    addRoute: (app, verb) => edge.routes.add(verb, app),
    removeRoute: (app, verb) => edge.routes.remove(verb, app),
    sip: (app, command) => obeySip(edge, app, command),
    proxy: (app, command: ProxyCommand) => startProxy(edge, app, command),
    gone: (app) => {
      edge.routes.removeAll(app);
      releaseApp(edge, app);
    },
  };
}

function obeySip(edge: Edge, app: App, command: SipCommand): void {
  const { message } = command;
  if (message.kind === 'unreadable')
    return refuse(app, command.msgId, refusals.invalidUri(message.startLine));
  if (message.kind === 'request') request(edge, app, command, message);
  else respond(edge, app, command, message);
}

// `tcp/host:port,udp/host:port`
function hostports(edge: Edge, which: 'advertised' | 'bound'): string {
  return edge.stack.listeningPoints
    .map((point) => ({
      protocol: point.protocol,
      ...(which === 'bound' ? { host: point.host, port: point.port } : point.advertised),
    }))
    .map(({ protocol, host, port }) => `${protocol}/${host.includes(':') ? `[${host}]` : host}:${port}`)
    .sort()
    .join(',');
}

function serverOf(
  edge: Edge,
  options: SipServerOptions,
  sip: Omit<SipServer['addresses'], 'control'>,
  control: ControlServer,
): SipServer {
  const files = tlsFilesOf(options);
  const reload = (): void => {
    if (files) edge.stack.replaceCertificates(readTlsFiles(files));
  };
  const unwatch = files && watchTlsFiles(files, () => tryReload(reload, options));
  return {
    addresses: { ...sip, control: control.address },
    counts: () => countsOf(edge),
    vitals: () => ({ ...countsOf(edge), ...edge.stack.counts(), applications: control.connections }),
    reloadCertificates: reload,
    stop: async () => {
      unwatch?.();
      await control.close();
      await edge.stack.close();
    },
  };
}

// A renewal is often seen half done: the key of one pair with the certificate of the other. The next look sees it whole.
function tryReload(reload: () => void, { observe }: SipServerOptions): void {
  try {
    reload();
    observe?.('certificates', 'read again');
  } catch (error) {
    observe?.('certificates', `not usable, the old ones stay: ${String(error)}`);
  }
}
