// Just enough of SIP's grammar for a test phone: start line, headers in order, body.

export interface SipText {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly phrase?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly at: number;
}

/** Undefined for anything that is no SIP message (keep-alives). */
export function parseSip(text: string): SipText | undefined {
  const split = text.indexOf('\r\n\r\n');
  if (split < 0) return undefined;
  const [start = '', ...lines] = text.slice(0, split).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const;
  });
  const rest = { headers, body: text.slice(split + 4), at: performance.now() };
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  if (response) return { status: Number(response[1]), phrase: response[2] ?? '', ...rest };
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start);
  if (request) return { method: request[1] ?? '', uri: request[2] ?? '', ...rest };
  return undefined;
}

/** The first header of that name, compared without regard to case. */
export function headerOf(message: SipText, name: string): string | undefined {
  return message.headers.find(([own]) => own.toLowerCase() === name.toLowerCase())?.[1];
}

export function headersOf(message: SipText, name: string): string[] {
  return message.headers
    .filter(([own]) => own.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}
