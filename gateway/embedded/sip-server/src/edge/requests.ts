// An application's request: outside a dialog, inside one, or a CANCEL.
import { parseUri, type Target, TransportFailure } from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { refuse } from '../control/app-connection.ts';
import { type AppRequest, headerOf } from '../control/app-message.ts';
import { KNOWN_METHODS, wireHeaders } from '../control/assembly.ts';
import type { SipCommand } from '../control/command.ts';
import { refusals, requestSentFrame } from '../control/frames.ts';
import { localPeer, newTransactionId } from './delivery.ts';
import type { Edge } from './edge.ts';
import { requestInDialog } from './dialog-requests.ts';
import { buildRequest } from './new-request.ts';
import { sendInvite, sendOther } from './outbound.ts';
import { addField, bodyOf } from './responses.ts';

/** Methods for which the connection a client registered over is used. */
const CALLED_BACK: ReadonlySet<string> = new Set(['INVITE', 'OPTIONS', 'NOTIFY', 'MESSAGE']);

/** Sends a request for an application and tells it what left, or why nothing did. */
export function request(edge: Edge, app: App, command: SipCommand, message: AppRequest): void {
  const { msgId, transactionId, dialogId } = command;
  if (!KNOWN_METHODS.has(message.method)) return refuse(app, msgId, refusals.invalidUri(message.startLine));
  if (message.method === 'CANCEL') return cancel(edge, app, command, message);
  const dialog = dialogId === '' ? dialogOfCallId(edge, message) : edge.dialogs.get(dialogId);
  try {
    if (dialog) return requestInDialog(edge, app, { command, message, dialog });
    if (message.method === 'ACK') return refuse(app, msgId, refusals.ackIsAutomatic);
    if (dialogId !== '') return refuse(app, msgId, refusals.noDialog);
    if (transactionId !== '' && !edge.outbound.has(transactionId))
      return refuse(app, msgId, refusals.responseUnknown);
    requestOutsideDialog(edge, app, command, message);
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    refuse(app, msgId, error.reason === 'noTransport' ? refusals.noTransport : refusals.sendFailed);
  }
}

function dialogOfCallId(edge: Edge, message: AppRequest): ReturnType<Edge['dialogs']['get']> {
  const callId = headerOf(message, 'call-id');
  return callId === undefined ? undefined : edge.dialogs.withCallId(callId);
}

function requestOutsideDialog(
  edge: Edge,
  app: App,
  { msgId, routeUri }: SipCommand,
  message: AppRequest,
): void {
  const uri = parseUri(message.uri);
  if (!uri || uri.kind === 'opaque') return refuse(app, msgId, refusals.invalidUri(message.startLine));
  if (uri.kind === 'sip' && edge.stack.isOwnAddress(uri.host, uri.port))
    return refuse(app, msgId, refusals.toMyself);
  const body = bodyOf(message);
  if (body === 'untyped') return refuse(app, msgId, refusals.noContentType);
  const target = targetOf(edge, message, routeUri);
  if (!target) return refuse(app, msgId, refusals.invalidUri(message.startLine));
  const point = edge.stack.listeningPointFor(target);
  if (!point) return refuse(app, msgId, refusals.noTransport);
  const built = buildRequest(edge.stack, message, { target, own: point.advertised, body });
  if (!built) return refuse(app, msgId, refusals.invalidUri(message.startLine));
  if (message.method === 'INVITE') sendInvite(edge, app, { msgId, request: built, target });
  else sendOther(edge, app, { msgId, request: built, target });
}

/** Next hop: what the application named, the connection the client registered over, the outbound proxy, the URI. */
function targetOf(edge: Edge, { method, uri }: AppRequest, routeUri: string): Target | undefined {
  const { stack, settings } = edge;
  if (routeUri !== '') return stack.targetOf(asUri(routeUri));
  const known = CALLED_BACK.has(method) ? edge.connections.find(uri) : undefined;
  if (known) return known;
  return stack.targetOf(settings.outboundProxy ?? uri);
}

/** drachtio-srf's `proxy` option may be a bare `address[:port]`. */
function asUri(text: string): string {
  return /^<?(sips?|tel):/i.test(text) ? text.replace(/^<|>.*$/g, '') : `sip:${text}`;
}

function cancel(edge: Edge, app: App, { msgId, transactionId }: SipCommand, message: AppRequest): void {
  const outbound = edge.outbound.get(transactionId);
  const headers: Record<string, string | readonly string[]> = {};
  const own = new Set(['from', 'to', 'call-id', 'cseq', 'max-forwards', 'contact', 'content-type']);
  for (const [name, value] of wireHeaders(message.headers, own)) addField(headers, name, value);
  const client = outbound?.uac?.createCancel({ headers });
  if (!outbound || !client) return refuse(app, msgId, refusals.cancelUnknown(transactionId));
  outbound.cancelled = true;
  const local = localPeer(edge.stack, client.destination);
  app.send(requestSentFrame(msgId, local, newTransactionId(), client.bytes));
  client.send();
}
