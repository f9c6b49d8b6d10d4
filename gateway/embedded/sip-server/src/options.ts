// The command line of the stand-alone server.
import { readFileSync } from 'node:fs';
import type { Address, SipServerOptions } from './server.ts';

/** A mistake on the command line; the message says which argument and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `usage: sip-server --sip HOST:PORT --control HOST:PORT (--secret TEXT | --secret-file FILE)
                  [--external-ip ADDRESS] [--outbound-proxy SIP-URI] [--disable-nat-detection]
                  [--orphan-grace SECONDS] [--t1 MILLISECONDS]`;

const VALUED = [
  ...['--sip', '--control', '--secret', '--secret-file'],
  ...['--external-ip', '--outbound-proxy', '--orphan-grace', '--t1'],
];
const FLAGS = ['--disable-nat-detection', '--help'];

/**
 * Reads the command line.
 * @param argv without the interpreter and the script
 * @returns `help` when help was asked for
 * @throws UsageError
 */
export function parseArguments(argv: readonly string[]): SipServerOptions | 'help' {
  const given = collect(argv);
  if (given.has('--help')) return 'help';
  const external = given.get('--external-ip');
  const proxy = given.get('--outbound-proxy');
  const t1 = given.get('--t1');
  const grace = given.get('--orphan-grace');
  if (proxy !== undefined && !/^sips?:\S+$/.test(proxy)) throw wrong('--outbound-proxy', proxy, 'a SIP URI');
  return {
    sip: addressOf('--sip', required(given, '--sip')),
    control: addressOf('--control', required(given, '--control')),
    secret: secretOf(given),
    natDetection: !given.has('--disable-nat-detection'),
    ...(external === undefined ? {} : { externalHost: external }),
    ...(proxy === undefined ? {} : { outboundProxy: proxy }),
    ...(t1 === undefined ? {} : { timers: { t1: numberOf('--t1', t1) } }),
    ...(grace === undefined ? {} : { orphanGraceMs: numberOf('--orphan-grace', grace) * 1000 }),
  };
}

function collect(argv: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [name = '', inline] = splitOnce(argv[i] ?? '');
    if (FLAGS.includes(name) && inline === undefined) {
      given.set(name, '');
      continue;
    }
    if (!VALUED.includes(name))
      throw new UsageError(`unknown argument ${name}; known are ${[...VALUED, ...FLAGS].join(' ')}`);
    const value = inline ?? argv[++i];
    if (value === undefined || value === '') throw new UsageError(`${name} needs a value`);
    given.set(name, value);
  }
  return given;
}

function splitOnce(argument: string): [string, string | undefined] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return equals === -1 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function required(given: ReadonlyMap<string, string>, name: string): string {
  const value = given.get(name);
  if (value === undefined) throw new UsageError(`${name} is missing; expected ${name} HOST:PORT`);
  return value;
}

function addressOf(name: string, text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw wrong(name, text, 'HOST:PORT with a port from 0 to 65535');
  return { host: match[1] ?? match[2] ?? '', port };
}

function numberOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw wrong(name, text, 'a whole number');
  return Number(text);
}

function secretOf(given: ReadonlyMap<string, string>): string {
  const file = given.get('--secret-file');
  const secret = given.get('--secret') ?? (file === undefined ? undefined : readSecret(file));
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

function wrong(name: string, value: string, expected: string): UsageError {
  return new UsageError(`${name} ${value} is not valid; expected ${expected}`);
}
