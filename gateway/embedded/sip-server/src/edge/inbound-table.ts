// The requests applications have been handed and not answered: how they enter and leave the tables.
import type { ServerTransaction } from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { newTransactionId } from './delivery.ts';
import type { EdgeDialog } from './dialog-table.ts';
import type { Edge, InboundRequest } from './edge.ts';

/** An application that never says anything is given up on after this many T1 (64 s): the peer gave up long before. */
const UNANSWERED_T1 = 128;

/** Enters a request until it is answered, cancelled or given up. */
export function track(
  edge: Edge,
  transaction: ServerTransaction,
  app: App,
  dialog: EdgeDialog | undefined,
): InboundRequest {
  const inbound: InboundRequest = {
    id: newTransactionId(),
    transaction,
    app,
    dialog,
    uas: undefined,
    earlyUpdate: undefined,
    deadline: undefined,
  };
  const { clock, timers } = edge.stack;
  inbound.deadline = clock.setTimer(UNANSWERED_T1 * timers.t1, () => {
    forget(edge, inbound);
    // RFC 4320: 408 is for INVITE only.
    answer(transaction, transaction.request.method === 'INVITE' ? 408 : 500);
  });
  edge.inbound.set(inbound.id, inbound);
  edge.inboundOf.set(transaction, inbound);
  dialog?.pending.add(inbound);
  if (dialog && transaction.request.method === 'INVITE') dialog.pendingInvite = inbound;
  return inbound;
}

/** Takes a request out: later answers of the application are refused. */
export function forget(edge: Edge, inbound: InboundRequest): void {
  const { dialog, deadline } = inbound;
  if (deadline !== undefined) edge.stack.clock.clearTimer(deadline);
  inbound.deadline = undefined;
  if (edge.inbound.get(inbound.id) === inbound) edge.inbound.delete(inbound.id);
  edge.inboundOf.delete(inbound.transaction);
  dialog?.pending.delete(inbound);
  if (dialog?.pendingInvite === inbound) dialog.pendingInvite = undefined;
}

/** Answers without an application. */
export function answer(
  transaction: ServerTransaction,
  status: number,
  reason?: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  transaction.respond(
    transaction.createResponse(status, reason === undefined ? { headers } : { reason, headers }),
  );
}
