// Bytes → message (RFC 3261 section 7). One pass over the header section, line by line; nothing is interpreted beyond
// what decides whether the message may be used at all (validate.ts). Never throws, linear in the input.
//
//   datagram ─► skip CRLFs ─► start line ─► header lines ─► body by Content-Length ─► validate ─► ok | refuse | drop
import { SipHeaders, type HeaderLine } from './headers.ts';
import { headerKey, knownKey } from './names.ts';
import { isBlank, isToken } from './octets.ts';
import type { ParseResult, SipMessage, SipRequest } from './types.ts';
import { findFault, hasUsableSentBy } from './validate.ts';

export interface ParseLimits {
  /** Octets of one header line, folded parts included. */
  readonly headerLine: number;
  /** Octets of one message. */
  readonly message: number;
  /** Header lines of one message. */
  readonly headerCount: number;
}

export const DEFAULT_PARSE_LIMITS: ParseLimits = { headerLine: 8192, message: 65_536, headerCount: 512 };

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const EMPTY = new Uint8Array(0);

/**
 * Parses one datagram, or one message framed out of a stream.
 * @param bytes the message; octets behind the body (Content-Length) are ignored, as 18.3 asks of datagrams
 */
export function parseMessage(bytes: Uint8Array, limits: ParseLimits = DEFAULT_PARSE_LIMITS): ParseResult {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = skipLineBreaks(buffer);
  if (start === buffer.length) return { outcome: 'drop', why: 'keep-alive' };
  const separator = buffer.indexOf('\r\n\r\n', start, 'latin1');
  const headEnd = separator < 0 ? buffer.length : separator;
  const head = buffer.toString('latin1', start, Math.min(headEnd, start + limits.message));
  const firstBreak = head.indexOf('\r\n');
  const startLine = firstBreak < 0 ? head : head.slice(0, firstBreak);
  const shell = parseStartLine(startLine);
  if (!shell) return { outcome: 'drop', why: 'unintelligible start line' };
  const section = firstBreak < 0 ? '' : head.slice(firstBreak + 2);
  const lines: HeaderLine[] = [];
  let fault = splitLines(section, lines, limits) ?? shell.fault;
  if (separator < 0) fault ??= 'Header Section Not Terminated';
  const message = shell.make(new SipHeaders(lines));
  if (buffer.length - start > limits.message) return refusal(message, 513, 'Message Too Large');
  if (shell.version !== '2.0') return refusal(message, 505, 'Version Not Supported');
  return withBody(message, separator < 0 ? EMPTY : buffer.subarray(separator + 4), fault);
}

function withBody(message: SipMessage, rest: Uint8Array, fault: string | undefined): ParseResult {
  const reason = fault ?? findFault(message, rest.length)?.reason;
  if (reason !== undefined) return refusal(message, 400, reason);
  message.body = rest.subarray(0, message.headers.contentLength ?? rest.length);
  return { outcome: 'ok', message };
}

/** 18.3.1, 8.2.2: what can be answered is answered; ACK, responses and what has no way back are not. */
function refusal(message: SipMessage, status: 400 | 505 | 513, reason: string): ParseResult {
  if (message.kind === 'response') return { outcome: 'drop', why: `bad response: ${reason}` };
  if (message.method === 'ACK') return { outcome: 'drop', why: `bad ACK: ${reason}` };
  if (!answerable(message)) return { outcome: 'drop', why: `no usable Via; ${reason}` };
  return { outcome: 'refuse', status, reason, request: message };
}

function answerable(request: SipRequest): boolean {
  const top = request.headers.list('via')[0];
  return top !== undefined && hasUsableSentBy(top);
}

function skipLineBreaks(buffer: Buffer): number {
  let at = 0;
  while (at < buffer.length && (buffer[at] === CR || buffer[at] === LF)) at++;
  return at;
}

interface Shell {
  readonly version: string;
  readonly fault: string | undefined;
  make(headers: SipHeaders): SipMessage;
}

const VERSION = /^SIP\/([0-9]{1,9}\.[0-9]{1,9})$/i;

/** `undefined`: not SIP at all. A request line with a wrong middle is still a request, to be answered 400. */
function parseStartLine(line: string): Shell | undefined {
  const space = line.indexOf(' ');
  if (space <= 0) return undefined;
  const version = VERSION.exec(line.slice(0, space));
  if (version) return parseStatusLine(line, space + 1, version[1] ?? '');
  if (!isToken(line, 0, space)) return undefined;
  return parseRequestLine(line, space);
}

function parseStatusLine(line: string, at: number, version: string): Shell | undefined {
  const code = line.slice(at, at + 3);
  if (!/^[1-6][0-9]{2}$/.test(code) || (line.length > at + 3 && line[at + 3] !== ' ')) return undefined;
  const status = Number(code);
  const octets = line.slice(at + 4);
  const reason = Buffer.from(octets, 'latin1').toString('utf8');
  const fault = hasStrayControl(octets) ? 'Control Character In Status Line' : undefined;
  return {
    version,
    fault,
    make: (headers) => ({ kind: 'response', status, reason, headers, body: EMPTY }),
  };
}

function parseRequestLine(line: string, space: number): Shell | undefined {
  const method = line.slice(0, space);
  let end = line.length;
  while (end > space && isBlank(line.charCodeAt(end - 1))) end--;
  const last = Math.max(line.lastIndexOf(' ', end - 1), line.lastIndexOf('\t', end - 1));
  const version = VERSION.exec(line.slice(last + 1, end));
  if (!version || last <= space) return undefined;
  const uri = line.slice(space + 1, last);
  // 7.1: single spaces, nothing behind the version (RFC 4475 3.1.2.8 and .9).
  const strict = end === line.length && !/[ \t]/.test(uri) && line[last] === ' ' && !hasStrayControl(line);
  return {
    version: version[1] ?? '',
    fault: strict ? undefined : 'Bad Request Line',
    make: (headers) => ({ kind: 'request', method, uri, headers, body: EMPTY }),
  };
}

function hasStrayControl(text: string): boolean {
  return text.includes('\r') || text.includes('\n') || text.includes('\0');
}

/** Cuts the header section into lines; folded lines (7.3.1) stay in one piece. Returns what is wrong, if anything. */
function splitLines(section: string, lines: HeaderLine[], limits: ParseLimits): string | undefined {
  let fault: string | undefined;
  let at = 0;
  while (at < section.length) {
    let end = nextBreak(section, at);
    while (end + 2 < section.length && isBlank(section.charCodeAt(end + 2)))
      end = nextBreak(section, end + 2);
    const problem = addLine(section.slice(at, end), lines, limits);
    fault ??= problem;
    if (lines.length >= limits.headerCount) return fault ?? 'Too Many Headers';
    at = end + 2;
  }
  return fault;
}

function nextBreak(section: string, from: number): number {
  const end = section.indexOf('\r\n', from);
  return end < 0 ? section.length : end;
}

/** A bad line is not kept, so that an answer cannot echo it; the good ones around it are. */
function addLine(octets: string, lines: HeaderLine[], limits: ParseLimits): string | undefined {
  if (octets.length > limits.headerLine) return 'Header Line Too Long';
  if (octets.includes('\0')) return 'NUL In Header';
  if (hasBareBreak(octets)) return 'Bare CR Or LF In Header';
  const colon = octets.indexOf(':');
  let end = colon;
  while (end > 0 && isBlank(octets.charCodeAt(end - 1))) end--;
  const name = octets.slice(0, Math.max(end, 0));
  const known = knownKey(name);
  if (known === undefined && (octets.charCodeAt(colon) !== COLON || !isToken(name))) return 'Bad Header Line';
  lines.push({ key: known ?? headerKey(name), octets, colon });
  return undefined;
}

/** True when a CR or LF stands there that is not part of a fold. */
function hasBareBreak(octets: string): boolean {
  if (!octets.includes('\r') && !octets.includes('\n')) return false;
  for (let i = 0; i < octets.length; i++) {
    const code = octets.charCodeAt(i);
    if (code === LF && octets.charCodeAt(i - 1) !== CR) return true;
    if (code === CR && octets.charCodeAt(i + 1) !== LF) return true;
  }
  return false;
}
