// Certificates for TLS and WSS: the files of the settings, and whether what is shown to a phone is what lies in them.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { isIP } from 'node:net';
import type { Check } from '../examine.ts';
import { note, well, wrong, type Finding } from '../finding.ts';
import { reachable } from '../installation.ts';

const dayMs = 86_400_000;
const soonDays = 21;
const renew = 'Renew it, then put the new files in place; Cordboard reads them anew by itself.';

export const certificates: Check = {
  name: 'certificate',
  async look({ config, isRunning, now }) {
    const { certificate, tls, wss } = config.sipTransports;
    if (!certificate) return [];
    const names = config.sip.host === '0.0.0.0' || config.sip.host === '::' ? [] : [config.sip.host];
    const { findings, leaf } = judgeFiles({ ...certificate, names, now: now() });
    const port = tls ?? wss;
    if (!leaf || !isRunning || port === undefined || config.drachtio) return findings;
    return [...findings, ...(await judgeShown({ host: reachable(config.sip.host), port }, leaf))];
  },
};

interface Files {
  readonly certFile: string;
  readonly keyFile: string;
  /** What clients call us. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What is wrong with a certificate, its chain and its key. */
export function judgeFiles(files: Files): {
  readonly findings: readonly Finding[];
  readonly leaf: X509Certificate | undefined;
} {
  const chain = chainIn(files.certFile);
  if (!Array.isArray(chain)) return { findings: [chain], leaf: undefined };
  const [leaf] = chain;
  if (!leaf) return { findings: [unreadable(files.certFile, 'no certificate in it')], leaf: undefined };
  const key = keyIn(files.keyFile);
  const found = [
    ...('seen' in key ? [key] : judgeKey(leaf, key, files)),
    ...judgeChain(chain),
    judgeTime(leaf, files),
    ...files.names.flatMap((name) => judgeName(leaf, name)),
  ];
  return { findings: found, leaf };
}

function chainIn(file: string): X509Certificate[] | Finding {
  try {
    const blocks = readFileSync(file, 'utf8').match(
      /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
    );
    return (blocks ?? []).map((block) => new X509Certificate(block));
  } catch (error) {
    return unreadable(file, errorText(error));
  }
}

function keyIn(file: string): KeyObject | Finding {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    return unreadable(file, errorText(error));
  }
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unreadable = (file: string, why: string): Finding =>
  wrong(
    'certificate.unreadable',
    `${file} cannot be read as PEM: ${why}.`,
    'Correct CORDBOARD_SIP_TLS_CERT and CORDBOARD_SIP_TLS_KEY, or the rights of the files.',
  );

function judgeKey(leaf: X509Certificate, key: KeyObject, { certFile, keyFile }: Files): Finding[] {
  if (leaf.checkPrivateKey(key)) return [];
  return [
    wrong(
      'certificate.key',
      `The key ${keyFile} does not belong to the certificate ${certFile}.`,
      'Put the key beside it that the certificate was requested with.',
    ),
  ];
}

function judgeChain(chain: readonly X509Certificate[]): Finding[] {
  const broken = chain.findIndex((each, at) => {
    const issuer = chain[at + 1];
    return issuer !== undefined && !(each.checkIssued(issuer) && each.verify(issuer.publicKey));
  });
  if (broken < 0) return [];
  return [
    wrong(
      'certificate.chain',
      `The certificates in the file are no chain: number ${broken + 2} did not sign number ${broken + 1}.`,
      'Order them: the own certificate first, then the one that signed it, and so on.',
    ),
  ];
}

function judgeTime(leaf: X509Certificate, { certFile, now }: Files): Finding {
  const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  const days = Math.floor((to - now) / dayMs);
  if (now < from) {
    const todo = 'If that is right, wait; if this machine believes it is another day, set its clock.';
    return wrong(
      'certificate.early',
      `The certificate ${certFile} is not good before ${leaf.validFrom}.`,
      todo,
    );
  }
  if (now >= to)
    return wrong('certificate.expired', `The certificate ${certFile} has expired on ${leaf.validTo}.`, renew);
  const seen = `The certificate ${certFile} is good for ${days} more days.`;
  return days < soonDays ? note('certificate.soon', seen, renew) : well('certificate.well', seen);
}

/** Phones are often told an address; browsers (WSS) insist on a name. */
function judgeName(leaf: X509Certificate, name: string): Finding[] {
  const fits = isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name);
  if (fits !== undefined) return [];
  return [
    note(
      'certificate.name',
      `The certificate is for ${leaf.subjectAltName ?? leaf.subject}, not for ${name}.`,
      'Well if phones and browsers are told one of those names; else have one made for the name they use.',
    ),
  ];
}

async function judgeShown(at: { host: string; port: number }, leaf: X509Certificate): Promise<Finding[]> {
  const shown = await shownBy(at);
  if (typeof shown === 'string') {
    const seen = `No TLS with ${at.host}:${at.port}: ${shown}.`;
    return [
      wrong('certificate.handshake', seen, 'Look into data/log/telephony.log; then start Cordboard again.'),
    ];
  }
  if (shown.fingerprint256 === leaf.fingerprint256) return [];
  return [
    wrong(
      'certificate.old',
      `At ${at.host}:${at.port} another certificate is shown than lies in the file.`,
      'Start Cordboard again: it did not notice that the file was exchanged.',
    ),
  ];
}

const handshakeMs = 5_000;

/** The certificate a server shows, believed or not; or why there was none. */
function shownBy(at: { host: string; port: number }): Promise<DetailedPeerCertificate | string> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, rejectUnauthorized: false, timeout: handshakeMs });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate(true));
      socket.destroy();
    });
    socket.once('timeout', () => {
      resolve(`no handshake within ${handshakeMs / 1000} s`);
      socket.destroy();
    });
    socket.once('error', (error: Error) => resolve(error.message));
  });
}
