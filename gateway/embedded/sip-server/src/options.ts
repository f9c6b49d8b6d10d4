// The command line of the stand-alone server.
import { readFileSync } from 'node:fs';
import type { Address, SipServerOptions } from './server.ts';
import {
  parseAddress,
  parseNumber,
  TRANSPORT_ARGUMENTS,
  transportOptions,
  UsageError,
  wrong,
} from './transport-options.ts';

export { UsageError } from './transport-options.ts';

export const USAGE = `usage: sip-server --sip HOST:PORT --control HOST:PORT (--secret TEXT | --secret-file FILE)
                  [--tls HOST:PORT] [--ws HOST:PORT] [--wss HOST:PORT]
                  [--tls-cert FILE --tls-key FILE]... [--tls-ca FILE] [--tls-verify none|servers|clients|both]
                  [--connections NUMBER] [--connections-per-address NUMBER]
                  [--external-ip ADDRESS] [--outbound-proxy SIP-URI] [--disable-nat-detection]
                  [--session-expires SECONDS] [--min-se SECONDS]
                  [--orphan-grace SECONDS] [--t1 MILLISECONDS]`;

const VALUED: readonly string[] = [
  ...['sip', 'control', 'secret', 'secret-file', 'outbound-proxy', 'orphan-grace', 't1'],
  ...TRANSPORT_ARGUMENTS,
];
const FLAGS: readonly string[] = ['disable-nat-detection', 'help'];

/**
 * Reads the command line.
 * @param argv without the interpreter and the script
 * @returns `help` when help was asked for
 * @throws UsageError
 */
export function parseArguments(argv: readonly string[]): SipServerOptions | 'help' {
  const given = collect(argv);
  if (given.has('help')) return 'help';
  const last = (name: string): string | undefined => given.get(name)?.at(-1);
  const [proxy, t1, grace] = [last('outbound-proxy'), last('t1'), last('orphan-grace')];
  if (proxy !== undefined && !/^sips?:\S+$/.test(proxy)) throw wrong('outbound-proxy', proxy, 'a SIP URI');
  return {
    sip: required('sip', last('sip')),
    control: required('control', last('control')),
    secret: secretOf(last('secret'), last('secret-file')),
    natDetection: !given.has('disable-nat-detection'),
    ...transportOptions((name) => given.get(name) ?? []),
    ...(proxy === undefined ? {} : { outboundProxy: proxy }),
    ...(t1 === undefined ? {} : { timers: { t1: parseNumber('t1', t1) } }),
    ...(grace === undefined ? {} : { orphanGraceMs: parseNumber('orphan-grace', grace) * 1000 }),
  };
}

function collect(argv: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (let i = 0; i < argv.length; i++) {
    const [dashed = '', inline] = splitOnce(argv[i] ?? '');
    const name = dashed.replace(/^--/, '');
    const isValued = dashed.startsWith('--') && VALUED.includes(name);
    if (dashed.startsWith('--') && FLAGS.includes(name) && inline === undefined) {
      given.set(name, []);
      continue;
    }
    if (!isValued) {
      const known = [...VALUED, ...FLAGS].map((one) => `--${one}`).join(' ');
      throw new UsageError(`unknown argument ${dashed}; known are ${known}`);
    }
    const value = inline ?? argv[++i];
    if (value === undefined || value === '') throw new UsageError(`--${name} needs a value`);
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  return given;
}

function splitOnce(argument: string): [string, string | undefined] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return equals === -1 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function required(name: string, value: string | undefined): Address {
  if (value === undefined) throw new UsageError(`--${name} is missing; expected --${name} HOST:PORT`);
  return parseAddress(name, value);
}

function secretOf(text: string | undefined, file: string | undefined): string {
  const secret = text ?? (file === undefined ? undefined : readSecret(file));
  if (secret === undefined)
    throw new UsageError('a secret is missing; expected --secret TEXT or --secret-file FILE');
  if (/[|\r\n,]/.test(secret)) throw new UsageError('the secret must not contain | or , or a line end');
  return secret;
}

function readSecret(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(
      `--secret-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
  if (text === '')
    throw new UsageError(`--secret-file ${file} is empty; expected the secret on its first line`);
  return text;
}
