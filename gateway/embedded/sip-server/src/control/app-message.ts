// The SIP text an application puts into a frame. It is not a complete SIP message: headers the server fills in are
// missing, Content-Length counts UTF-16 units (and is ignored), several values of a header are joined by commas.

/** A header as written: name and value. */
export type HeaderLine = readonly [name: string, value: string];

interface AppMessageParts {
  readonly startLine: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
}

export interface AppRequest extends AppMessageParts {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
}

export interface AppResponse extends AppMessageParts {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
}

/** The start line is neither a request line nor a status line. */
export interface UnreadableMessage extends AppMessageParts {
  readonly kind: 'unreadable';
}

export type AppMessage = AppRequest | AppResponse | UnreadableMessage;

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const REQUEST_LINE = /^([A-Za-z0-9\-.!%*_+`'~]+) (\S+) SIP\/2\.0$/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/;
// Control characters other than tab; a value carrying one could end the header early on the wire.

const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

/** Reads the SIP part of an application's frame; header names that are no RFC 3261 token are dropped. */
export function parseAppMessage(bytes: Buffer): AppMessage {
  const { head, body } = splitBody(bytes);
  const lines = head.split('\r\n');
  const startLine = lines[0] ?? '';
  const parts = { startLine, headers: readHeaders(lines.slice(1)), body };
  const request = REQUEST_LINE.exec(startLine);
  if (request) return { kind: 'request', method: request[1] ?? '', uri: request[2] ?? '', ...parts };
  const status = STATUS_LINE.exec(startLine);
  if (status) return { kind: 'response', status: Number(status[1]), reason: status[2] ?? '', ...parts };
  return { kind: 'unreadable', ...parts };
}

/** The value of the first header of that name (case-insensitive), or undefined. */
export function headerOf(message: AppMessage, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return message.headers.find(([each]) => each.toLowerCase() === wanted)?.[1];
}

// The body is everything after the first empty line; Content-Length is not looked at.
function splitBody(bytes: Buffer): { head: string; body: Buffer } {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return { head: bytes.toString('utf8').replace(/(\r\n)+$/, ''), body: Buffer.alloc(0) };
  return { head: bytes.toString('utf8', 0, end), body: bytes.subarray(end + 4) };
}

function readHeaders(lines: readonly string[]): HeaderLine[] {
  const headers: HeaderLine[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    if (!TOKEN.test(name)) continue;
    headers.push([
      name,
      line
        .slice(colon + 1)
        .replace(CONTROL, ' ')
        .trim(),
    ]);
  }
  return headers;
}
