// A request's JSON, read within limits.

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { Refused } from '../realtime/commands.ts';

const largestBody = 64 * 1024;

/**
 * The parsed body; undefined when there is none.
 * @throws Refused unsupported_media_type, payload_too_large, bad_request
 */
export async function jsonBody(context: Context): Promise<unknown> {
  if (!hasBody(context)) return undefined;
  if (!context.is('application/json')) throw new Refused('unsupported_media_type', 'Send application/json');
  const text = await read(context.req);
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refused('bad_request', 'The body is not JSON');
  }
}

/** RFC 9112 section 6: a request has a body when it says how long it is or that it is chunked. */
const hasBody = ({ req }: Context): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

/** Stops at the limit without reading on: the connection is closed after the answer. */
async function read(request: IncomingMessage): Promise<string> {
  const tooLarge = new Refused('payload_too_large', `At most ${largestBody} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > largestBody) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw tooLarge;
    chunks.push(chunk);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(Buffer.concat(chunks));
  } catch {
    throw new Refused('bad_request', 'The body is not UTF-8');
  }
}
