// How a dialog leaves the table, and how we end one ourselves: BYE to the peer, and the same BYE told to the
// application as `unsolicited`, which makes drachtio-srf emit `destroy`.
import type { Arrival, Outgoing, SipMessage, SipRequest, Target } from '@cordboard/sip-stack';
import { TransportFailure } from '@cordboard/sip-stack';
import { stopped } from './call-events.ts';
import { deliverUnsolicited, localPeer } from './delivery.ts';
import { type EdgeDialog, peerTarget } from './dialog-table.ts';
import type { Edge } from './edge.ts';
import { forget } from './inbound-table.ts';

/** Where a request in this dialog goes; undefined when the peer's Contact leads nowhere. */
export function hopOf(edge: Edge, dialog: EdgeDialog): Target | undefined {
  const { natTarget } = dialog;
  if (natTarget) return natTarget;
  return edge.connections.find(dialog.dialog.remoteTarget) ?? dialog.dialog.nextHop();
}

/** A message inside the dialog may move the peer (RFC 3261 section 12.2); where a route set leads, only the first answer said. */
export function noteTarget(edge: Edge, dialog: EdgeDialog, message: SipMessage, arrival: Arrival): void {
  if (!edge.settings.natDetection || !message.headers.has('Contact')) return;
  if (dialog.dialog.routeSet.length === 0) dialog.natTarget = peerTarget(message, arrival);
}

/** Forgets a dialog. What the peer asked in it and nobody answered is answered 487 or 500 (section 15.1.2). */
export function removeDialog(edge: Edge, dialog: EdgeDialog): void {
  edge.dialogs.remove(dialog);
  dialog.dialog.terminate();
  for (const inbound of [...dialog.pending]) {
    const { transaction } = inbound;
    forget(edge, inbound);
    transaction.respond(transaction.createResponse(transaction.request.method === 'INVITE' ? 487 : 500));
  }
  for (const uas of dialog.answering) uas.abandon();
}

/**
 * Hangs up on our own account and tells the application.
 * @param text why, for the Reason header and the application
 */
export function endDialog(edge: Edge, dialog: EdgeDialog, text: string): void {
  const bye = dialog.dialog.createRequest('BYE', { headers: { Reason: `SIP;cause=200;text="${text}"` } });
  const hop = hopOf(edge, dialog);
  removeDialog(edge, dialog);
  const sent = hop && sendOnce(edge, bye, hop);
  if (sent) deliverUnsolicited(dialog.app, sent.bytes, localPeer(edge.stack, hop), dialog.id);
  if (dialog.usage === 'invite') stopped(edge, 'application', 'system-initiated-termination', bye);
}

// The answer changes nothing: the dialog is gone whatever the peer says.
function sendOnce(edge: Edge, request: SipRequest, hop: Target): Pick<Outgoing, 'bytes'> | undefined {
  return attempt(() => {
    const client = edge.stack.clientTransaction(request, hop);
    client.send();
    return client;
  });
}

/** Sends what nobody waits for: undefined when the network has no way there. Anything else thrown is a bug and passes. */
export function attempt<T>(send: () => T): T | undefined {
  try {
    return send();
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    return undefined;
  }
}
