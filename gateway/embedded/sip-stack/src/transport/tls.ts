// Certificates (RFC 3261 26.3.1, RFC 5922): ours, chosen by the name the client asked for (SNI), exchanged without a
// restart; and what a peer's must show.
import { X509Certificate } from 'node:crypto';
import {
  checkServerIdentity,
  createSecureContext,
  type ConnectionOptions,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TlsOptions,
} from 'node:tls';

/** A private key and its certificate, the chain behind it, both PEM. */
export interface TlsCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface TlsSettings {
  /** The first answers clients that name nobody we know. */
  readonly certificates: readonly [TlsCertificate, ...TlsCertificate[]];
  /** PEM of the authorities that are believed; default: the system's. */
  readonly ca?: string | Buffer;
  /** Whose certificates are checked: those of servers we connect to, of clients that connect to us, both, nobody's. Default `servers`. */
  readonly verify?: TlsVerify;
}

export type TlsVerify = 'none' | 'servers' | 'clients' | 'both';

/** A handshake that takes longer is given up. */
const HANDSHAKE_MS = 10_000;
const OLDEST = { minVersion: 'TLSv1.2' } as const;

interface Named {
  readonly certificate: X509Certificate;
  readonly context: SecureContext;
}

export class TlsIdentity {
  readonly #verify: TlsVerify;
  readonly #servers = new Set<Server>();
  #settings: TlsSettings;
  #named: readonly Named[];

  /** @throws the system's error when a key does not fit its certificate or either cannot be read */
  constructor(settings: TlsSettings) {
    this.#verify = settings.verify ?? 'servers';
    this.#settings = settings;
    this.#named = contextsOf(settings);
  }

  /**
   * Takes other certificates into use: handshakes from now on see them, connections that are up stay. Whose certificates
   * are checked stays as it was.
   * @throws as the constructor, and then nothing has changed
   */
  replace(settings: TlsSettings): void {
    this.#named = contextsOf(settings);
    this.#settings = settings;
    for (const server of this.#servers) server.setSecureContext(this.#default());
  }

  /** Options for a TLS (or HTTPS) server; hand the server to `keepCurrent`. */
  serverOptions(): TlsOptions {
    const asks = this.#verify === 'clients' || this.#verify === 'both';
    return {
      ...this.#default(),
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: asks,
      rejectUnauthorized: asks,
      SNICallback: (name, found) => found(null, this.#contextFor(name)),
    };
  }

  /** Lets a server follow `replace` until it is closed. */
  keepCurrent(server: Server): void {
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
  }

  /** Options for a connection to the server of `name`. Our own certificate is shown when the server asks for one. */
  clientOptions(name: string): ConnectionOptions {
    return {
      ...this.#default(),
      rejectUnauthorized: this.#verify === 'servers' || this.#verify === 'both',
      checkServerIdentity: (_asked, certificate) => identityFault(name, certificate),
    };
  }

  #default(): SecureContextOptions {
    const [{ cert, key }] = this.#settings.certificates;
    const { ca } = this.#settings;
    return { ...OLDEST, cert, key, ...(ca === undefined ? {} : { ca }) };
  }

  /** Undefined: the default one is used. */
  #contextFor(name: string): SecureContext | undefined {
    return this.#named.find(({ certificate }) => certificate.checkHost(name) !== undefined)?.context;
  }
}

function contextsOf({ certificates, ca }: TlsSettings): Named[] {
  return certificates.map(({ cert, key }) => ({
    certificate: new X509Certificate(cert),
    context: createSecureContext({ ...OLDEST, cert, key, ...(ca === undefined ? {} : { ca }) }),
  }));
}

/**
 * RFC 5922 7.2: SIP URIs in the certificate decide when there are any, else its DNS names (or addresses). Unlike there, a
 * wildcard as the leftmost label is taken (RFC 6125 6.4.3): trunk providers have them.
 */
function identityFault(name: string, certificate: PeerCertificate): Error | undefined {
  const uris = [...(certificate.subjectaltname ?? '').matchAll(/URI:sips?:([^,\s"]+)/gi)].map(
    ([, host]) => host,
  );
  if (uris.length === 0) return checkServerIdentity(name, certificate);
  if (uris.some((host) => host?.toLowerCase() === name.toLowerCase())) return undefined;
  return Object.assign(new Error(`certificate is for sip:${uris.join(', sip:')}, not for ${name}`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
}
