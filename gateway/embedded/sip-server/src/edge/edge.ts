// What the parts of the server share: the stack, the applications' routes, and the tables of what is in progress.
// Every entry of every table has an owner and an end; `counts` shows them, and a test that ends asserts zero.
import type { ServerTransaction, SipStack } from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import type { RouteRegistry } from '../control/routes.ts';
import type { ChallengeMemory } from '../proxy/challenge-memory.ts';
import type { FlowTokens } from '../proxy/flow-token.ts';
import type { SessionTimerSettings } from '../proxy/session-timer.ts';
import type { ConnectionCache } from './connection-cache.ts';
import type { DialogTable } from './dialog-table.ts';
import type { InboundRequest, OutboundRequest } from './entries.ts';

export type { InboundRequest, OutboundRequest } from './entries.ts';

export interface EdgeSettings {
  /** Next hop of requests for which the application names none. */
  readonly outboundProxy: string | undefined;
  /** Send in-dialog requests to the packet source where the peer's Contact cannot be right. */
  readonly natDetection: boolean;
  /** Session timers asked for in proxied calls (RFC 4028 section 8); undefined: none. */
  readonly sessionTimer: SessionTimerSettings | undefined;
  /** How long dialogs outlive the application that owned them, ms; 0: until the peer hangs up. */
  readonly orphanGraceMs: number;
}

/** A request being proxied, as the rest of the server knows it. */
export interface ProxySearch {
  /** No final response has been passed on yet. */
  readonly searching: boolean;
  /** The caller has cancelled: answers her CANCEL and takes the branches back. */
  receiveCancel(cancel: ServerTransaction): void;
}

export interface Edge {
  readonly stack: SipStack;
  readonly settings: EdgeSettings;
  readonly routes: RouteRegistry<App>;
  readonly inbound: Map<string, InboundRequest>;
  readonly inboundOf: Map<ServerTransaction, InboundRequest>;
  readonly outbound: Map<string, OutboundRequest>;
  /** SUBSCRIBEs sent and not answered yet, by Call-ID and our tag: a NOTIFY may come first (RFC 6665 section 4.4.1). */
  readonly subscribing: Map<string, OutboundRequest>;
  readonly dialogs: DialogTable;
  readonly proxies: Map<ServerTransaction, ProxySearch>;
  readonly connections: ConnectionCache;
  readonly challenges: ChallengeMemory;
  readonly flowTokens: FlowTokens;
}

export interface EdgeCounts {
  readonly inbound: number;
  readonly outbound: number;
  readonly dialogs: number;
  /** Searches without a final response; finished ones stay for as long as their transaction repeats it. */
  readonly proxies: number;
}

/** How much is in progress. */
export function countsOf(edge: Edge): EdgeCounts {
  return {
    inbound: edge.inboundOf.size,
    outbound: edge.outbound.size,
    dialogs: edge.dialogs.size,
    proxies: [...edge.proxies.values()].filter((proxy) => proxy.searching).length,
  };
}
