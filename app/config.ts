// The settings, and the only reader of the environment. A wrong setting stops the start and says which one, what was
// given and what was expected. The table of settings is in the README.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { sipProblem, sipSettings, sipTransports, type SipTransports } from './sip-settings.ts';
import {
  janusAddress,
  parseUrl,
  present,
  sipServerAddress,
  switchAddress,
  turnServer,
  wellKnown,
  type ControlAddress,
  type JanusAddress,
  type SwitchAddress,
} from './address-settings.ts';
import type { TurnServer } from './auth/turn.ts';

export type { ControlAddress, JanusAddress, SwitchAddress };

export interface Config {
  readonly http: { readonly host: string; readonly port: number };
  /** Absolute path. */
  readonly dataFolder: string;
  readonly database:
    { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };
  readonly redisUrl?: string;
  readonly sip: { readonly host: string; readonly port: number };
  /** Beside UDP and TCP, on the same host. */
  readonly sipTransports: SipTransports;
  /** Absent: the embedded one. */
  readonly drachtio?: ControlAddress;
  /** Empty: the embedded one. */
  readonly freeswitch: readonly SwitchAddress[];
  /** Absent: a child process of ours. */
  readonly janus?: JanusAddress;
  /** TURN servers for browsers that cannot reach Janus directly, each with the secret it shares with us. */
  readonly turn: readonly TurnServer[];
  /** Without a slash at its end; absent: derived from the HTTP address once it is known. */
  readonly publicUrl?: string;
  /** Pages of other origins that may open sockets here, each `https://host[:port]`. */
  readonly origins: readonly string[];
  /** Domains a Verto login may name; absent: any. */
  readonly vertoDomains?: readonly string[];
  /** An agent whose page dropped out of a call is waited for so long, milliseconds. */
  readonly rejoinMs: number;
  /** An agent who has somebody on hold is reminded of it this often. */
  readonly holdReminderMs: number;
  /** The address SDP carries. */
  readonly mediaIp: string;
  readonly adminPassword?: string;
  readonly demo: boolean;
  readonly demoPassword?: string;
  /** How long recordings are kept where their queue says nothing; 0: for ever. */
  readonly recordingDays: number;
  /** Addresses and CIDR ranges that the SIP edge never limits or bans. */
  readonly sipTrusted: readonly string[];
  /** Trunks calls may come from, by source address. */
  readonly trunks: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  /** States trunks, routes and numbers in full; absolute path. */
  readonly trunkingFile?: string;
  /** States call flows; absolute path. */
  readonly flowsFile?: string;
  readonly logLevel: (typeof logLevels)[number];
  /** Written as JSON once everything is up. */
  readonly readyFile?: string;
}

export interface ConfigProblem {
  readonly setting: string;
  /** What was given; `(hidden)` for a secret. */
  readonly given: string;
  readonly expected: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const expected = {
  host: 'an IP address or host name to listen on, for example 127.0.0.1',
  port: 'a port number from 0 to 65535 (0: any free one)',
  ip: 'an IPv4 or IPv6 address',
  password: 'at least 8 characters, and none of the well-known defaults',
  days: 'days from 0 to 36500 (0: for ever)',
  trunks:
    'name=address or name=address+address, several with commas, for example berlin=192.0.2.7+198.51.100.0/24',
  reminder: 'a number of seconds from 1 to 3600',
  origins: 'origins such as https://crm.example.org, several with commas',
  seconds: 'a number of seconds from 1 to 60',
  domains: 'host names such as cc.example.org, several with commas',
} as const;

const hostSchema = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, expected.host);
const portSchema = z
  .string()
  .regex(/^\d{1,5}$/, expected.port)
  .transform(Number)
  .refine((port) => port <= 65_535, expected.port);
const ipSchema = z.union([z.ipv4(), z.ipv6()], { error: expected.ip });
const passwordSchema = z
  .string()
  .refine((text) => text.length >= 8 && !wellKnown.has(text.toLowerCase()), expected.password);
const urlSchema = (example: string, ...protocols: string[]) =>
  z.string().refine((text) => protocols.includes(parseUrl(text)?.protocol ?? ''), `a URL such as ${example}`);

const settings = z.object({
  CORDBOARD_HOST: hostSchema.default('127.0.0.1'),
  CORDBOARD_PORT: portSchema.default(8080),
  CORDBOARD_DATA: z.string().default('./data'),
  CORDBOARD_DATABASE_URL: urlSchema(
    'postgres://user:password@host/database',
    'postgres:',
    'postgresql:',
  ).optional(),
  CORDBOARD_REDIS_URL: urlSchema('redis://host:6379', 'redis:', 'rediss:').optional(),
  CORDBOARD_SIP_HOST: hostSchema.default('127.0.0.1'),
  CORDBOARD_SIP_PORT: portSchema.default(5060),
  ...sipSettings,
  CORDBOARD_DRACHTIO_URL: sipServerAddress().optional(),
  CORDBOARD_FREESWITCH_URL: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(switchAddress()))
    .default([]),
  CORDBOARD_JANUS_URL: janusAddress().optional(),
  CORDBOARD_TURN_URL: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(turnServer()))
    .default([]),
  CORDBOARD_PUBLIC_URL: urlSchema('https://calls.example.org', 'http:', 'https:')
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  CORDBOARD_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim().replace(/\/+$/, '')))
    .pipe(z.array(z.string().refine(isOrigin, expected.origins)))
    .default([]),
  CORDBOARD_VERTO_DOMAINS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
    .pipe(z.array(z.string().regex(/^[a-z0-9.:_-]{1,253}$/, expected.domains)))
    .optional(),
  CORDBOARD_REJOIN_SECONDS: z
    .string()
    .regex(/^\d{1,2}$/, expected.seconds)
    .transform(Number)
    .refine((seconds) => seconds >= 1 && seconds <= 60, expected.seconds)
    .default(15),
  CORDBOARD_HOLD_REMINDER_SECONDS: z
    .string()
    .regex(/^\d{1,4}$/, expected.reminder)
    .transform(Number)
    .refine((seconds) => seconds >= 1 && seconds <= 3_600, expected.reminder)
    .default(60),
  CORDBOARD_MEDIA_IP: ipSchema.optional(),
  CORDBOARD_ADMIN_PASSWORD: passwordSchema.optional(),
  CORDBOARD_DEMO: z.enum(['0', '1'], { error: '0 or 1' }).default('1'),
  CORDBOARD_DEMO_PASSWORD: passwordSchema.optional(),
  CORDBOARD_RECORDING_DAYS: z
    .string()
    .regex(/^\d{1,5}$/, expected.days)
    .transform(Number)
    .refine((days) => days <= 36_500, expected.days)
    .default(90),
  CORDBOARD_TRUNKS: z
    .string()
    .transform((text) => text.split(',').map(trunk))
    .pipe(
      z.array(
        z.object({
          name: z.string().regex(/^[a-z0-9-]{1,32}$/, expected.trunks),
          addresses: z
            .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: expected.trunks }))
            .min(1),
        }),
      ),
    )
    .default([]),
  CORDBOARD_TRUNKING_FILE: z.string().optional(),
  CORDBOARD_FLOWS_FILE: z.string().optional(),
  CORDBOARD_LOG_LEVEL: z.enum(logLevels, { error: `one of ${logLevels.join(', ')}` }).default('info'),
  CORDBOARD_READY_FILE: z.string().optional(),
});

type Settings = z.infer<typeof settings>;

/**
 * The settings this environment asks for, or everything that is wrong with it. An empty value counts as absent.
 * @param env see environment()
 */
export function readConfig(env: Environment): Config | readonly ConfigProblem[] {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settings.safeParse(given);
  if (!parsed.success) return problems(parsed.error, env);
  const problem = sipProblem(parsed.data);
  return problem ? [{ ...problem, given: JSON.stringify(env[problem.setting] ?? '') }] : arrange(parsed.data);
}

/** True when readConfig found the settings good. */
export const isConfig = (result: Config | readonly ConfigProblem[]): result is Config =>
  !Array.isArray(result);

/** The lines to print before giving up, one per problem. */
export const explain = (problems: readonly ConfigProblem[]): string[] =>
  problems.map(({ setting, given, expected: wish }) => `${setting}: was given ${given}, expected ${wish}`);

/** The process's environment over the `.env` file of this folder, if there is one. */
export function environment(folder = process.cwd()): Environment {
  const file = resolve(folder, '.env');
  return { ...(existsSync(file) ? parseEnvFile(readFileSync(file, 'utf8')) : {}), ...process.env };
}

/** Names that look like settings but are none: probably typing errors. */
export const unknownSettings = (env: Environment): string[] =>
  Object.keys(env).filter((name) => name.startsWith('CORDBOARD_') && !(name in settings.shape));

/** `NAME=value` lines; `#` begins a comment line; quotes around a value are taken off; `export ` is allowed. */
export function parseEnvFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) values[name] = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  }
  return values;
}

function arrange(given: Settings): Config {
  const dataFolder = resolve(given.CORDBOARD_DATA);
  const url = given.CORDBOARD_DATABASE_URL;
  return {
    http: { host: given.CORDBOARD_HOST, port: given.CORDBOARD_PORT },
    dataFolder,
    database: url
      ? { kind: 'postgres', url }
      : { kind: 'sqlite', file: resolve(dataFolder, 'cordboard.sqlite') },
    sip: { host: given.CORDBOARD_SIP_HOST, port: given.CORDBOARD_SIP_PORT },
    freeswitch: given.CORDBOARD_FREESWITCH_URL,
    origins: given.CORDBOARD_ORIGINS,
    rejoinMs: given.CORDBOARD_REJOIN_SECONDS * 1_000,
    holdReminderMs: given.CORDBOARD_HOLD_REMINDER_SECONDS * 1_000,
    mediaIp: given.CORDBOARD_MEDIA_IP ?? derivedMediaIp(given.CORDBOARD_SIP_HOST),
    turn: given.CORDBOARD_TURN_URL,
    demo: given.CORDBOARD_DEMO === '1',
    sipTransports: sipTransports(given),
    recordingDays: given.CORDBOARD_RECORDING_DAYS,
    sipTrusted: given.CORDBOARD_SIP_TRUSTED,
    trunks: given.CORDBOARD_TRUNKS,
    logLevel: given.CORDBOARD_LOG_LEVEL,
    ...present({
      redisUrl: given.CORDBOARD_REDIS_URL,
      drachtio: given.CORDBOARD_DRACHTIO_URL,
      janus: given.CORDBOARD_JANUS_URL,
      publicUrl: given.CORDBOARD_PUBLIC_URL,
      vertoDomains: given.CORDBOARD_VERTO_DOMAINS,
      adminPassword: given.CORDBOARD_ADMIN_PASSWORD,
      demoPassword: given.CORDBOARD_DEMO_PASSWORD,
      trunkingFile: given.CORDBOARD_TRUNKING_FILE && resolve(given.CORDBOARD_TRUNKING_FILE),
      flowsFile: given.CORDBOARD_FLOWS_FILE && resolve(given.CORDBOARD_FLOWS_FILE),
      readyFile: given.CORDBOARD_READY_FILE && resolve(given.CORDBOARD_READY_FILE),
    }),
  };
}

/** A listening address that names one interface is also what SDP should carry; anything else is not reachable by name. */
function derivedMediaIp(sipHost: string): string {
  return ipSchema.safeParse(sipHost).success && sipHost !== '0.0.0.0' && sipHost !== '::'
    ? sipHost
    : '127.0.0.1';
}

function trunk(text: string): { name: string; addresses: string[] } {
  const [name = '', addresses = ''] = text.trim().split('=');
  return { name, addresses: addresses.split('+') };
}

const secretSettings = /PASSWORD|_URL$/;

/** One problem per setting: the first that was found. Values that may contain a secret are not repeated. */
function problems(error: z.ZodError, env: Environment): readonly ConfigProblem[] {
  const bySetting = new Map<string, ConfigProblem>();
  for (const issue of error.issues) {
    const setting = String(issue.path[0]);
    if (bySetting.has(setting)) continue;
    const given = secretSettings.test(setting) ? '(hidden)' : JSON.stringify(env[setting]);
    bySetting.set(setting, { setting, given, expected: issue.message });
  }
  return [...bySetting.values()];
}

function isOrigin(text: string): boolean {
  return parseUrl(text)?.origin === text && /^https?:/.test(text);
}
