// One WebSocket text frame of Verto, taken apart. Pure. A frame is a JSON-RPC 2.0 object, an array of them (a batch), or a line of the
// speed test, which starts with "#SP".

import type { RpcError } from './errors.ts';

export type RpcId = number | string;
export type Params = Readonly<Record<string, unknown>>;

export type Frame =
  | { readonly kind: 'result'; readonly id: RpcId; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: RpcId | null; readonly error: RpcError }
  /** Without an id it is a notification and gets no answer. */
  | {
      readonly kind: 'request';
      readonly id: RpcId | undefined;
      readonly method: string;
      readonly params: Params;
    }
  | { readonly kind: 'junk'; readonly why: string };

export type Received =
  | { readonly kind: 'speed'; readonly code: string; readonly rest: string }
  | { readonly kind: 'frames'; readonly batch: boolean; readonly frames: readonly Frame[] };

export function readText(text: string): Received {
  if (text.startsWith('#SP')) return { kind: 'speed', code: text.charAt(3), rest: text.slice(4).trim() };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { kind: 'frames', batch: false, frames: [{ kind: 'junk', why: `not JSON: ${String(error)}` }] };
  }
  if (Array.isArray(parsed)) return { kind: 'frames', batch: true, frames: parsed.map(readFrame) };
  return { kind: 'frames', batch: false, frames: [readFrame(parsed)] };
}

function readFrame(value: unknown): Frame {
  if (!isRecord(value)) return { kind: 'junk', why: 'not an object' };
  const { id, method, result, error } = value;
  const known = typeof id === 'number' || typeof id === 'string' ? id : undefined;
  if (typeof method === 'string')
    return { kind: 'request', id: known, method, params: isRecord(value.params) ? value.params : {} };
  if (error !== undefined) return { kind: 'error', id: known ?? null, error: readError(error) };
  if (result !== undefined && known !== undefined) return { kind: 'result', id: known, result };
  return { kind: 'junk', why: 'neither a request nor a response' };
}

/** Servers put all sorts of things there: mod_verto answers a failed subscription with the channel lists as its error. */
function readError(error: unknown): RpcError {
  if (!isRecord(error))
    return { code: 0, message: typeof error === 'string' ? error : 'refused', data: error };
  const { code, message, data, ...others } = error;
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : 'refused',
    data: data ?? (Object.keys(others).length > 0 ? others : undefined),
  };
}

export const requestText = (id: RpcId, method: string, params: Params): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params, id });

export const notificationText = (method: string, params: Params): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });

export const resultText = (id: RpcId, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result });

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const stringsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

export const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
