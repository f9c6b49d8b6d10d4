// An INVITE of the network that an application answers: what happens to it besides the application's answers.
import type { ServerTransaction, UasInvite } from '@cordboard/sip-stack';
import { stopped } from './call-events.ts';
import { deliver, newTransactionId } from './delivery.ts';
import type { Edge, InboundRequest } from './edge.ts';
import { endDialog } from './ending.ts';
import { forget, track } from './inbound-table.ts';
import { newEdgeDialog, peerTarget } from './dialog-table.ts';
import { dialogIdOf } from '../control/assembly.ts';

/** The dialog id of an INVITE or SUBSCRIBE from the network. */
export function inboundDialogId({ transaction, dialog }: InboundRequest): string {
  if (dialog) return dialog.id;
  const { callId, from } = transaction.request.headers;
  return dialogIdOf(callId, from.tag ?? '');
}

/** The answering side of an INVITE; made on first use, because one that is proxied never needs it. */
export function answeringInvite(edge: Edge, inbound: InboundRequest): UasInvite {
  if (inbound.uas) return inbound.uas;
  const { transaction, dialog } = inbound;
  const contact = edge.stack.contactFor({ ...transaction.arrival.source });
  const uas = edge.stack.uasInvite(transaction, dialog ? { contact, dialog: dialog.dialog } : { contact });
  inbound.uas = uas;
  const initial = dialog === undefined;
  dialog?.answering.add(uas);
  uas.events = {
    cancelled: (cancel) => {
      const dialogId = inbound.dialog ? inbound.dialog.id : '';
      forget(edge, inbound);
      inbound.dialog?.answering.delete(uas);
      if (initial && inbound.dialog) edge.dialogs.remove(inbound.dialog);
      if (initial) stopped(edge, 'network', 'call-canceled', transaction.request);
      deliver(inbound.app, cancel, transaction.arrival, { transactionId: inbound.id, dialogId });
    },
    acknowledged: (ack, arrival) => {
      const owner = inbound.dialog;
      if (!owner) return;
      owner.answering.delete(uas);
      const transactionId = initial ? inbound.id : newTransactionId();
      deliver(inbound.app, ack, arrival, { transactionId, dialogId: owner.id });
      if (owner.endAfterAck !== undefined) endDialog(edge, owner, owner.endAfterAck);
    },
    ackTimedOut: () => {
      inbound.dialog?.answering.delete(uas);
      if (inbound.dialog) endDialog(edge, inbound.dialog, inbound.dialog.endAfterAck ?? 'ACK timeout');
    },
    prack: (prack) => receivePrack(edge, inbound, prack),
    prackTimedOut: () => {
      forget(edge, inbound);
      if (initial && inbound.dialog) edge.dialogs.remove(inbound.dialog);
      uas.respond(504);
    },
  };
  return uas;
}

// Delivered like any request in the dialog; the application answers it under an id of its own.
function receivePrack(edge: Edge, invite: InboundRequest, prack: ServerTransaction): void {
  const { app, dialog } = invite;
  const inbound = track(edge, prack, app, dialog);
  deliver(app, prack.request, prack.arrival, {
    transactionId: inbound.id,
    dialogId: inboundDialogId(invite),
  });
}

/** The dialog an initial INVITE has made, once a 101–299 was built: enters the table on first sight. */
export function noteDialog(edge: Edge, inbound: InboundRequest): void {
  const { uas, transaction } = inbound;
  if (!uas?.dialog || inbound.dialog) return;
  const dialog = newEdgeDialog({
    id: inboundDialogId(inbound),
    app: inbound.app,
    usage: 'invite',
    firstTransactionId: inbound.id,
    dialog: uas.dialog,
  });
  if (edge.settings.natDetection) dialog.natTarget = peerTarget(transaction.request, transaction.arrival);
  dialog.answering.add(uas);
  if (edge.inboundOf.has(transaction)) {
    dialog.pendingInvite = inbound;
    dialog.pending.add(inbound);
  }
  inbound.dialog = dialog;
  edge.dialogs.add(dialog);
}
