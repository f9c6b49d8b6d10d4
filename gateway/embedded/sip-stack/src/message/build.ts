// Message → bytes, and messages from nothing: requests (RFC 3261 8.1.1), responses to a request (8.2.6), copies.
import { SipHeaders } from './headers.ts';
import { octetsOf } from './octets.ts';
import { reasonPhrase } from './reasons.ts';
import type { Body, HeaderFields, SipMessage, SipRequest, SipResponse } from './types.ts';

const EMPTY = new Uint8Array(0);

/** The message as it goes on the wire. Received lines that were not changed come out octet by octet as they came in. */
export function serialise(message: SipMessage): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${octetsOf(message.reason)}\r\n`;
  for (const line of message.headers.lines) head += `${line.octets}\r\n`;
  head += '\r\n';
  const { body } = message;
  if (body.length === 0) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}

/** Makes Content-Length say what the body is; a right one is left as it stands. */
export function ensureContentLength(message: SipMessage): void {
  if (message.headers.contentLength !== message.body.length)
    message.headers.set('Content-Length', message.body.length);
}

/** Parts of a request; header values are complete (`<sip:a@b>;tag=x`). */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** Default 70 (8.1.1.6). */
  readonly maxForwards?: number;
  readonly headers?: HeaderFields;
  readonly body?: Body;
}

/**
 * A request without Via (the transaction adds it).
 * @throws InvalidHeader when a value cannot stand on one line
 */
export function createRequest(parts: RequestParts): SipRequest {
  const headers = new SipHeaders();
  headers.append('Max-Forwards', parts.maxForwards ?? 70);
  headers.append('From', parts.from);
  headers.append('To', parts.to);
  headers.append('Call-ID', parts.callId);
  headers.append('CSeq', `${parts.cseq} ${parts.method}`);
  addFields(headers, parts.headers);
  const request: SipRequest = { kind: 'request', method: parts.method, uri: parts.uri, headers, body: EMPTY };
  setBody(request, parts.body);
  return request;
}

export interface ResponseParts {
  readonly reason?: string;
  /** Tag for To where the request has none. Required for anything but 100 when the request has none (8.2.6.2). */
  readonly toTag?: string;
  readonly headers?: HeaderFields;
  readonly body?: Body;
  /** Copy Record-Route; default: 101–299 to a request that makes a dialog. */
  readonly recordRoute?: boolean;
}

const DIALOG_MAKERS: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER']);

/**
 * The response to a request: Via, From, To, Call-ID, CSeq as in the request, octet by octet.
 * @throws InvalidHeader when a value cannot stand on one line
 */
export function createResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const headers = new SipHeaders();
  headers.copyFrom(request.headers, 'via');
  const makesDialog = status > 100 && status < 300 && DIALOG_MAKERS.has(request.method);
  if (parts.recordRoute ?? makesDialog) headers.copyFrom(request.headers, 'record-route');
  headers.copyFrom(request.headers, 'from');
  copyTo(request, headers, status === 100 ? undefined : parts.toTag);
  headers.copyFrom(request.headers, 'call-id');
  headers.copyFrom(request.headers, 'cseq');
  if (status === 100) headers.copyFrom(request.headers, 'timestamp');
  addFields(headers, parts.headers);
  const reason = parts.reason ?? reasonPhrase(status);
  const response: SipResponse = { kind: 'response', status, reason, headers, body: EMPTY };
  setBody(response, parts.body);
  return response;
}

/** To may be broken in a request that is being refused; then it is echoed as it is, and no tag is added. */
function copyTo(request: SipRequest, headers: SipHeaders, tag: string | undefined): void {
  if (tag !== undefined && toLacksTag(request))
    headers.append('To', `${request.headers.get('to')};tag=${tag}`);
  else headers.copyFrom(request.headers, 'to');
}

function toLacksTag(request: SipRequest): boolean {
  const to = request.headers.optional('to');
  return to !== undefined && to.tag === undefined;
}

function addFields(headers: SipHeaders, fields: HeaderFields | undefined): void {
  if (!fields) return;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (typeof value === 'object') for (const one of value) headers.append(name, one);
    else headers.append(name, value);
  }
}

/** Gives a message a body (or none), with Content-Type and Content-Length. */
export function setBody(message: SipMessage, body: Body | undefined): void {
  if (body) {
    message.headers.set('Content-Type', body.type);
    message.body = typeof body.content === 'string' ? Buffer.from(body.content, 'utf8') : body.content;
  } else {
    message.headers.remove('Content-Type');
    message.body = EMPTY;
  }
  message.headers.set('Content-Length', message.body.length);
}

/** The body as text (UTF-8). */
export function bodyText(message: SipMessage): string {
  return Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength).toString('utf8');
}

/** A copy whose URI, headers and body can be changed freely; header lines and body octets are shared until then. */
export function cloneRequest(request: SipRequest): SipRequest {
  return { ...request, headers: request.headers.clone() };
}

/** See cloneRequest. */
export function cloneResponse(response: SipResponse): SipResponse {
  return { ...response, headers: response.headers.clone() };
}
