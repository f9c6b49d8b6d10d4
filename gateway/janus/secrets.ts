// The secrets between our own parts and Janus: made once, kept in the data folder, readable by its owner only.

import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../app/json.ts';

const secret = z.string().regex(/^[A-Za-z0-9_-]{32,}$/);
const secretsSchema = z.object({
  apiSecret: secret,
  adminSecret: secret,
  roomKey: secret,
  ownershipKey: secret,
});

export interface JanusSecrets {
  /** Every request of the Janus API carries it. */
  readonly apiSecret: string;
  readonly adminSecret: string;
  /** Needed to make a VideoRoom. */
  readonly roomKey: string;
  /** Key of the session ids' ownership mark (ownership.ts). */
  readonly ownershipKey: string;
}

const fresh = (): JanusSecrets => {
  const one = () => randomBytes(32).toString('base64url');
  return { apiSecret: one(), adminSecret: one(), roomKey: one(), ownershipKey: one() };
};

/**
 * Reads the secrets, or makes them at the first start. Two programs that start together get the same ones.
 * @param folder `<data>/secrets`; made when missing
 * @throws when the file is there but is not ours, in one line
 */
export function janusSecrets(folder: string): JanusSecrets {
  const file = path.join(folder, 'janus.json');
  if (!existsSync(file)) makeOnce(folder, file);
  const read = secretsSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (read.success) return read.data;
  const names = Object.keys(secretsSchema.shape).join(', ');
  throw new Error(
    `the secrets in ${file} are damaged (expected JSON with ${names}): remove the file to have new ones made`,
  );
}

/** Written aside and linked into place: another process sees a whole file or none, and the first one wins. */
function makeOnce(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(fresh()), { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside);
  }
}
