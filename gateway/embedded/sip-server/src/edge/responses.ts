// An application's response to a request of the network.
import {
  type Body,
  dialogAsUas,
  type Outgoing,
  type SipResponse,
  type UasInvite,
} from '@cordboard/sip-stack';
import type { App } from '../control/app-connection.ts';
import { refuse } from '../control/app-connection.ts';
import { type AppResponse, headerOf } from '../control/app-message.ts';
import { guessContentType, type HostPort, substituteLocalhost, wireHeaders } from '../control/assembly.ts';
import type { SipCommand } from '../control/command.ts';
import { refusals, responseSentFrame } from '../control/frames.ts';
import { decided } from './call-events.ts';
import { peerOf } from './delivery.ts';
import { newEdgeDialog, peerTarget } from './dialog-table.ts';
import type { Edge, InboundRequest } from './edge.ts';
import { answeringInvite, inboundDialogId, noteDialog } from './inbound-invite.ts';
import { forget } from './inbound-table.ts';

/** Written by the stack from the request, whatever the application says. */
const FROM_REQUEST: ReadonlySet<string> = new Set([
  ...['from', 'to', 'call-id', 'cseq', 'contact', 'content-type', 'timestamp'],
]);

/** Sends what an application answered and tells it what left. */
export function respond(edge: Edge, app: App, command: SipCommand, message: AppResponse): void {
  const { msgId } = command;
  const inbound = answeredBy(edge, command, message);
  if (!inbound) {
    const toCancel = /\bCANCEL\s*$/i.test(headerOf(message, 'cseq') ?? '');
    return refuse(app, msgId, toCancel ? refusals.cancelIsAnswered : refusals.responseUnknown);
  }
  const body = bodyOf(message);
  if (body === 'untyped') return refuse(app, msgId, refusals.noContentType);
  const reliable = wantsReliable(message);
  const uas = inbound.transaction.request.method === 'INVITE' ? answeringInvite(edge, inbound) : undefined;
  if (reliable && !uas?.peerSupports100rel) return refuse(app, msgId, refusals.no100rel);
  const response = buildResponse(edge, inbound, message, { body, reliable });
  const out: Outgoing<SipResponse> | undefined = uas
    ? uas.prepare(response)
    : inbound.transaction.prepare(response);
  if (!out) {
    forget(edge, inbound);
    return refuse(app, msgId, refusals.responseUnknown);
  }
  send(edge, app, msgId, { inbound, out, transactionId: command.transactionId });
}

// An early UPDATE is answered under the INVITE's id; its CSeq tells the two apart.
function answeredBy(
  edge: Edge,
  { transactionId }: SipCommand,
  message: AppResponse,
): InboundRequest | undefined {
  const inbound = edge.inbound.get(transactionId);
  if (inbound?.earlyUpdate && /\bUPDATE\s*$/i.test(headerOf(message, 'cseq') ?? ''))
    return inbound.earlyUpdate;
  return inbound;
}

interface Sending {
  readonly inbound: InboundRequest;
  readonly out: Outgoing<SipResponse>;
  readonly transactionId: string;
}

function send(edge: Edge, app: App, msgId: string, { inbound, out, transactionId }: Sending): void {
  const { status } = out.message;
  if (inbound.deadline !== undefined) edge.stack.clock.clearTimer(inbound.deadline);
  inbound.deadline = undefined;
  if (status >= 200) forget(edge, inbound);
  noteDialog(edge, inbound);
  if (status >= 200 && status < 300) noteSuccess(edge, inbound, out.message);
  // The reply leaves before the message does: what the message causes must not overtake it.
  const ids = { transactionId, dialogId: dialogIdShown(inbound) };
  app.send(responseSentFrame(msgId, peerOf(out.destination), ids, out.bytes));
  out.send();
  noteDialog(edge, inbound);
  const { method, headers } = inbound.transaction.request;
  if (method === 'INVITE' && headers.to.tag === undefined) decided(edge, 'application', 'uas', out.message);
  if (status >= 200 && inbound.uas) settleDialog(edge, inbound, inbound.uas, status);
}

function dialogIdShown(inbound: InboundRequest): string {
  const { method } = inbound.transaction.request;
  return method === 'INVITE' || method === 'SUBSCRIBE'
    ? inboundDialogId(inbound)
    : (inbound.dialog?.id ?? '');
}

function noteSuccess(edge: Edge, inbound: InboundRequest, response: SipResponse): void {
  const { method } = inbound.transaction.request;
  if (method === 'SUBSCRIBE') noteSubscription(edge, inbound, response);
  if (method === 'SUBSCRIBE' || method === 'REGISTER') rememberConnection(edge, inbound, response);
}

// A 2xx to the INVITE that made a dialog confirms it, any other final ends it; a re-INVITE changes neither.
function settleDialog(edge: Edge, { dialog }: InboundRequest, uas: UasInvite, status: number): void {
  if (!dialog) return;
  if (status < 300) {
    if (!dialog.confirmed) edge.dialogs.confirm(dialog);
    return;
  }
  dialog.answering.delete(uas);
  if (!dialog.confirmed) edge.dialogs.remove(dialog);
}

function buildResponse(
  edge: Edge,
  inbound: InboundRequest,
  message: AppResponse,
  { body, reliable }: { body: Body | undefined; reliable: boolean },
): SipResponse {
  const { transaction, uas } = inbound;
  const { status } = message;
  const own = ownAddress(edge, inbound);
  const contact = headerOf(message, 'contact');
  const toTag = /;\s*tag=([^;\s>]+)\s*(?:;|$)/i.exec(headerOf(message, 'to') ?? '')?.[1];
  const shared = {
    ...(message.reason === '' ? {} : { reason: message.reason }),
    ...(toTag === undefined ? {} : { toTag }),
    ...(body === undefined ? {} : { body }),
  };
  const headers = responseHeaders(message, own, reliable);
  if (uas) {
    const given = contact === undefined ? {} : { contact: substituteLocalhost('contact', contact, own) };
    if (contact !== undefined && (status < 101 || status >= 300)) headers['Contact'] = contact;
    return uas.createResponse(status, { ...shared, ...given, headers, reliable });
  }
  if (contact !== undefined) headers['Contact'] = substituteLocalhost('contact', contact, own);
  else if (transaction.request.method === 'SUBSCRIBE' && status >= 200 && status < 300) {
    headers['Contact'] = edge.stack.contactFor(transaction.arrival.source);
  }
  return transaction.createResponse(status, { ...shared, headers });
}

type MutableFields = Record<string, string | readonly string[]>;

function responseHeaders(message: AppResponse, own: HostPort, reliable: boolean): MutableFields {
  const fields: MutableFields = {};
  for (const [name, value] of wireHeaders(message.headers, FROM_REQUEST)) {
    // The stack writes Require: 100rel itself; other option tags stay.
    const kept =
      reliable && name === 'Require' ? without100rel(value) : substituteLocalhost(name, value, own);
    if (kept !== '') addField(fields, name, kept);
  }
  return fields;
}

/** Adds a header line to fields, keeping earlier ones of the same name. */
export function addField(
  fields: Record<string, string | readonly string[]>,
  name: string,
  value: string,
): void {
  const before = fields[name];
  fields[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
}

function ownAddress(edge: Edge, { transaction }: InboundRequest): HostPort {
  return edge.stack.listeningPointFor(transaction.arrival.source)?.advertised ?? transaction.arrival.local;
}

function wantsReliable(message: AppResponse): boolean {
  const require = headerOf(message, 'require') ?? '';
  return message.status > 100 && message.status < 200 && without100rel(require) !== require;
}

function without100rel(value: string): string {
  const tags = value.split(',').map((tag) => tag.trim());
  const kept = tags.filter((tag) => tag.toLowerCase() !== '100rel');
  return kept.length === tags.length ? value : kept.join(', ');
}

/** The body with its type, undefined for none, `untyped` when nobody can say what it is. */
export function bodyOf(
  message: Pick<AppResponse, 'headers' | 'body' | 'startLine'>,
): Body | undefined | 'untyped' {
  if (message.body.length === 0) return undefined;
  const given = message.headers.find(([name]) => /^(content-type|c)$/i.test(name))?.[1];
  const type = given ?? guessContentType(message.body);
  return type === undefined ? 'untyped' : { type, content: message.body };
}

function noteSubscription(edge: Edge, inbound: InboundRequest, response: SipResponse): void {
  if (inbound.dialog) return;
  const { request, arrival } = inbound.transaction;
  const dialog = newEdgeDialog({
    id: inboundDialogId(inbound),
    app: inbound.app,
    usage: 'subscribe',
    firstTransactionId: inbound.id,
    dialog: dialogAsUas(request, response),
  });
  if (edge.settings.natDetection) dialog.natTarget = peerTarget(request, arrival);
  inbound.dialog = dialog;
  edge.dialogs.add(dialog);
  edge.dialogs.confirm(dialog);
}

// A client that registers over a connection is called back over it.
function rememberConnection(edge: Edge, { transaction }: InboundRequest, response: SipResponse): void {
  const { request, arrival } = transaction;
  if (arrival.source.protocol === 'udp') return;
  for (const contact of request.headers.contacts) {
    const granted = response.headers.contacts.find((each) => each.uri === contact.uri);
    const seconds =
      numberOf(granted?.params.get('expires')) ??
      response.headers.expires ??
      numberOf(contact.params.get('expires')) ??
      request.headers.expires ??
      3600;
    edge.connections.remember(contact.uri, arrival.flow, arrival.source, seconds);
  }
}

function numberOf(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
