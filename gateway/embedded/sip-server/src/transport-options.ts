// The arguments about transports and calls passing through, the same for this server alone and for a program that runs it with others.
import type { CertificateFiles } from './transport/certificates.ts';
import type { Address, SipServerOptions } from './server.ts';

/** A mistake on the command line; the message says which argument and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Arguments by name, without the dashes; each as often as it was given. */
export type Given = (name: string) => readonly string[];

export const TRANSPORT_ARGUMENTS = [
  ...['tls', 'ws', 'wss', 'tls-cert', 'tls-key', 'tls-ca', 'tls-verify', 'external-ip'],
  ...['connections', 'connections-per-address', 'session-expires', 'min-se'],
] as const;

const LEAST_SESSION = 90;
const VERIFY = ['none', 'servers', 'clients', 'both'] as const;

/**
 * Reads what is said about transports.
 * @throws UsageError
 */
export function transportOptions(given: Given): Partial<SipServerOptions> {
  const [tls, ws, wss] = [addressIn('tls', given), addressIn('ws', given), addressIn('wss', given)];
  const certificates = certificatesIn(given);
  if ((tls ?? wss) && certificates.length === 0)
    throw new UsageError('--tls and --wss need --tls-cert FILE and --tls-key FILE');
  const caFile = last('tls-ca', given);
  const verify = verifyIn(given);
  const external = last('external-ip', given);
  const limits = limitsIn(given);
  const [expires, minimum] = [secondsIn('session-expires', given), secondsIn('min-se', given)];
  return {
    ...(expires !== undefined && { sessionExpires: expires }),
    ...(minimum !== undefined && { minSessionExpires: minimum }),
    ...(tls && { tls }),
    ...(ws && { ws }),
    ...(wss && { wss }),
    ...(certificates.length > 0 && { certificates }),
    ...(caFile !== undefined && { tlsCaFile: caFile }),
    ...(verify && { tlsVerify: verify }),
    ...(external !== undefined && { externalHost: external }),
    ...(limits && { limits }),
  };
}

/** HOST:PORT, IPv6 in brackets. @throws UsageError naming the argument */
export function parseAddress(name: string, text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw wrong(name, text, 'HOST:PORT with a port from 0 to 65535');
  return { host: match[1] ?? match[2] ?? '', port };
}

/** A number without a sign. @throws UsageError naming the argument */
export function parseNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw wrong(name, text, 'a whole number');
  return Number(text);
}

export function wrong(name: string, value: string, expected: string): UsageError {
  return new UsageError(`--${name} ${value} is not valid; expected ${expected}`);
}

const last = (name: string, given: Given): string | undefined => given(name).at(-1);

function addressIn(name: string, given: Given): Address | undefined {
  const text = last(name, given);
  return text === undefined ? undefined : parseAddress(name, text);
}

function certificatesIn(given: Given): CertificateFiles[] {
  const [certs, keys] = [given('tls-cert'), given('tls-key')];
  if (certs.length !== keys.length)
    throw new UsageError('each --tls-cert needs its --tls-key, in the same order');
  return certs.map((certFile, at) => ({ certFile, keyFile: keys[at] ?? '' }));
}

function verifyIn(given: Given): (typeof VERIFY)[number] | undefined {
  const text = last('tls-verify', given);
  if (text === undefined) return undefined;
  const verify = VERIFY.find((one) => one === text);
  if (!verify) throw wrong('tls-verify', text, VERIFY.join(', '));
  return verify;
}

/** RFC 4028 section 4: nothing below 90. */
function secondsIn(name: string, given: Given): number | undefined {
  const text = last(name, given);
  if (text === undefined) return undefined;
  const seconds = parseNumber(name, text);
  if (seconds < LEAST_SESSION) throw wrong(name, text, `at least ${LEAST_SESSION} seconds`);
  return seconds;
}

function limitsIn(given: Given): SipServerOptions['limits'] {
  const connections = last('connections', given);
  const perHost = last('connections-per-address', given);
  if (connections === undefined && perHost === undefined) return undefined;
  return {
    ...(connections !== undefined && { connections: parseNumber('connections', connections) }),
    ...(perHost !== undefined && { connectionsPerHost: parseNumber('connections-per-address', perHost) }),
  };
}
