// URIs (RFC 3261 19.1, RFC 3966). A sip or sips URI must be right in every part; other schemes are kept as text.
import { isIPv6 } from 'node:net';
import { parseDecimal } from './octets.ts';
import { formatParams, parseUriParams } from './params.ts';
import type { SipUri, Uri } from './value-types.ts';

const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*$/;
/** What no URI contains: blanks, controls, delimiters and "unwise" characters of RFC 2396 (brackets are IPv6's). */
const EXCLUDED = /[^!#-;=?-Z[\]_a-z~]/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;
const HOST_NAME = /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_.])?$/;
const TEL_NUMBER = /^[+0-9a-fA-F*#().-]+$/;

/** Parses a URI without angle brackets and blanks. `undefined`: malformed. */
export function parseUri(text: string): Uri | undefined {
  const colon = text.indexOf(':');
  if (colon < 1 || EXCLUDED.test(text)) return undefined;
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(text, colon + 1, scheme);
  if (!SCHEME.test(scheme) || colon + 1 === text.length) return undefined;
  if (scheme === 'tel') return parseTelUri(text, colon + 1);
  return { kind: 'opaque', scheme, text };
}

function parseSipUri(text: string, start: number, scheme: 'sip' | 'sips'): SipUri | undefined {
  if (BAD_ESCAPE.test(text)) return undefined;
  const who = parseUserInfo(text, start);
  if (!who) return undefined;
  const { user, password, end: hostStart } = who;
  const question = text.indexOf('?', hostStart);
  const end = question < 0 ? text.length : question;
  const semicolon = text.indexOf(';', hostStart);
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  const hostPort = parseHostPort(text.slice(hostStart, hostEnd));
  const params = parseUriParams(text, hostEnd, end);
  if (!hostPort || !params) return undefined;
  const headers = question < 0 ? undefined : text.slice(question + 1);
  if (headers === '') return undefined;
  return { kind: 'sip', scheme, user, password, host: hostPort.host, port: hostPort.port, params, headers };
}

/** `user:password@`, or nothing; `end` is where the host begins. */
function parseUserInfo(
  text: string,
  start: number,
): { user: string | undefined; password: string | undefined; end: number } | undefined {
  const at = text.indexOf('@', start);
  if (at < 0) return { user: undefined, password: undefined, end: start };
  if (text.includes('@', at + 1)) return undefined;
  const secret = text.indexOf(':', start);
  const userEnd = secret >= 0 && secret < at ? secret : at;
  if (userEnd === start) return undefined;
  const password = userEnd < at ? text.slice(userEnd + 1, at) : undefined;
  return { user: text.slice(start, userEnd), password, end: at + 1 };
}

function parseTelUri(text: string, start: number): Uri | undefined {
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  const number = text.slice(start, end);
  const params = parseUriParams(text, end, text.length);
  if (!params || !TEL_NUMBER.test(number)) return undefined;
  return { kind: 'tel', scheme: 'tel', number, params };
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. The host comes back without brackets. */
export function parseHostPort(text: string): { host: string; port: number | undefined } | undefined {
  let host: string;
  let rest: string;
  if (text.charCodeAt(0) === 0x5b) {
    const close = text.indexOf(']');
    host = text.slice(1, close);
    rest = text.slice(close + 1);
    if (close < 0 || !isIPv6(host) || host.includes('%')) return undefined;
  } else {
    const colon = text.indexOf(':');
    host = colon < 0 ? text : text.slice(0, colon);
    rest = colon < 0 ? '' : text.slice(colon);
    if (host.length > 255 || !HOST_NAME.test(host)) return undefined;
  }
  if (rest === '') return { host, port: undefined };
  if (rest.charCodeAt(0) !== 0x3a || rest.length > 6) return undefined;
  const port = parseDecimal(rest.slice(1), 65_535);
  return port === undefined ? undefined : { host, port };
}

/** Host as it stands in a URI or Via: IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Text of a URI. */
export function formatUri(uri: Uri): string {
  switch (uri.kind) {
    case 'sip': {
      const password = uri.password === undefined ? '' : `:${uri.password}`;
      const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
      const port = uri.port === undefined ? '' : `:${uri.port}`;
      const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
      return `${uri.scheme}:${user}${bracketed(uri.host)}${port}${formatParams(uri.params)}${headers}`;
    }
    case 'tel':
      return `tel:${uri.number}${formatParams(uri.params)}`;
    case 'opaque':
      return uri.text;
  }
}
