// What the documents name is there: files, headings, commands, settings, headers. A document that is wrong about the house is worse than none.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unknownSettings } from '../app/config.ts';

const root = path.resolve(import.meta.dirname, '..');
const rooms = ['app', 'gateway', 'db', 'test', 'scripts', 'docs', 'freeswitch-conf', 'janus-conf'];
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Paths from the root, of what is written by hand. */
function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (!entry.isDirectory()) return [name];
    return ['node_modules', 'dist', 'data'].includes(entry.name) ? [] : filesBelow(name);
  });
}

const files = [...rooms.flatMap(filesBelow), ...readdirSync(root).filter((name) => name.includes('.'))];
const sources = files.filter((file) => /\.(c?[jt]s|m[jt]s|tsx)$/.test(file));
const documents = files
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, whole: read(file), prose: read(file).replaceAll(/^```.*?^```/gms, '') }));

/** Every match of the pattern's first group in the texts, with where it stands. */
const named = (pattern: RegExp, texts: readonly { readonly file: string; readonly text: string }[]) =>
  texts.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, name = '']) => ({ file, name })));
const prose = documents.map(({ file, prose }) => ({ file, text: prose }));
const whole = documents.map(({ file, whole }) => ({ file, text: whole }));
const code = sources.map((file) => ({ file, text: read(file) }));
const told = (wrong: readonly { readonly file: string; readonly name: string }[]): string[] =>
  wrong.map(({ file, name }) => `${file} names ${name}`);

/** As from the document's own folder; a `*` stands for any part of a file's name. */
function isThere(from: string, target: string): boolean {
  const place = path.posix.normalize(path.posix.join(path.posix.dirname(from), target));
  if (!target.includes('*')) return existsSync(path.join(root, place));
  const pattern = place.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return files.some((file) => new RegExp(`^${pattern.join('[^/]*')}$`).test(file));
}

/** As a heading is addressed: `## Feature codes` is `#feature-codes`. */
const headings = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('what the documents name is there', () => {
  it('links lead to a file, and to a heading of it', () => {
    const links = named(/\]\(([^)\s]+)\)/g, prose).filter(({ name }) => !/^[a-z]+:/.test(name));
    const wrong = links.filter(({ file, name }) => {
      const [target = '', heading] = name.split('#');
      const document = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
      if (!existsSync(path.join(root, document))) return true;
      return heading !== undefined && !headings(document).includes(heading);
    });
    expect(told(wrong)).toEqual([]);
    expect(links.length).toBeGreaterThan(50);
  });

  it('paths are of files, from the root or from beside the document', () => {
    const paths = named(/`([\w.*-][\w.*/-]*\/[\w.*/-]+)`/g, prose).filter(
      ({ name }) => rooms.includes(name.split('/')[0] ?? '') || /\.[jt]sx?$/.test(name),
    );
    const wrong = paths.filter(
      ({ file, name }) => !name.startsWith('dist/') && !isThere('.', name) && !isThere(file, name),
    );
    expect(told(wrong)).toEqual([]);
    expect(paths.length).toBeGreaterThan(50);
  });

  it('commands are scripts of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = named(/npm run ([a-z][\w:-]*)/g, [...whole, ...code]);
    expect(told(commands.filter(({ name }) => !(name in scripts)))).toEqual([]);
    expect(commands.length).toBeGreaterThan(20);
  });

  it('documents and decisions that the code points at exist', () => {
    const pointers = named(/\b(docs\/[\w/-]+\.md)\b/g, code);
    const decisions = named(/\bADR (\d{4})\b/g, [...code, ...whole]);
    const numbers = files.map((file) => /^docs\/adr\/(\d{4})-/.exec(file)?.[1]);
    expect(told(pointers.filter(({ name }) => !existsSync(path.join(root, name))))).toEqual([]);
    expect(told(decisions.filter(({ name }) => !numbers.includes(name)))).toEqual([]);
    expect(pointers.length).toBeGreaterThan(10);
    expect(decisions.length).toBeGreaterThan(10);
  });

  it('each decision has a number of its own', () => {
    const numbers = files.flatMap((file) => /^docs\/adr\/(\d{4})-/.exec(file)?.[1] ?? []);
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
    expect(numbers.length).toBeGreaterThan(10);
  });
});

describe('the README and the wire conventions are whole', () => {
  it('every setting in the table of the README is one the program takes', () => {
    const rows = read('README.md').match(/^\| `CORDBOARD_.*$/gm) ?? [];
    const settings = rows.flatMap((row) => row.split('|')[1]?.match(/CORDBOARD_\w+/g) ?? []);
    expect(unknownSettings(Object.fromEntries(settings.map((name) => [name, 'any'])))).toEqual([]);
    expect(settings.length).toBeGreaterThan(20);
  });

  it('every document can be reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const file of reached) {
      const links = named(/\]\(([^)\s]+)\)/g, file.endsWith('.md') ? [{ file, text: read(file) }] : []);
      for (const { name } of links) {
        const target = path.posix.join(path.posix.dirname(file), name.split('#')[0] ?? '');
        const within = documents.filter(({ file }) => path.posix.dirname(file) === target);
        for (const found of [target, ...within.map(({ file }) => file)])
          if (existsSync(path.join(root, found))) reached.add(found);
      }
    }
    expect(documents.map(({ file }) => file).filter((file) => !reached.has(file))).toEqual([]);
  });

  it('every header of ours on the wire is explained', () => {
    const written = named(
      /['`](X-Cordboard-[A-Z][a-z]+)['`]/g,
      code.filter(({ file }) => /^(app|gateway)\//.test(file)),
    );
    const explained = read('docs/wire-conventions.md');
    expect(told(written.filter(({ name }) => !explained.includes(`| \`${name}\``)))).toEqual([]);
    expect(new Set(written.map(({ name }) => name)).size).toBeGreaterThan(5);
  });
});
