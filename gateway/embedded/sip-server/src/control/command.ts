// What an application may ask: the payload of an application's frame, read into one of these.
import { type AppMessage, parseAppMessage } from './app-message.ts';

export interface SipCommand {
  readonly type: 'sip';
  readonly msgId: string;
  readonly transactionId: string;
  readonly dialogId: string;
  /** Next hop named by the application, if any. */
  readonly routeUri: string;
  readonly message: AppMessage;
}

export interface ProxyCommand {
  readonly type: 'proxy';
  readonly msgId: string;
  readonly transactionId: string;
  readonly remainInDialog: boolean;
  readonly fullResponse: boolean;
  readonly followRedirects: boolean;
  readonly simultaneous: boolean;
  /** Milliseconds to wait for a first response of a target; undefined: do not move on. */
  readonly provisionalTimeoutMs: number | undefined;
  readonly finalTimeoutMs: number | undefined;
  readonly destinations: readonly string[];
  readonly message: AppMessage;
}

export type Command =
  | {
      readonly type: 'authenticate';
      readonly msgId: string;
      readonly secret: string;
      readonly tags: readonly string[];
    }
  | { readonly type: 'route' | 'remove_route'; readonly msgId: string; readonly verb: string }
  | { readonly type: 'ping'; readonly msgId: string }
  | SipCommand
  | ProxyCommand
  | { readonly type: 'malformed'; readonly msgId: string; readonly reason: string };

/** Reads one frame payload. Never throws: what cannot be read is a `malformed` command with the refusal's text. */
export function parseCommand(payload: Buffer): Command {
  const end = payload.indexOf('\r\n');
  const line = payload.toString('utf8', 0, end === -1 ? payload.length : end);
  const sip = end === -1 ? Buffer.alloc(0) : payload.subarray(end + 2);
  const fields = line.split('|');
  const [msgId = '', type = ''] = fields;
  switch (type) {
    case 'authenticate':
      return { type, msgId, secret: fields[2] ?? '', tags: (fields[3] ?? '').split(',').filter(Boolean) };
    case 'route':
    case 'remove_route':
      return { type, msgId, verb: fields[2] ?? '' };
    case 'ping':
      return { type, msgId };
    case 'sip':
      return parseSip(msgId, fields, sip);
    case 'proxy':
      return parseProxy(msgId, fields, sip);
    default:
      return { type: 'malformed', msgId, reason: 'Unknown message type' };
  }
}

function parseSip(msgId: string, fields: readonly string[], sip: Buffer): Command {
  const message = parseAppMessage(sip);
  const [, , transactionId = '', dialogId = '', routeUri = ''] = fields;
  if (message.kind === 'response' && transactionId === '') {
    return { type: 'malformed', msgId, reason: 'transaction id missing' };
  }
  return { type: 'sip', msgId, transactionId, dialogId, routeUri, message };
}

const FIRST_DESTINATION = 9;

function parseProxy(msgId: string, fields: readonly string[], sip: Buffer): Command {
  const destinations = fields.slice(FIRST_DESTINATION).filter(Boolean);
  if (destinations.length === 0) {
    return { type: 'malformed', msgId, reason: 'Invalid proxy request: not enough information provided' };
  }
  return {
    type: 'proxy',
    msgId,
    transactionId: fields[2] ?? '',
    remainInDialog: fields[3] === 'remainInDialog',
    fullResponse: fields[4] === 'fullResponse',
    followRedirects: fields[5] === 'followRedirects',
    simultaneous: fields[6] === 'simultaneous',
    provisionalTimeoutMs: parseDuration(fields[7] ?? ''),
    finalTimeoutMs: parseDuration(fields[8] ?? ''),
    destinations,
    message: parseAppMessage(sip),
  };
}

/** Reads `2s` or `500ms` into milliseconds; anything else, the empty text among it, means no limit. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,7})(ms|s)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}
