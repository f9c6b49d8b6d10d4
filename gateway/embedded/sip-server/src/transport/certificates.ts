// Certificates from files, read again when they change: a renewal needs no restart, and one that cannot be used changes
// nothing.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { TlsCertificate, TlsSettings, TlsVerify } from '@cordboard/sip-stack';

export interface CertificateFiles {
  /** PEM: our certificate first, then its chain. */
  readonly certFile: string;
  /** PEM: its private key. */
  readonly keyFile: string;
}

export interface TlsFiles {
  /** The first is shown to clients that name nobody we know; the others by the names in them (SNI). */
  readonly certificates: readonly CertificateFiles[];
  /** PEM of the authorities that are believed; default: the system's. */
  readonly caFile?: string | undefined;
  readonly verify?: TlsVerify | undefined;
}

const LOOK_EVERY_MS = 10_000;

/** Reads everything. @throws the system's error naming the file, TypeError when there is no certificate */
export function readTlsFiles({ certificates, caFile, verify }: TlsFiles): TlsSettings {
  const [first, ...rest] = certificates.map(({ certFile, keyFile }): TlsCertificate => ({
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
  }));
  if (!first) throw new TypeError('TLS needs a certificate');
  return {
    certificates: [first, ...rest],
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(verify === undefined ? {} : { verify }),
  };
}

/**
 * Calls `changed` when one of the files changes.
 * @returns ends the watch
 */
export function watchTlsFiles({ certificates, caFile }: TlsFiles, changed: () => void): () => void {
  const files = certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  if (caFile !== undefined) files.push(caFile);
  // Looked at by their state, not by the system's notices: renewals replace links and folders.
  for (const file of files) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
  return () => {
    for (const file of files) unwatchFile(file, changed);
  };
}
