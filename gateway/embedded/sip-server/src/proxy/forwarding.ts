// The copy of a request that goes to one target (RFC 3261 section 16.6).
import { type Arrival, cloneRequest, type SipRequest, type Target } from '@cordboard/sip-stack';
import type { HeaderLine } from '../control/app-message.ts';
import type { Edge } from '../edge/edge.ts';
import { wayBack } from './flow-token.ts';
import { isOwnUri, recordRouteOf, takeOffOwnRoutes } from './routing.ts';

/** Requests that can create a dialog in which we would stay. */
const RECORD_ROUTED: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY']);

export interface Forwarding {
  /** Where the request came in: decides which Record-Route the caller's side sees. */
  readonly arrival: Arrival;
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
  const copy = cloneRequest(received);
  // A flow token of our own Path (RFC 5626 section 5.3) is more certain than any address.
  const target = takeOffOwnRoutes(edge, copy) ?? targetOf(edge, destination);
  // Only an address of ours stands for "whoever you think": any other request URI is the caller's own choice.
  if (isOwnUri(stack, copy.uri)) copy.uri = destination;
  copy.headers.set('Max-Forwards', nextMaxForwards(received));
  for (const [name, value] of forwarding.headers) copy.headers.set(name, value);
  if (forwarding.remainInDialog && target) stayInDialog(edge, copy, target, forwarding.arrival);
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

function stayInDialog(edge: Edge, copy: SipRequest, target: Target, arrival: Arrival): void {
  const out = edge.stack.listeningPointFor(target);
  const back = edge.stack.listeningPointFor({ ...arrival.source, flow: arrival.flow });
  if (!out || !back) return;
  const caller = edge.settings.natDetection && wayBack(copy, arrival, !copy.headers.has('Record-Route'));
  const token = caller ? edge.flowTokens.mint(caller) : undefined;
  if (copy.method === 'REGISTER') {
    copy.headers.prepend('Path', recordRouteOf(out, token));
    if (!copy.headers.names('Require', 'path')) copy.headers.append('Require', 'path');
    return;
  }
  if (!RECORD_ROUTED.has(copy.method)) return;
  // Two entries when the sides differ (RFC 5658): each side's requests arrive the way it can send them.
  if (out !== back) copy.headers.prepend('Record-Route', recordRouteOf(back, token));
  copy.headers.prepend('Record-Route', recordRouteOf(out, token));
}
