// Session descriptions (RFC 8866) as far as a voice switch needs them: read strictly and with limits, written plainly.

import type { Direction } from '../media/protocol.ts';

/** One `a=rtpmap`. */
export interface RtpMap {
  readonly name: string;
  readonly rate: number;
  readonly channels: number;
}

/** One `m=` section. */
export interface MediaDescription {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  /** Address of its own `c=` line. */
  readonly connection?: string;
  readonly direction?: Direction;
  readonly ptime?: number;
  readonly rtpmaps: ReadonlyMap<number, RtpMap>;
  readonly fmtps: ReadonlyMap<number, string>;
}

/** A whole description. */
export interface SessionDescription {
  readonly origin: { readonly sessionId: string; readonly version: string; readonly address: string };
  readonly connection?: string;
  readonly direction?: Direction;
  readonly media: readonly MediaDescription[];
}

/** The text is not a session description; `line` counts from 1. */
export class SdpError extends Error {
  override readonly name = 'SdpError';
  readonly line: number;

  constructor(why: string, line: number) {
    super(`line ${line}: ${why}`);
    this.line = line;
  }
}

const MAX_OCTETS = 16_384;
const MAX_LINES = 400;
const MAX_MEDIA = 16;
const DIRECTIONS: ReadonlySet<string> = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);
const isDirection = (word: string): word is Direction => DIRECTIONS.has(word);

interface Draft {
  kind: string;
  port: number;
  protocol: string;
  formats: string[];
  connection?: string;
  direction?: Direction;
  ptime?: number;
  rtpmaps: Map<number, RtpMap>;
  fmtps: Map<number, string>;
}

interface Reading {
  origin?: SessionDescription['origin'];
  connection?: string;
  direction?: Direction;
  media: Draft[];
}

const readOrigin = (value: string): SessionDescription['origin'] | undefined => {
  const match = /^\S+ (\d{1,20}) (\d{1,20}) IN IP[46] (\S{1,255})$/.exec(value);
  return match ? { sessionId: match[1]!, version: match[2]!, address: match[3]! } : undefined;
};

const readConnection = (value: string): string | undefined => {
  const match = /^IN IP[46] ([0-9A-Za-z.:-]{1,255})(\/\d+){0,2}$/.exec(value);
  return match?.[1];
};

const readMedia = (value: string): Draft | undefined => {
  const match = /^([a-z]{1,20}) (\d{1,5})(?:\/\d+)? (\S{1,64})((?: \S{1,32})+)$/.exec(value);
  if (!match || Number(match[2]) > 65_535) return undefined;
  const formats = match[4]!.trim().split(' ');
  return {
    kind: match[1]!,
    port: Number(match[2]),
    protocol: match[3]!,
    formats,
    rtpmaps: new Map(),
    fmtps: new Map(),
  };
};

const readAttribute = (value: string, into: Draft | Reading): void => {
  if (isDirection(value)) {
    into.direction = value;
    return;
  }
  if (!('kind' in into)) return;
  const rtpmap = /^rtpmap:(\d{1,3}) ([\w.-]{1,32})\/(\d{1,7})(?:\/(\d{1,2}))?$/.exec(value);
  if (rtpmap) {
    const [, type, name, rate, channels] = rtpmap;
    into.rtpmaps.set(Number(type), { name: name!, rate: Number(rate), channels: Number(channels ?? 1) });
  }
  const fmtp = /^fmtp:(\d{1,3}) (.{1,512})$/.exec(value);
  if (fmtp) into.fmtps.set(Number(fmtp[1]), fmtp[2]!);
  const ptime = /^ptime:(\d{1,3})$/.exec(value);
  if (ptime) into.ptime = Number(ptime[1]);
};

const readLine = (type: string, value: string, into: Reading, fail: (why: string) => never): void => {
  const section = into.media.at(-1);
  switch (type) {
    case 'v':
      if (value !== '0') fail('version is not 0');
      return;
    case 'o':
      into.origin = readOrigin(value) ?? fail('malformed origin');
      return;
    case 'c':
      (section ?? into).connection = readConnection(value) ?? fail('malformed connection address');
      return;
    case 'm':
      if (into.media.length === MAX_MEDIA) fail('too many media sections');
      into.media.push(readMedia(value) ?? fail('malformed media section'));
      return;
    case 'a':
      readAttribute(value, section ?? into);
  }
};

/**
 * Reads a description. Line ends may be CRLF or LF; unknown lines and attributes are passed over (RFC 8866 section 5).
 * @throws SdpError naming the line
 */
export function parseSdp(text: string): SessionDescription {
  if (text.length > MAX_OCTETS) throw new SdpError('longer than 16 KiB', 1);
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_LINES) throw new SdpError('too many lines', MAX_LINES);
  const reading: Reading = { media: [] };
  if (!lines[0]?.startsWith('v=')) throw new SdpError('does not begin with v=0', 1);
  lines.forEach((line, index) => {
    if (!/^[a-z]=/.test(line)) throw new SdpError('not a "type=value" line', index + 1);
    readLine(line[0]!, line.slice(2), reading, (why) => {
      throw new SdpError(why, index + 1);
    });
  });
  const { origin, media } = reading;
  if (!origin) throw new SdpError('no origin', lines.length);
  return { ...reading, origin, media };
}

const writeMedia = (media: MediaDescription): string[] => [
  `m=${media.kind} ${media.port} ${media.protocol} ${media.formats.join(' ')}`,
  ...(media.connection ? [`c=${addressLine(media.connection)}`] : []),
  ...[...media.rtpmaps].map(
    ([type, map]) => `a=rtpmap:${type} ${map.name}/${map.rate}${map.channels > 1 ? `/${map.channels}` : ''}`,
  ),
  ...[...media.fmtps].map(([type, parameters]) => `a=fmtp:${type} ${parameters}`),
  ...(media.ptime ? [`a=ptime:${media.ptime}`] : []),
  ...(media.direction ? [`a=${media.direction}`] : []),
];

const addressLine = (address: string): string => `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`;

/** Writes a description with CRLF line ends. */
export function formatSdp(description: SessionDescription): string {
  const { origin, connection, direction, media } = description;
  const lines = [
    'v=0',
    `o=FreeSWITCH ${origin.sessionId} ${origin.version} ${addressLine(origin.address)}`,
    's=FreeSWITCH',
    ...(connection ? [`c=${addressLine(connection)}`] : []),
    't=0 0',
    ...(direction ? [`a=${direction}`] : []),
    ...media.flatMap(writeMedia),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
