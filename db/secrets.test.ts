import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSecrets } from './secrets.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'cordboard-secrets-')), 'secrets');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it('makes each secret once and keeps it for its owner only', () => {
  const secrets = openSecrets(folder);
  const [key, word, password] = [
    secrets.key('signing'),
    secrets.word('esl'),
    secrets.password('demo-password'),
  ];
  expect(key).toHaveLength(32);
  expect(word).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(password).toMatch(/^[a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5}$/);
  const again = openSecrets(folder);
  expect([again.key('signing'), again.word('esl'), again.password('demo-password')]).toEqual([
    key,
    word,
    password,
  ]);
  expect(modeOf(folder)).toBe('700');
  expect(readdirSync(folder).sort()).toEqual(['demo-password', 'esl', 'signing']);
  for (const name of readdirSync(folder)) expect(modeOf(join(folder, name))).toBe('600');
});

it('makes another for each name and each folder', () => {
  const secrets = openSecrets(folder);
  expect(secrets.word('esl')).not.toBe(secrets.word('drachtio'));
  expect(openSecrets(join(folder, 'other')).word('esl')).not.toBe(secrets.word('esl'));
});

it('keeps a secret somebody put there, closes it to others, and refuses one that is too short', () => {
  const secrets = openSecrets(folder);
  writeFileSync(join(folder, 'esl'), 'put-there-by-hand\n');
  chmodSync(join(folder, 'esl'), 0o644);
  expect(secrets.word('esl')).toBe('put-there-by-hand');
  expect(modeOf(join(folder, 'esl'))).toBe('600');
  writeFileSync(join(folder, 'drachtio'), 'cymru\n');
  expect(() => secrets.word('drachtio')).toThrow('too short');
  expect(readFileSync(join(folder, 'drachtio'), 'utf8')).toBe('cymru\n');
});

it('refuses a damaged secret, and never works with what is left of a key', () => {
  const secrets = openSecrets(folder);
  const damages = [
    '\0'.repeat(44),
    '!'.repeat(43),
    'A'.repeat(42),
    `${'A'.repeat(42)}=`,
    'two words, not one',
  ];
  for (const damage of damages) {
    writeFileSync(join(folder, 'signing'), damage);
    expect(() => secrets.key('signing'), JSON.stringify(damage)).toThrow(
      `the secret in ${join(folder, 'signing')} is damaged: remove the file to have a new one made`,
    );
  }
  writeFileSync(join(folder, 'esl'), '\0'.repeat(32));
  expect(() => secrets.word('esl')).toThrow('damaged');
});

it('takes names only, no paths', () => {
  const secrets = openSecrets(folder);
  for (const name of ['../x', 'a/b', '', '.', 'A']) expect(() => secrets.word(name)).toThrow(RangeError);
});
