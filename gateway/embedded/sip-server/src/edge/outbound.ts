// Requests of applications on their way: what leaves, what comes back, what is made up when nothing does.
import {
  dialogAsUac,
  type Dialog,
  type SipRequest,
  type SipResponse,
  type Arrival,
  type Target,
  type UacInvite,
} from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { dialogIdOf } from '../control/assembly.ts';
import { requestSentFrame } from '../control/frames.ts';
import { attempted, decided } from './call-events.ts';
import { deliver, deliverSynthesised, localPeer, newTransactionId, synthesise } from './delivery.ts';
import { type EdgeDialog, newEdgeDialog, peerTarget } from './dialog-table.ts';
import type { Edge, OutboundRequest } from './edge.ts';
import { attempt, endDialog, hopOf } from './ending.ts';
import { hasUsableContact } from './guards.ts';

interface Sending {
  readonly msgId: string;
  readonly request: SipRequest;
  readonly target: Target;
}

/** Sends an INVITE that may create a dialog. */
export function sendInvite(edge: Edge, app: App, { msgId, request, target }: Sending): void {
  const uac = edge.stack.uacInvite(request, target);
  const { callId, from } = request.headers;
  const outbound = register(edge, {
    app,
    method: 'INVITE',
    dialogId: dialogIdOf(callId, from.tag ?? ''),
    transaction: uac.transaction,
    uac,
  });
  uac.events = initialInviteEvents(edge, outbound, uac);
  launch(edge, outbound, msgId, target);
  attempted(edge, 'application', request);
}

/** Sends any other request outside a dialog. */
export function sendOther(edge: Edge, app: App, { msgId, request, target }: Sending): void {
  const transaction = edge.stack.clientTransaction(request, target);
  const { callId, from } = request.headers;
  const subscribes = request.method === 'SUBSCRIBE';
  const dialogId = subscribes ? dialogIdOf(callId, from.tag ?? '') : '';
  const outbound = register(edge, { app, method: request.method, dialogId, transaction, uac: undefined });
  const subscription = `${callId};${from.tag ?? ''}`;
  if (subscribes) edge.subscribing.set(subscription, outbound);
  const finish = (): void => {
    edge.outbound.delete(outbound.id);
    if (edge.subscribing.get(subscription) === outbound) edge.subscribing.delete(subscription);
  };
  transaction.events = {
    response: (response, arrival) => {
      if (response.status === 100) return;
      if (response.status >= 200) finish();
      if (subscribes && response.status >= 200 && response.status < 300)
        subscribed(edge, outbound, response, arrival);
      deliver(app, response, arrival, { transactionId: outbound.id, dialogId });
    },
    ...failures(edge, outbound, finish),
  };
  launch(edge, outbound, msgId, target);
}

/** Enters a request into the table of what awaits a final response. */
export function register(
  edge: Edge,
  parts: Pick<OutboundRequest, 'app' | 'method' | 'dialogId' | 'transaction' | 'uac'>,
): OutboundRequest {
  const outbound: OutboundRequest = { id: newTransactionId(), ...parts, dialog: undefined, cancelled: false };
  edge.outbound.set(outbound.id, outbound);
  return outbound;
}

/** Tells the application what leaves, then lets it leave. */
export function launch(edge: Edge, outbound: OutboundRequest, msgId: string, target: Target): void {
  const { app, id, transaction } = outbound;
  app.send(requestSentFrame(msgId, localPeer(edge.stack, target), id, transaction.bytes));
  transaction.send();
}

/** 408 when nobody answered, 503 when the network refused, each exactly once and instead of a final response. */
export function failures(
  edge: Edge,
  outbound: OutboundRequest,
  finish: (status: 408 | 503) => void,
): { timedOut: () => void; transportFailed: () => void } {
  const fail = (status: 408 | 503): void => {
    if (!edge.outbound.has(outbound.id)) return;
    edge.outbound.delete(outbound.id);
    finish(status);
    const response = synthesise(edge.stack, outbound.transaction.request, status);
    deliverSynthesised(outbound.app, response, { transactionId: outbound.id, dialogId: outbound.dialogId });
  };
  return { timedOut: () => fail(408), transportFailed: () => fail(503) };
}

function initialInviteEvents(edge: Edge, outbound: OutboundRequest, uac: UacInvite): UacInvite['events'] {
  const ids = { transactionId: outbound.id, dialogId: outbound.dialogId };
  const finish = (): void => {
    edge.outbound.delete(outbound.id);
    const { dialog } = outbound;
    if (dialog && !dialog.confirmed) edge.dialogs.remove(dialog);
  };
  return {
    progress: (response, { dialog, arrival }) => {
      if (dialog) useFork(edge, outbound, dialog);
      deliver(outbound.app, response, arrival, ids);
    },
    answered: (response, fork, arrival) => answered(edge, outbound, uac, { response, fork, arrival }),
    rejected: (response, arrival) => {
      finish();
      deliver(outbound.app, response, arrival, ids);
      decided(edge, 'network', 'uac', response);
    },
    ...failures(edge, outbound, (status) => {
      finish();
      decided(edge, 'network', 'uac', synthesise(edge.stack, outbound.transaction.request, status));
    }),
  };
}

interface Answer {
  readonly response: SipResponse;
  readonly fork: Dialog;
  readonly arrival: Arrival;
}

function answered(
  edge: Edge,
  outbound: OutboundRequest,
  uac: UacInvite,
  { response, fork, arrival }: Answer,
): void {
  const { app, id, dialogId } = outbound;
  if (outbound.dialog?.confirmed) return hangUpFork(edge, uac, { response, fork, arrival });
  edge.outbound.delete(id);
  // Nothing could ever be sent to such a peer, not even the ACK: it will give up on its own.
  if (!hasUsableContact(response)) {
    if (outbound.dialog) edge.dialogs.remove(outbound.dialog);
    const failed = synthesise(edge.stack, outbound.transaction.request, 503);
    return deliverSynthesised(app, failed, { transactionId: id, dialogId });
  }
  const dialog = useFork(edge, outbound, fork);
  if (edge.settings.natDetection) dialog.natTarget = peerTarget(response, arrival);
  edge.dialogs.confirm(dialog);
  dialog.unacknowledged.set(response.headers.cseq.number, uac);
  if (outbound.cancelled) dialog.endAfterAck = 'ACK-BYE due to cancel race condition';
  deliver(app, response, arrival, { transactionId: id, dialogId });
  decided(edge, 'network', 'uac', response);
  if (outbound.cancelled) acknowledgeInTime(edge, dialog);
}

// The application is expected to ACK even what it cancelled; when it does not, the peer still has to be told.
function acknowledgeInTime(edge: Edge, dialog: EdgeDialog): void {
  edge.stack.clock.setTimer(edge.stack.timers.t2, () => {
    if (edge.dialogs.get(dialog.id) !== dialog || dialog.unacknowledged.size === 0) return;
    const target = hopOf(edge, dialog);
    for (const uac of dialog.unacknowledged.values()) {
      if (target) attempt(() => uac.ack(dialog.dialog, { target }).send());
    }
    dialog.unacknowledged.clear();
    endDialog(edge, dialog, dialog.endAfterAck ?? 'ACK timeout');
  });
}

/** The application knows one dialog per INVITE: the fork last heard of, then the one that answered. */
function useFork(edge: Edge, outbound: OutboundRequest, fork: Dialog): EdgeDialog {
  if (outbound.dialog) {
    outbound.dialog.dialog = fork;
    edge.dialogs.addFork(outbound.dialog, fork);
    return outbound.dialog;
  }
  const { app, dialogId, id } = outbound;
  const dialog = newEdgeDialog({ id: dialogId, app, usage: 'invite', firstTransactionId: id, dialog: fork });
  outbound.dialog = dialog;
  edge.dialogs.add(dialog);
  return dialog;
}

// A second phone answered the forked call (13.2.2.4): it is acknowledged and hung up, the application has its call.
function hangUpFork(edge: Edge, uac: UacInvite, { response, fork, arrival }: Answer): void {
  const target = peerTarget(response, arrival) ?? fork.nextHop();
  if (!target) return;
  attempt(() => {
    uac.ack(fork, { target }).send();
    edge.stack.clientTransaction(fork.createRequest('BYE'), target).send();
  });
}

function subscribed(edge: Edge, outbound: OutboundRequest, response: SipResponse, arrival: Arrival): void {
  if (!hasUsableContact(response)) return;
  const { app, id, dialogId, transaction } = outbound;
  const dialog = newEdgeDialog({
    id: dialogId,
    app,
    usage: 'subscribe',
    firstTransactionId: id,
    dialog: dialogAsUac(transaction.request, response),
  });
  if (edge.settings.natDetection) dialog.natTarget = peerTarget(response, arrival);
  edge.dialogs.add(dialog);
  edge.dialogs.confirm(dialog);
}
