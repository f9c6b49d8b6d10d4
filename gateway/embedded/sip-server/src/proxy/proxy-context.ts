// A request being proxied statefully: the targets still to try, those being tried, the failures collected
// (RFC 3261 section 16.5 to 16.10).
//
//   searching ──2xx──► answered ──server transaction ends──► gone
//       │ every target failed, 6xx, 401/407 ──► best failure forwarded ──┘
//       │ CANCEL ──► cancelled: branches are taken back, their finals decide as above
//
// Nothing here needs the application that asked: when its connection is gone, the search goes on.
import {
  type Arrival,
  cloneResponse,
  parseUri,
  serialise,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
} from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { okFrame, proxyResponseFrame } from '../control/frames.ts';
import { attempted, decided, stopped } from '../edge/call-events.ts';
import { peerOf } from '../edge/delivery.ts';
import type { Edge } from '../edge/edge.ts';
import { bestResponse } from './best-response.ts';
import { Branch, type BranchLimits } from './branch.ts';
import type { ForwardedCopy } from './forwarding.ts';
import { wayBack } from './flow-token.ts';
import { proxyBranch } from './loop.ts';
import { isOwnUri, pointRecordRoutes } from './routing.ts';
import { askForTimer, confirmTimer } from './session-timer.ts';

/** Who asked for the proxying, if it was an application. */
export interface ProxyReport {
  readonly app: App;
  readonly msgId: string;
  /** Report every final response, not only the end. */
  readonly fullResponse: boolean;
}

export interface ProxyPlan extends BranchLimits {
  readonly destinations: readonly string[];
  readonly simultaneous: boolean;
  readonly followRedirects: boolean;
  /** Makes the copy for a destination, and says where it goes. */
  readonly prepare: (destination: string) => ForwardedCopy;
  /** We are in the dialog's route set: the caller is shown the way to whoever answers. */
  readonly recordRouted: boolean;
  readonly report: ProxyReport | undefined;
}

/** A redirecting target may add this many more in all; a loop of redirects ends here. */
const MAX_TARGETS = 32;

export class ProxyContext {
  readonly #edge: Edge;
  readonly #transaction: ServerTransaction;
  readonly #plan: ProxyPlan;
  readonly #waiting: string[];
  readonly #tried = new Set<string>();
  readonly #branches: Branch[] = [];
  readonly #failures: SipResponse[] = [];
  #cancelled = false;
  #stopped = false;
  #finished = false;

  constructor(edge: Edge, transaction: ServerTransaction, plan: ProxyPlan) {
    this.#edge = edge;
    this.#transaction = transaction;
    this.#plan = plan;
    const challenger = edge.challenges.challengerOf(transaction.request);
    const alone = challenger !== undefined && plan.destinations.includes(challenger);
    this.#waiting = alone ? [challenger] : [...plan.destinations];
  }

  /** No final response was forwarded yet. */
  get searching(): boolean {
    return !this.#finished;
  }

  start(): void {
    this.#edge.proxies.set(this.#transaction, this);
    this.#transaction.events = { terminated: () => this.#edge.proxies.delete(this.#transaction) };
    if (this.#plan.simultaneous) while (this.#waiting.length > 0) this.#tryNext();
    else this.#tryNext();
    this.#conclude();
  }

  /** The caller cancels: it gets its 200, the targets get a CANCEL, what they answer ends the search. */
  receiveCancel(cancel: ServerTransaction): void {
    cancel.respond(cancel.createResponse(200));
    if (this.#finished) return;
    this.#cancelled = true;
    this.#stopSearch();
    this.#conclude();
  }

  #tryNext(): void {
    const destination = this.#waiting.shift();
    if (destination === undefined) return;
    this.#tried.add(destination);
    const { request } = this.#transaction;
    const { copy, target } = this.#plan.prepare(destination);
    const { sessionTimer } = this.#edge.settings;
    if (sessionTimer) askForTimer(copy, sessionTimer);
    const branch = new Branch(this.#edge, destination, copy, {
      progress: (response, arrival) => this.#forward(this.#upwards(response, arrival)),
      succeeded: (response, arrival) => this.#succeeded(branch, copy, response, arrival),
      failed: (response, arrival) => this.#failed(branch, response, arrival),
    });
    this.#branches.push(branch);
    if (this.#begins) attempted(this.#edge, 'application', copy);
    else if (request.method === 'BYE') this.#released(copy);
    branch.start(target, proxyBranch(this.#edge.stack, request), this.#plan);
  }

  /** The call whose INVITE this is begins with it. */
  get #begins(): boolean {
    const { method, headers } = this.#transaction.request;
    return method === 'INVITE' && headers.to.tag === undefined;
  }

  #released(copy: SipRequest): void {
    stopped(this.#edge, 'network', 'normal-release', this.#transaction.request);
    stopped(this.#edge, 'application', 'normal-release', copy);
  }

  #succeeded(branch: Branch, copy: SipRequest, response: SipResponse, arrival: Arrival): void {
    const first = !this.#finished;
    const up = this.#upwards(response, arrival);
    if (this.#edge.settings.sessionTimer) confirmTimer(up, this.#transaction.request, copy);
    // A 2xx after another final was sent is still the caller's to acknowledge (16.7 step 5).
    if (!this.#forward(up)) this.#edge.stack.statelessResponse(up)?.send();
    if (!first) return;
    this.#finished = true;
    if (this.#begins) {
      decided(this.#edge, 'network', 'proxy-uac', response);
      decided(this.#edge, 'application', 'proxy-uas', up);
    }
    this.#stopSearch(branch);
    this.#reportFinal(response, arrival);
    this.#reportDone();
  }

  #failed(branch: Branch, response: SipResponse, arrival: Arrival | undefined): void {
    if (this.#finished) return;
    this.#reportFinal(response, arrival);
    if (this.#begins) decided(this.#edge, 'network', 'proxy-uac', response);
    const { status } = response;
    if (arrival && (status === 401 || status === 407))
      this.#edge.challenges.remember(response, branch.destination);
    const redirected = status < 400 && this.#plan.followRedirects && this.#follow(response);
    if (!redirected) this.#failures.push(arrival ? withoutOurVia(response) : response);
    if (status >= 600) this.#stopSearch();
    if (status === 401 || status === 407) this.#waiting.length = 0;
    if (!this.#stopped && this.#branches.every((each) => each.done)) this.#tryNext();
    this.#conclude();
  }

  // True when the redirection gave somewhere new to go.
  #follow(response: SipResponse): boolean {
    const fresh = response.headers.contacts
      .map(({ uri }) => uri)
      .filter(
        (uri) => parseUri(uri)?.kind === 'sip' && !this.#tried.has(uri) && !this.#waiting.includes(uri),
      );
    const room = MAX_TARGETS - this.#tried.size - this.#waiting.length;
    const added = fresh.slice(0, Math.max(0, room));
    this.#waiting.unshift(...added);
    if (this.#plan.simultaneous) while (this.#waiting.length > 0) this.#tryNext();
    return added.length > 0;
  }

  #stopSearch(except?: Branch): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    for (const branch of this.#branches) if (branch !== except) branch.cancel();
  }

  #conclude(): void {
    if (this.#finished || this.#waiting.length > 0 || !this.#branches.every((branch) => branch.done)) return;
    this.#finished = true;
    const outcome = this.#outcome();
    this.#forward(outcome);
    if (this.#begins) decided(this.#edge, 'application', 'proxy-uas', outcome);
    this.#reportDone();
  }

  #outcome(): SipResponse {
    if (this.#cancelled) {
      const terminated = this.#failures.find(({ status }) => status === 487);
      return terminated ?? this.#transaction.createResponse(487);
    }
    return bestResponse(this.#failures) ?? this.#transaction.createResponse(408);
  }

  /** The response as the caller is to see it. */
  #upwards(response: SipResponse, arrival: Arrival): SipResponse {
    const up = withoutOurVia(response);
    if (!this.#plan.recordRouted || !up.headers.has('Record-Route')) return up;
    const { stack, settings } = this.#edge;
    const [nearest] = up.headers.recordRoutes;
    const isNeighbour = nearest !== undefined && isOwnUri(stack, nearest.uri);
    pointRecordRoutes(
      this.#edge,
      up,
      settings.natDetection ? wayBack(response, arrival, isNeighbour) : undefined,
    );
    return up;
  }

  #forward(response: SipResponse): boolean {
    return this.#transaction.respond(response);
  }

  #reportFinal(response: SipResponse, arrival: Arrival | undefined): void {
    const { report } = this.#plan;
    if (!report?.fullResponse) return;
    report.app.send(proxyResponseFrame(report.msgId, arrival && peerOf(arrival.source), serialise(response)));
  }

  #reportDone(): void {
    const { report } = this.#plan;
    if (report) report.app.send(okFrame(report.msgId, 'done'));
  }
}

function withoutOurVia(response: SipResponse): SipResponse {
  const up = cloneResponse(response);
  up.headers.shift('Via');
  return up;
}
