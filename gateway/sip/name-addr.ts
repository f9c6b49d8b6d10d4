// From, To and Contact values, read in one pass: `"Name" <uri>;param=value, uri2;param`. RFC 3261 sections 20.10 and 25.1.
// A value that is no such thing yields what could be read of it; the caller refuses a URI it does not like.

export interface NameAddr {
  /** Without quotes and escapes; empty when there is none. */
  readonly display: string;
  readonly uri: string;
  /** Header parameters, names in lower case; those of a URI in angle brackets stay in the URI. */
  readonly params: Readonly<Record<string, string>>;
}

/** The addresses of a header value, in order. */
export function parseNameAddrs(value: string): readonly NameAddr[] {
  return split(value, ',').map(parseOne);
}

/** User part of a SIP URI, percent-decoded; an undecodable one is taken as it stands. RFC 3261 section 19.1.1. */
export function userOf(uri: string): string {
  const userinfo = /^sips?:([^@?>]*)@/i.exec(uri)?.[1] ?? '';
  const user = /^[^:;]*/.exec(userinfo)?.[0] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    // Not percent-encoding but a literal '%': compare it as received.
    return user;
  }
}

function parseOne(text: string): NameAddr {
  const [open, close] = bracketsOf(text);
  if (close < 0) {
    // Without brackets, all parameters belong to the header (section 20.10).
    const [uri = '', ...params] = split(text, ';');
    return { display: '', uri, params: paramsOf(params) };
  }
  const [, ...params] = split(text.slice(close + 1), ';');
  return {
    display: unquoted(text.slice(0, open).trim()),
    uri: text.slice(open + 1, close).trim(),
    params: paramsOf(params),
  };
}

function bracketsOf(text: string): readonly [number, number] {
  const open = indexOutsideQuotes(text, '<');
  return [open, open < 0 ? -1 : text.indexOf('>', open)];
}

function paramsOf(params: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    params.map((param) => {
      const equals = param.indexOf('=');
      return equals < 0
        ? [param.toLowerCase(), '']
        : [param.slice(0, equals).trim().toLowerCase(), unquoted(param.slice(equals + 1).trim())];
    }),
  );
}

const unquoted = (text: string): string =>
  text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;

function indexOutsideQuotes(text: string, wanted: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\\' && quoted) at++;
    else if (char === '"') quoted = !quoted;
    else if (char === wanted && !quoted) return at;
  }
  return -1;
}

/** Trimmed pieces between separators that are outside quotes and angle brackets. */
function split(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let [quoted, bracketed, start] = [false, false, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\\' && quoted) at++;
    else if (char === '"' && !bracketed) quoted = !quoted;
    else if (!quoted && char === '<') bracketed = true;
    else if (!quoted && char === '>') bracketed = false;
    else if (char === separator && !quoted && !bracketed) {
      pieces.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start).trim()];
}
