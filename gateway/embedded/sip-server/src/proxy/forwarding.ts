// The copy of a request that goes to one target (RFC 3261 section 16.6).
import { cloneRequest, type SipRequest, type Target } from '@cordboard/sip-stack';
import type { HeaderLine } from '../control/app-message.ts';
import type { Edge } from '../edge/edge.ts';
import { isOwnUri, recordRouteOf, takeOffOwnRoutes } from './routing.ts';

/** Requests that can create a dialog in which we would stay. */
const RECORD_ROUTED: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY']);

export interface Forwarding {
  /** Where the request came in: decides which Record-Route the caller's side sees. */
  readonly cameFrom: Target;
  readonly remainInDialog: boolean;
  /** Headers the application adds; one that is there already is replaced. */
  readonly headers: readonly HeaderLine[];
}

export interface ForwardedCopy {
  readonly copy: SipRequest;
  /** Undefined when the destination is nothing a request can be sent to. */
  readonly target: Target | undefined;
}

/** The copy of `received` for a destination named by an application. */
export function forwardedCopy(
  edge: Edge,
  received: SipRequest,
  destination: string,
  forwarding: Forwarding,
): ForwardedCopy {
  const { stack } = edge;
  const target = targetOf(edge, destination);
  const copy = cloneRequest(received);
  takeOffOwnRoutes(stack, copy);
  // Only an address of ours stands for "whoever you think": any other request URI is the caller's own choice.
  if (isOwnUri(stack, copy.uri)) copy.uri = destination;
  copy.headers.set('Max-Forwards', nextMaxForwards(received));
  for (const [name, value] of forwarding.headers) copy.headers.set(name, value);
  if (forwarding.remainInDialog && target) stayInDialog(edge, copy, target, forwarding.cameFrom);
  return { copy, target };
}

// A client that registered over a connection is reached over it; else the outbound proxy; else the destination says.
function targetOf({ connections, settings, stack }: Edge, destination: string): Target | undefined {
  return connections.find(destination) ?? stack.targetOf(settings.outboundProxy ?? destination);
}

/** Max-Forwards of the copy (16.6 step 3). */
export function nextMaxForwards({ headers }: SipRequest): number {
  return headers.maxForwards === undefined ? 70 : headers.maxForwards - 1;
}

function stayInDialog(edge: Edge, copy: SipRequest, target: Target, cameFrom: Target): void {
  const out = edge.stack.listeningPointFor(target);
  const back = edge.stack.listeningPointFor(cameFrom);
  if (!out || !back) return;
  if (copy.method === 'REGISTER') {
    copy.headers.prepend('Path', recordRouteOf(out));
    if (!copy.headers.names('Require', 'path')) copy.headers.append('Require', 'path');
    return;
  }
  if (!RECORD_ROUTED.has(copy.method)) return;
  // Two entries when the sides differ (RFC 5658): each side's requests arrive the way it can send them.
  if (out !== back) copy.headers.prepend('Record-Route', recordRouteOf(back));
  copy.headers.prepend('Record-Route', recordRouteOf(out));
}
