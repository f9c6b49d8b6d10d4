// An application's request inside a dialog: ACK, BYE, re-INVITE, INFO, NOTIFY, PRACK and the rest.
import { type SipRequest, type Target, type UacInvite } from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { refuse } from '../control/app-connection.ts';
import { type AppRequest, headerOf } from '../control/app-message.ts';
import { substituteLocalhost, wireHeaders } from '../control/assembly.ts';
import type { SipCommand } from '../control/command.ts';
import { refusals, requestSentFrame } from '../control/frames.ts';
import { stopped } from './call-events.ts';
import { deliver, localPeer, newTransactionId } from './delivery.ts';
import type { EdgeDialog } from './dialog-table.ts';
import type { Edge, OutboundRequest } from './edge.ts';
import { endDialog, hopOf, noteTarget, removeDialog } from './ending.ts';
import { cseqOf } from './new-request.ts';
import { failures, launch, register } from './outbound.ts';
import { addField, bodyOf } from './responses.ts';

interface InDialog {
  readonly command: SipCommand;
  readonly message: AppRequest;
  readonly dialog: EdgeDialog;
}

const FROM_DIALOG: ReadonlySet<string> = new Set([
  ...['from', 'to', 'call-id', 'cseq', 'contact', 'max-forwards', 'content-type'],
]);

/** Sends a request in a dialog; throws as `stack.clientTransaction`. */
export function requestInDialog(edge: Edge, app: App, { command, message, dialog }: InDialog): void {
  const { msgId } = command;
  const hop = hopOf(edge, dialog);
  if (!hop) return refuse(app, msgId, refusals.sendFailed);
  const own = edge.stack.listeningPointFor(hop)?.advertised;
  if (!own) return refuse(app, msgId, refusals.noTransport);
  const options = requestOptions(message, own);
  if (options === 'untyped') return refuse(app, msgId, refusals.noContentTypeInDialog);
  if (message.method === 'ACK') return acknowledge(edge, app, { msgId, dialog, hop, options });
  const request = dialog.dialog.createRequest(message.method, options);
  if (!/^sip:placeholder\b/.test(message.uri)) request.uri = message.uri;
  if (message.method === 'INVITE') return reinvite(edge, app, { msgId, dialog, hop, request });
  if (message.method === 'BYE') abandonReinvite(dialog);
  sendInDialog(edge, app, { msgId, dialog, hop, request });
  if (message.method === 'BYE' && dialog.usage === 'invite')
    stopped(edge, 'application', 'normal-release', request);
}

interface Options {
  readonly headers: Record<string, string | readonly string[]>;
  readonly body?: { type: string; content: string | Uint8Array };
  readonly contact?: string;
  readonly cseq?: number;
}

function requestOptions(message: AppRequest, own: { host: string; port: number }): Options | 'untyped' {
  const body = bodyOf(message);
  if (body === 'untyped') return 'untyped';
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of wireHeaders(message.headers, FROM_DIALOG)) {
    addField(headers, name, substituteLocalhost(name, value, own));
  }
  const contact = headerOf(message, 'contact');
  const cseq = cseqOf(message);
  return {
    headers,
    ...(body === undefined ? {} : { body }),
    ...(contact === undefined ? {} : { contact: substituteLocalhost('contact', contact, own) }),
    ...(cseq === undefined ? {} : { cseq }),
  };
}

interface Acknowledging {
  readonly msgId: string;
  readonly dialog: EdgeDialog;
  readonly hop: Target;
  readonly options: Options;
}

// The URI the application names is ignored: an ACK goes where the dialog says, with the CSeq number of its INVITE.
function acknowledge(edge: Edge, app: App, { msgId, dialog, hop, options }: Acknowledging): void {
  const [first] = dialog.unacknowledged;
  if (!first) return refuse(app, msgId, refusals.ackIsAutomatic);
  const [cseq, uac] = first;
  dialog.unacknowledged.delete(cseq);
  const { headers, body } = options;
  const ack = uac.ack(dialog.dialog, { target: hop, headers, ...(body === undefined ? {} : { body }) });
  app.send(requestSentFrame(msgId, localPeer(edge.stack, hop), newTransactionId(), ack.bytes));
  ack.send();
  if (dialog.endAfterAck !== undefined) endDialog(edge, dialog, dialog.endAfterAck);
}

interface SendingInDialog {
  readonly msgId: string;
  readonly dialog: EdgeDialog;
  readonly hop: Target;
  readonly request: SipRequest;
}

function sendInDialog(edge: Edge, app: App, { msgId, dialog, hop, request }: SendingInDialog): void {
  const { method } = request;
  const transaction = edge.stack.clientTransaction(request, hop);
  const outbound = register(edge, { app, method, dialogId: dialog.id, transaction, uac: undefined });
  outbound.dialog = dialog;
  const ends = method === 'BYE' || endsSubscription(dialog, request);
  transaction.events = {
    response: (response, arrival) => {
      const { status } = response;
      if (status === 100) return;
      dialog.dialog.receiveResponse(request, response);
      if (status >= 200) edge.outbound.delete(outbound.id);
      // A challenged BYE is tried again in the same dialog.
      if (status >= 200 && ends && status !== 401 && status !== 407) removeDialog(edge, dialog);
      deliver(app, response, arrival, { transactionId: outbound.id, dialogId: dialog.id });
    },
    ...failures(edge, outbound, () => {
      if (ends) removeDialog(edge, dialog);
    }),
  };
  launch(edge, outbound, msgId, hop);
}

function endsSubscription(dialog: EdgeDialog, { method, headers }: SipRequest): boolean {
  if (dialog.usage !== 'subscribe' || method !== 'NOTIFY') return false;
  return /^\s*terminated\b/i.test(headers.get('Subscription-State') ?? '');
}

function reinvite(edge: Edge, app: App, { msgId, dialog, hop, request }: SendingInDialog): void {
  const uac = edge.stack.uacInvite(request, hop, { dialog: dialog.dialog });
  const outbound = register(edge, {
    app,
    method: 'INVITE',
    dialogId: dialog.id,
    transaction: uac.transaction,
    uac,
  });
  outbound.dialog = dialog;
  dialog.reinvite = uac;
  uac.events = reinviteEvents(edge, outbound, dialog, uac);
  launch(edge, outbound, msgId, hop);
}

function reinviteEvents(
  edge: Edge,
  outbound: OutboundRequest,
  dialog: EdgeDialog,
  uac: UacInvite,
): UacInvite['events'] {
  const ids = { transactionId: outbound.id, dialogId: dialog.id };
  const finish = (): void => {
    edge.outbound.delete(outbound.id);
    if (dialog.reinvite === uac) dialog.reinvite = undefined;
  };
  return {
    progress: (response, { arrival }) => deliver(outbound.app, response, arrival, ids),
    answered: (response, _fork, arrival) => {
      finish();
      noteTarget(edge, dialog, response, arrival);
      dialog.unacknowledged.set(response.headers.cseq.number, uac);
      deliver(outbound.app, response, arrival, ids);
    },
    rejected: (response, arrival) => {
      finish();
      deliver(outbound.app, response, arrival, ids);
    },
    ...failures(edge, outbound, finish),
  };
}

// A BYE while our re-INVITE is pending takes the re-INVITE back first.
function abandonReinvite(dialog: EdgeDialog): void {
  dialog.reinvite?.createCancel()?.send();
}
