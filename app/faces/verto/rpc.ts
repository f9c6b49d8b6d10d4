// JSON-RPC 2.0 as mod_verto speaks it: text in, requests or refusals out, and the other way round. Pure.
//
//   text ──▶ one request, or a batch ──▶ performed one after another ──▶ one answer, or an array of them
//
// https://www.jsonrpc.org/specification; codes and sentences as in mod_verto.c, so that its clients understand them.

import { parseJson } from '../../json.ts';

export type RpcId = string | number;

export interface RpcRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absent in a notification: performed, never answered. */
  readonly id: RpcId | undefined;
}

/** One message of a frame: something to perform, something wrong with it, or an answer to a request of ours. */
export type Message =
  | { readonly kind: 'request'; readonly request: RpcRequest }
  | { readonly kind: 'wrong'; readonly error: RpcError; readonly id: RpcId | null }
  | { readonly kind: 'answer' };

export interface Frame {
  readonly batch: boolean;
  readonly messages: readonly Message[];
}

export const rpcCodes = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  permissionDenied: -32602,
  authenticationRequired: -32000,
  authenticationFailed: -32001,
  callError: -32002,
  internal: -32003,
  tooMany: -32005,
} as const;

/** A refusal on its way to the client. `fields` stand beside code and message, as mod_verto's own do; `data` repeats them. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly fields: Readonly<Record<string, unknown>> | undefined;

  constructor(code: number, message: string, fields?: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

export const noSuchMethod = (): RpcError =>
  new RpcError(rpcCodes.methodNotFound, 'Invalid Method, Missing Method or Permission Denied');
export const permissionDenied = (fields?: Readonly<Record<string, unknown>>): RpcError =>
  new RpcError(rpcCodes.permissionDenied, 'Permission Denied', fields);
export const authenticationFailed = (message: string, fields?: Readonly<Record<string, unknown>>): RpcError =>
  new RpcError(rpcCodes.authenticationFailed, message, fields);
export const callError = (message: string, fields?: Readonly<Record<string, unknown>>): RpcError =>
  new RpcError(rpcCodes.callError, message, fields);

const longestMethod = 64;
const longestId = 128;
/** Requests in one array at most. */
export const longestBatch = 50;

/** @param text one text frame, already within the size limit */
export function readFrame(text: string): Frame {
  const value = parseJson(text);
  if (value === undefined) return single(wrong('Invalid Request'));
  if (!Array.isArray(value)) return single(readMessage(value));
  if (value.length === 0 || value.length > longestBatch) return single(wrong('Invalid Request'));
  return { batch: true, messages: value.map(readMessage) };
}

function readMessage(value: unknown): Message {
  if (!isObject(value)) return wrong('Invalid message');
  const id = idOf(value['id']);
  if (value['jsonrpc'] !== '2.0') return wrong('Invalid message', id);
  const { method, params = {} } = value;
  if (method === undefined && ('result' in value || 'error' in value)) return { kind: 'answer' };
  if (typeof method !== 'string' || method.length > longestMethod)
    return { kind: 'wrong', error: noSuchMethod(), id };
  if (!isObject(params))
    return {
      kind: 'wrong',
      error: new RpcError(rpcCodes.permissionDenied, 'params must be an object'),
      id,
    };
  if (value['id'] !== undefined && id === null) return wrong('Invalid message');
  return { kind: 'request', request: { method, params, id: id ?? undefined } };
}

const single = (message: Message): Frame => ({ batch: false, messages: [message] });

const wrong = (message: string, id: RpcId | null = null): Message => ({
  kind: 'wrong',
  error: new RpcError(rpcCodes.invalidRequest, message),
  id,
});

const idOf = (id: unknown): RpcId | null =>
  (typeof id === 'string' && id.length <= longestId) || (typeof id === 'number' && Number.isFinite(id))
    ? id
    : null;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const resultAnswer = (id: RpcId, result: object): object => ({ jsonrpc: '2.0', id, result });

export const errorAnswer = (id: RpcId | null, error: RpcError): object => ({
  jsonrpc: '2.0',
  id,
  error: {
    ...error.fields,
    code: error.code,
    message: error.message,
    ...(error.fields && { data: error.fields }),
  },
});

/** A request of ours; clients need not answer it. */
export const serverRequest = (id: number, method: string, params: object): object => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
