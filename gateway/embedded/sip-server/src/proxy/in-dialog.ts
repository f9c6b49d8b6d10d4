// What passes through us in dialogs we record-routed: forwarded along the route set, no application involved
// (RFC 3261 section 16.12). Requests keep a transaction here, so that they are repeated and cancelled properly;
// an ACK has none.
import {
  cloneRequest,
  cloneResponse,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type Target,
  TransportFailure,
} from '@cordboard/sip-stack';
import type { Edge } from '../edge/edge.ts';
import { answer } from '../edge/inbound-table.ts';
import { nextMaxForwards } from './forwarding.ts';
import { isLoop, proxyBranch } from './loop.ts';
import { ProxyContext } from './proxy-context.ts';
import { takeOffOwnRoutes } from './routing.ts';
import { isTooBrief } from './session-timer.ts';

/** Forwards a request that carries our Route. */
export function forwardInDialog(edge: Edge, transaction: ServerTransaction): void {
  const { request } = transaction;
  if (request.headers.maxForwards === 0) return answer(transaction, 483);
  if (isLoop(edge.stack, request)) return answer(transaction, 482);
  const { sessionTimer } = edge.settings;
  if (sessionTimer && isTooBrief(request, sessionTimer))
    return answer(transaction, 422, undefined, { 'Min-SE': String(sessionTimer.minimum) });
  const { copy, target } = onward(edge, request);
  // Nothing but our own address left: it was meant for a dialog of ours that is gone.
  if (!target || edge.stack.isOwnAddress(target.host, target.port)) return answer(transaction, 481);
  new ProxyContext(edge, transaction, {
    destinations: [copy.uri],
    simultaneous: false,
    followRedirects: false,
    provisionalTimeoutMs: undefined,
    finalTimeoutMs: undefined,
    prepare: () => ({ copy, target }),
    recordRouted: false,
    report: undefined,
  }).start();
}

/** Forwards the ACK to a 2xx. */
export function forwardAck(edge: Edge, ack: SipRequest): void {
  if (ack.headers.maxForwards === 0) return;
  const { copy, target } = onward(edge, ack);
  if (!target || edge.stack.isOwnAddress(target.host, target.port)) return;
  try {
    edge.stack.statelessRequest(copy, target, { branch: proxyBranch(edge.stack, ack) }).send();
  } catch (error) {
    // No way to the target: the 2xx will be repeated and fail there.
    if (!(error instanceof TransportFailure)) throw error;
  }
}

/** Forwards a response to a request we no longer know (16.7 step 1): a 2xx repeated very late, for instance. */
export function forwardStrayResponse(edge: Edge, response: SipResponse): void {
  if (!edge.stack.isOwnVia(response) || response.headers.vias.length < 2) return;
  const up = cloneResponse(response);
  up.headers.shift('Via');
  edge.stack.statelessResponse(up)?.send();
}

interface Onward {
  readonly copy: SipRequest;
  readonly target: Target | undefined;
}

/** The copy that goes on, and its next hop: the flow our entry was marked with, else what its Route or request URI says. */
function onward(edge: Edge, request: SipRequest): Onward {
  const copy = cloneRequest(request);
  const flow = takeOffOwnRoutes(edge, copy);
  copy.headers.set('Max-Forwards', nextMaxForwards(request));
  return { copy, target: flow ?? hopOf(edge, copy) };
}

// The last hop to a client that registered over a connection goes over that connection.
function hopOf(edge: Edge, copy: SipRequest): Target | undefined {
  const connection = copy.headers.has('Route') ? undefined : edge.connections.find(copy.uri);
  return connection ?? edge.stack.nextHop(copy);
}
