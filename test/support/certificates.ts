// Certificates for a test, made by openssl in a folder of its own: an authority, and whatever it signs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface IssuedCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Who signed it. */
  readonly caFile: string;
}

export interface Authority {
  readonly caFile: string;
  readonly ca: Buffer;
  /** @param names as in subjectAltName: `DNS:sip.example.org`, `IP:127.0.0.1`, `URI:sip:example.org` */
  issue(...names: string[]): IssuedCertificate;
  remove(): void;
}

const quietly = (...args: string[]): void =>
  void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 20_000 });

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate authority nobody else believes. */
export function certificateAuthority(): Authority {
  const folder = mkdtempSync(path.join(tmpdir(), 'certificates-'));
  const at = (name: string): string => path.join(folder, name);
  const subject = ['-subj', '/CN=Test authority', '-days', '2'];
  quietly('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), ...subject);
  let count = 0;
  return {
    caFile: at('ca.pem'),
    ca: readFileSync(at('ca.pem')),
    issue(...names) {
      const base = at(`leaf-${++count}`);
      writeFileSync(`${base}.ext`, `subjectAltName=${names.join(',')}\n`);
      quietly('req', ...newKey, '-keyout', `${base}.key`, '-out', `${base}.csr`, '-subj', '/CN=test');
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
      const files = ['-in', `${base}.csr`, '-out', `${base}.pem`, '-extfile', `${base}.ext`];
      quietly('x509', '-req', ...files, ...signing);
      return { certFile: `${base}.pem`, keyFile: `${base}.key`, caFile: at('ca.pem') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
