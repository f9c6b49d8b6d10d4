// An application's wish to have a request proxied.
import type { App } from '../control/app-connection.ts';
import { refuse } from '../control/app-connection.ts';
import { wireHeaders } from '../control/assembly.ts';
import type { ProxyCommand } from '../control/command.ts';
import { okFrame, refusals } from '../control/frames.ts';
import type { Edge } from '../edge/edge.ts';
import { answer, forget } from '../edge/inbound-table.ts';
import { forwardedCopy } from './forwarding.ts';
import { ProxyContext } from './proxy-context.ts';
import { isTooBrief } from './session-timer.ts';

/** What the application may not change about the request it has proxied. */
const UNTOUCHABLE: ReadonlySet<string> = new Set([
  ...['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-type', 'contact'],
]);

/** Starts proxying the request of `command.transactionId`, or refuses. */
export function startProxy(edge: Edge, app: App, command: ProxyCommand): void {
  const { msgId, transactionId } = command;
  const inbound = edge.inbound.get(transactionId);
  // One the application has begun to answer itself is its own to finish.
  if (!inbound || inbound.uas || inbound.dialog)
    return refuse(app, msgId, refusals.proxyUnknown(transactionId));
  const { transaction } = inbound;
  forget(edge, inbound);
  if (transaction.request.headers.maxForwards === 0) {
    answer(transaction, 483);
    return refuse(app, msgId, refusals.proxyTooManyHops);
  }
  const { sessionTimer } = edge.settings;
  if (sessionTimer && isTooBrief(transaction.request, sessionTimer)) {
    answer(transaction, 422, undefined, { 'Min-SE': String(sessionTimer.minimum) });
    return app.send(okFrame(msgId, 'done'));
  }
  const { destinations, simultaneous, followRedirects, provisionalTimeoutMs, finalTimeoutMs } = command;
  const forwarding = {
    arrival: transaction.arrival,
    remainInDialog: command.remainInDialog,
    headers: wireHeaders(command.message.headers, UNTOUCHABLE),
  };
  new ProxyContext(edge, transaction, {
    destinations,
    simultaneous,
    followRedirects,
    provisionalTimeoutMs,
    finalTimeoutMs,
    prepare: (destination) => forwardedCopy(edge, transaction.request, destination, forwarding),
    recordRouted: command.remainInDialog,
    report: { app, msgId, fullResponse: command.fullResponse },
  }).start();
}
