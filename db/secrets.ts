// Secrets the program makes for itself at its first start, one file each, readable by its owner only. Nothing starts with
// a secret that came in the box.

import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Secrets {
  /** 32 random bytes for signing; made when missing. */
  key(name: string): Buffer;
  /** A secret in letters and digits, 32 long (190 bits), fit for URLs, SIP and ESL; made when missing. */
  word(name: string): string;
  /** A password a person can type (15 letters and digits without look-alikes); made when missing. */
  password(name: string): string;
}

const nameRule = /^[a-z][a-z0-9-]{0,40}$/;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const typeable = 'abcdefghjkmnpqrstuvwxyz23456789';

/** @param folder `<data>/secrets`; made with mode 0700 */
export function openSecrets(folder: string): Secrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return {
    key: (name) =>
      keyIn(
        kept(folder, name, () => randomBytes(32).toString('base64url')),
        folder,
        name,
      ),
    word: (name) => kept(folder, name, () => randomText(letters, 32)),
    password: (name) => kept(folder, name, newPassword),
  };
}

/** What a file of that folder holds, for whoever only looks: nothing is made. */
export const readSecret = (folder: string, name: string): string | undefined =>
  readIfThere(join(folder, name));

/** A password a person can type, kept nowhere: 15 letters and digits without look-alikes, in groups of five. */
export const newPassword = (): string => randomText(typeable, 15).replace(/^(.{5})(.{5})/, '$1-$2-');

function kept(folder: string, name: string, make: () => string): string {
  if (!nameRule.test(name)) throw new RangeError(`not a name for a secret: ${name}`);
  const file = join(folder, name);
  const known = readIfThere(file) ?? createOnce(file, make());
  if (known.length < 12) throw damaged(file, 'is too short');
  // A machine that lost its power may leave a file of NULs behind.
  if (!/^[\x21-\x7e]+$/.test(known)) throw damaged(file, 'is damaged');
  chmodSync(file, 0o600);
  return known;
}

/** Decoding leaves out what is no base64url: what is left of a damaged key might be guessed. */
function keyIn(text: string, folder: string, name: string): Buffer {
  const key = Buffer.from(text, 'base64url');
  if (key.length !== 32 || key.toString('base64url') !== text)
    throw damaged(join(folder, name), 'is damaged');
  return key;
}

const damaged = (file: string, how: string): Error =>
  new Error(`the secret in ${file} ${how}: remove the file to have a new one made`);

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Written aside and linked into place: another process sees the whole secret or none, and the first one wins. */
function createOnce(file: string, secret: string): string {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(aside, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(aside, file);
    return secret;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return readFileSync(file, 'utf8').trim();
    throw error;
  } finally {
    rmSync(aside);
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Each letter equally likely: bytes beyond the largest multiple of the alphabet's length are thrown away. */
function randomText(alphabet: string, length: number): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < fair && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
