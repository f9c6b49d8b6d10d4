// What a switch is told at start, checked before anything is opened.

import { isIP } from 'node:net';
import { resolve } from 'node:path';

/** Settings as an operator writes them. */
export interface MediaSwitchOptions {
  /** SIP listening address, `host:port`, UDP and TCP; port 0 for any free one. */
  readonly sip: string;
  /** Event socket listening address, `host:port`. */
  readonly esl: string;
  /** Event socket password; there is no default. */
  readonly password: string;
  /** RTP address and port range, `host:first-last`. */
  readonly rtp: string;
  /** Base of relative recording and sound paths; default: the working directory. */
  readonly recordings?: string;
  /** Folder of WAV files for music on hold; default: the built-in music. */
  readonly moh?: string;
  /** Channels at the same time; default 1000. */
  readonly maxSessions?: number;
  /** Addresses and networks that may send SIP and connect to the event socket; default: loopback. */
  readonly allow?: readonly string[];
  /** Name of the SIP profile in dial strings; default `cordboard`. */
  readonly profile?: string;
  /** Variables every inbound channel starts with, what a dial plan's `set` would do; e.g. `media_timeout`. */
  readonly inboundVariables?: Readonly<Record<string, string>>;
  /** Session interval asked of peers that know session timers (RFC 4028), seconds; default 1800, at least 90. */
  readonly sessionExpires?: number;
  /** Receives one line per thing an operator should know; default: nowhere. */
  readonly log?: (line: string) => void;
}

/** A setting is wrong; the message names it and says what was expected. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
}

/** An address and port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const split = (setting: string, text: string): [host: string, rest: string] => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(.+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (!match || host === undefined || isIP(host) === 0)
    throw new WrongSetting(`--${setting} ${text}: expected <IP address>:<port>`);
  return [host, match[3]!];
};

const portOf = (setting: string, text: string, whole: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new WrongSetting(`--${setting} ${whole}: ${text} is not a port`);
  return port;
};

/** Reads `host:port`. @throws WrongSetting */
export function parseHostPort(setting: string, text: string): HostPort {
  const [host, port] = split(setting, text);
  return { host, port: portOf(setting, port, text) };
}

/** Reads `host:first-last`. @throws WrongSetting */
function parsePortRange(setting: string, text: string): { host: string; first: number; last: number } {
  const [host, range] = split(setting, text);
  const [from = '', to] = range.split('-');
  if (to === undefined) throw new WrongSetting(`--${setting} ${text}: expected <IP address>:<first>-<last>`);
  const first = portOf(setting, from, text);
  const last = portOf(setting, to, text);
  if (first === 0 || last < first + 1)
    throw new WrongSetting(`--${setting} ${text}: the range holds no port pair`);
  return { host, first, last };
}

/** Everything checked and filled in. */
export interface SwitchSettings {
  readonly sip: HostPort;
  readonly esl: HostPort;
  readonly password: string;
  readonly rtp: { readonly host: string; readonly first: number; readonly last: number };
  readonly directory: string;
  readonly musicDirectory: string | undefined;
  readonly maxSessions: number;
  readonly allow: readonly string[];
  readonly profile: string;
  readonly inboundVariables: ReadonlyMap<string, string>;
  readonly sessionSeconds: number;
  readonly log: (line: string) => void;
}

function sessionSecondsOf(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 90 || seconds > 86_400)
    throw new WrongSetting(`--session-expires ${seconds}: expected whole seconds from 90 to 86400`);
  return seconds;
}

/** Checks options. @throws WrongSetting */
export function settingsOf(options: MediaSwitchOptions): SwitchSettings {
  if (options.password === '') throw new WrongSetting('--password: must not be empty');
  const maxSessions = options.maxSessions ?? 1_000;
  if (!Number.isInteger(maxSessions) || maxSessions < 1)
    throw new WrongSetting(`--max-sessions ${maxSessions}: expected a whole number from 1`);
  const sessionSeconds = sessionSecondsOf(options.sessionExpires ?? 1_800);
  const profile = options.profile ?? 'cordboard';
  if (!/^[\w.-]{1,64}$/.test(profile))
    throw new WrongSetting(`--profile ${profile}: expected letters, digits, . _ -`);
  return {
    sip: parseHostPort('sip', options.sip),
    esl: parseHostPort('esl', options.esl),
    password: options.password,
    rtp: parsePortRange('rtp', options.rtp),
    directory: resolve(options.recordings ?? '.'),
    musicDirectory: options.moh === undefined ? undefined : resolve(options.moh),
    maxSessions,
    allow: options.allow ?? [],
    profile,
    inboundVariables: new Map(Object.entries(options.inboundVariables ?? {})),
    sessionSeconds,
    log: options.log ?? (() => undefined),
  };
}
