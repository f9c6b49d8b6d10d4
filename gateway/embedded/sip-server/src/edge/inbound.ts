// Requests from the network: which belong to a dialog, which are new and go to an application, which are only
// passing through, and which are answered here.
import type { Arrival, ServerTransaction, SipRequest } from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { dialogIdOf } from '../control/assembly.ts';
import { forwardInDialog, forwardAck } from '../proxy/in-dialog.ts';
import { isLoop } from '../proxy/loop.ts';
import { isRoutedThroughUs } from '../proxy/routing.ts';
import { attempted, stopped } from './call-events.ts';
import { deliver, deliverNew } from './delivery.ts';
import type { EdgeDialog } from './dialog-table.ts';
import type { Edge, InboundRequest } from './edge.ts';
import { endDialog, noteTarget, removeDialog } from './ending.ts';
import { contactFlaw, fieldFlaw } from './guards.ts';
import { answeringInvite } from './inbound-invite.ts';
import { answer, forget, track } from './inbound-table.ts';

/** Methods a new request may reach an application with. */
const FOR_APPLICATIONS = [
  'INVITE',
  'REGISTER',
  'MESSAGE',
  'OPTIONS',
  'INFO',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
];
const NEW_FOR_APPLICATIONS: ReadonlySet<string> = new Set(FOR_APPLICATIONS);
/** Methods that mean something only inside a dialog or towards a transaction. */
const DIALOG_ONLY: ReadonlySet<string> = new Set(['BYE', 'UPDATE', 'PRACK']);
const ALLOW = [...FOR_APPLICATIONS, 'ACK', 'CANCEL', 'BYE', 'UPDATE', 'PRACK', 'REFER'].join(', ');

/** Takes a new request (never a retransmission, never an ACK). */
export function receiveRequest(edge: Edge, transaction: ServerTransaction): void {
  const { request } = transaction;
  if (request.method === 'CANCEL') return receiveCancel(edge, transaction);
  const flaw = fieldFlaw(request);
  if (flaw) return answer(transaction, flaw.status, flaw.reason);
  if (request.headers.to.tag === undefined) return receiveNew(edge, transaction);
  const dialog = edge.dialogs.ofRequest(request);
  if (dialog) return receiveInDialog(edge, transaction, dialog);
  if (isRoutedThroughUs(edge, request)) return forwardInDialog(edge, transaction);
  const subscription = edge.subscribing.get(`${request.headers.callId};${request.headers.to.tag}`);
  if (subscription && request.method === 'NOTIFY') {
    return handOver(edge, transaction, subscription.app, { dialogId: subscription.dialogId });
  }
  answer(transaction, 481);
}

/** Takes an ACK that acknowledges none of our non-2xx answers. */
export function receiveAck(edge: Edge, ack: SipRequest, arrival: Arrival): void {
  const dialog = edge.dialogs.ofRequest(ack);
  if (!dialog) {
    if (isRoutedThroughUs(edge, ack)) forwardAck(edge, ack);
    return;
  }
  for (const uas of dialog.answering) if (uas.receiveAck(ack, arrival)) return;
}

function receiveNew(edge: Edge, transaction: ServerTransaction): void {
  const { request } = transaction;
  const { method, headers } = request;
  if (isLoop(edge.stack, request)) return answer(transaction, 482);
  if (DIALOG_ONLY.has(method)) return answer(transaction, 481);
  if (!NEW_FOR_APPLICATIONS.has(method)) return answer(transaction, 405, undefined, { Allow: ALLOW });
  const flaw = contactFlaw(request);
  if (flaw) return answer(transaction, flaw.status, flaw.reason);
  if (method === 'INVITE') {
    // The same INVITE by another path while we are answering the first (8.2.2.2).
    const known = edge.dialogs.get(dialogIdOf(headers.callId, headers.from.tag ?? ''));
    if (known) return answer(transaction, known.confirmed && known.answering.size > 0 ? 491 : 482);
  }
  const app = edge.routes.pick(method);
  if (!app) return answer(transaction, 503);
  const inbound = track(edge, transaction, app, undefined);
  if (method === 'INVITE') attempted(edge, 'network', request);
  deliverNew(app, request, transaction.arrival, inbound.id);
}

function receiveInDialog(edge: Edge, transaction: ServerTransaction, dialog: EdgeDialog): void {
  const { request, arrival } = transaction;
  if (!dialog.app.connected) {
    if (request.method === 'BYE') removeDialog(edge, dialog);
    return answer(transaction, 481);
  }
  const flaw = contactFlaw(request);
  if (flaw) return answer(transaction, flaw.status, flaw.reason);
  if (request.method === 'PRACK') return receivePrack(transaction, dialog);
  const verdict = dialog.dialog.receiveRequest(request);
  if (verdict.outcome === 'refuse') return answer(transaction, verdict.status, verdict.reason);
  if (request.method === 'INVITE') {
    // RFC 3261 section 14.2: one re-INVITE at a time, ours or the peer's.
    if (dialog.reinvite) return answer(transaction, 491);
    if (dialog.pendingInvite) return answer(transaction, 500, undefined, { 'Retry-After': '1' });
  }
  noteTarget(edge, dialog, request, arrival);
  if (endsDialog(request)) {
    if (request.method === 'BYE' && dialog.usage === 'invite')
      stopped(edge, 'network', 'normal-release', request);
    handOver(edge, transaction, dialog.app, { dialogId: dialog.id });
    return removeDialog(edge, dialog);
  }
  const early = request.method === 'UPDATE' ? dialog.pendingInvite : undefined;
  if (early) return handOverEarlyUpdate(edge, early, transaction, dialog);
  handOver(edge, transaction, dialog.app, { dialog, dialogId: dialog.id });
}

function endsDialog({ method, headers }: SipRequest): boolean {
  if (method === 'BYE') return true;
  return (
    method === 'NOTIFY' &&
    /^\s*terminated\b/i.test(headers.get('Subscription-State') ?? '') &&
    isSubscription(headers.get('Event'))
  );
}

// The implicit subscription of a REFER ends without ending the call it was sent in.
function isSubscription(event: string | undefined): boolean {
  return event !== undefined && !/^\s*refer\b/i.test(event);
}

function receivePrack(transaction: ServerTransaction, dialog: EdgeDialog): void {
  for (const uas of dialog.answering) if (uas.receivePrack(transaction)) return;
  answer(transaction, 481);
}

function receiveCancel(edge: Edge, cancel: ServerTransaction): void {
  const { cancels } = cancel;
  if (!cancels) return answer(cancel, 481);
  const proxy = edge.proxies.get(cancels);
  if (proxy) return proxy.receiveCancel(cancel);
  const inbound = edge.inboundOf.get(cancels);
  if (inbound) {
    answeringInvite(edge, inbound).receiveCancel(cancel);
    return;
  }
  answer(cancel, 481);
  // Our 2xx and the CANCEL crossed. BYE must wait for the ACK (section 15), then the call is not wanted any more.
  const { callId, from } = cancel.request.headers;
  const dialog =
    edge.dialogs.ofRequest(cancel.request) ?? edge.dialogs.get(dialogIdOf(callId, from.tag ?? ''));
  const awaitsAck = [...(dialog?.answering ?? [])].some(
    (uas) => uas.transaction === cancels && uas.awaiting === 'ack',
  );
  if (dialog && awaitsAck) dialog.endAfterAck = 'CANCEL after 200 OK';
}

function handOver(
  edge: Edge,
  transaction: ServerTransaction,
  app: App,
  { dialog, dialogId }: { dialog?: EdgeDialog; dialogId: string },
): void {
  const inbound = track(edge, transaction, app, dialog);
  deliver(app, transaction.request, transaction.arrival, { transactionId: inbound.id, dialogId });
}

function handOverEarlyUpdate(
  edge: Edge,
  invite: InboundRequest,
  transaction: ServerTransaction,
  dialog: EdgeDialog,
): void {
  invite.earlyUpdate = track(edge, transaction, dialog.app, dialog);
  deliver(dialog.app, transaction.request, transaction.arrival, {
    transactionId: invite.id,
    dialogId: dialog.id,
  });
}

/** The connection of an application is gone: what it left unanswered is answered, what it owned ends after a while. */
export function releaseApp(edge: Edge, app: App): void {
  for (const inbound of [...edge.inboundOf.values()]) {
    if (inbound.app !== app) continue;
    forget(edge, inbound);
    inbound.uas?.abandon();
    answer(inbound.transaction, inbound.dialog?.confirmed ? 481 : 503);
    if (inbound.dialog && !inbound.dialog.confirmed) edge.dialogs.remove(inbound.dialog);
  }
  for (const outbound of edge.outbound.values()) {
    if (outbound.app !== app || !outbound.uac) continue;
    // Nobody is there to take the call any more; a 2xx that crosses is acknowledged and hung up.
    outbound.cancelled = true;
    outbound.uac.createCancel()?.send();
  }
  const { orphanGraceMs } = edge.settings;
  if (orphanGraceMs === 0) return;
  for (const dialog of edge.dialogs.ownedBy(app)) {
    edge.stack.clock.setTimer(orphanGraceMs, () => {
      if (edge.dialogs.get(dialog.id) === dialog) endDialog(edge, dialog, 'Application lost');
    });
  }
}
