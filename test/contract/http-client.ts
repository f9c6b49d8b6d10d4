// A client of the API under test: answers as they are, with their JSON if they have any.

import { apiPrefix } from '../../app/contract/operations.ts';
import { errorSchema } from '../../app/contract/common.ts';

export interface Call {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Calls of any path below `url`. */
export function clientOf(url: string) {
  return async (method: string, path: string, { token, body, headers = {} }: Call = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const json = isJson ? (JSON.parse(text) as unknown) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
}

/** The same, below /api/v1. */
export const apiOf = (url: string) => (method: string, path: string, call?: Call) =>
  clientOf(url)(method, apiPrefix + path, call);

export const codeOf = ({ json }: { json: unknown }) => errorSchema.parse(json).error.code;
