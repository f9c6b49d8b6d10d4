// Settings that say where another part is and which secret it shares with us, each one URL. Part of config.ts.

import { z } from 'zod';
import type { TurnServer } from './auth/turn.ts';

export interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export interface SwitchAddress extends ControlAddress {
  /** Where the switch takes calls from the SIP edge, `host:port`. */
  readonly sip: string;
}

export interface JanusAddress {
  /** Of the Janus API, without secrets. */
  readonly url: string;
  readonly apiSecret?: string;
  readonly admin?: { readonly url: string; readonly secret: string };
}

/** Passwords that every scanner tries first; nothing starts with one of them. */
export const wellKnown = new Set([
  'cluecon',
  'cymru',
  '1234',
  'janusoverlord',
  'adminpwd',
  'admin',
  'password',
  'changeme',
]);

const wished = {
  drachtio:
    'drachtio://:secret@host:9022 (port defaults to 9022; the secret must not be a well-known default)',
  freeswitch:
    'esl://:password@host:8021?sip=host:5080, several with commas (sip: where it takes calls; no well-known default password)',
  janus: 'ws://host:8188, or ws://:api-secret@host:8188?admin=host:7188&admin_secret=secret',
  turn: 'turn://:secret@host:3478 or turns://:secret@host:5349, several with commas (no well-known default secret)',
} as const;

/** `drachtio://:secret@host:9022` */
export const sipServerAddress = () => controlAddress('drachtio:', 9022, wished.drachtio);

export function switchAddress() {
  const control = controlAddress('esl:', 8021, wished.freeswitch);
  return z.string().transform((text, context): SwitchAddress => {
    const parsed = control.safeParse(text);
    const sip = parseUrl(text.trim())?.searchParams.get('sip') ?? `${parsed.data?.host}:5080`;
    if (parsed.success && /^[^\s/@]+:\d{1,5}$/.test(sip)) return { ...parsed.data, sip };
    context.addIssue({ code: 'custom', message: wished.freeswitch });
    return z.NEVER;
  });
}

export function janusAddress() {
  return z.string().transform((text, context): JanusAddress => {
    const url = parseUrl(text.trim());
    const [admin, secret = ''] = ['admin', 'admin_secret'].map(
      (name) => url?.searchParams.get(name) ?? undefined,
    );
    const secrets = [decoded(url?.password ?? ''), secret].filter((word) => word !== '');
    const isGood = url && ['ws:', 'wss:'].includes(url.protocol) && (admin === undefined || secret !== '');
    if (!isGood || secrets.some((word) => wellKnown.has(word.toLowerCase()))) {
      context.addIssue({ code: 'custom', message: wished.janus });
      return z.NEVER;
    }
    return {
      url: `${url.protocol}//${url.host}`,
      ...present({
        apiSecret: decoded(url.password),
        admin: admin && { url: `${url.protocol}//${admin}`, secret },
      }),
    };
  });
}

function controlAddress(protocol: string, defaultPort: number, wish: string) {
  return z.string().transform((text, context): ControlAddress => {
    const url = parseUrl(text.trim());
    const secret = decoded(url?.password ?? '');
    if (url?.protocol === protocol && url.hostname && secret && !wellKnown.has(secret.toLowerCase())) {
      return { host: url.hostname, port: Number(url.port || defaultPort), secret };
    }
    context.addIssue({ code: 'custom', message: wish });
    return z.NEVER;
  });
}

/** RFC 7065 names of the schemes and their ports, in the form our other addresses have. */
export function turnServer() {
  return z.string().transform((text, context): TurnServer => {
    const [, scheme, rest = ''] = /^\s*(turns?):(.*?)\s*$/.exec(text) ?? [];
    // URL knows neither scheme as one with a host; any that it knows will do.
    const url = parseUrl(`http:${rest}`);
    const secret = decoded(url?.password ?? '');
    if (
      url?.hostname &&
      secret &&
      !wellKnown.has(secret.toLowerCase()) &&
      (scheme === 'turn' || scheme === 'turns')
    ) {
      const port = Number(url.port || (scheme === 'turn' ? 3478 : 5349));
      return { scheme, host: url.hostname, port, secret };
    }
    context.addIssue({ code: 'custom', message: wished.turn });
    return z.NEVER;
  });
}

export const parseUrl = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone per cent sign: the secret was written as it is
  }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined | ''> };

/** The same object without the properties that are undefined or empty. */
export function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as Present<T>;
}
