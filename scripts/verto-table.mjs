// The table of docs/faces/verto.md, made from the conformance tests: every `row(section, subject, sentence, …)` of
// test/contract/verto*.test.ts is one line. `--check` only compares; a row without a test, or the other way round, cannot be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'test/contract');
const page = path.join(root, 'docs/faces/verto.md');
const [begin, end] = ['<!-- rows: npm run verto-table -->', '<!-- end of rows -->'];
const fewest = 50;

const text = String.raw`'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"`;
const call = new RegExp(String.raw`\brow\(\s*(?:${text}),\s*(?:${text}),\s*(?:${text}),`, 'g');

const files = readdirSync(folder).filter((name) => /^verto.*\.test\.ts$/.test(name));
const rows = files.sort().flatMap((file) => {
  const source = readFileSync(path.join(folder, file), 'utf8');
  const found = [...source.matchAll(call)].map((match) => {
    const [section, subject, sentence] = [1, 3, 5].map((at) => unquoted(match[at] ?? match[at + 1] ?? ''));
    return { section, subject, sentence, file };
  });
  const calls = source.match(/^\s*row\(/gm)?.length ?? 0;
  if (calls !== found.length)
    fail(`${file}: ${calls} rows, ${found.length} understood: keep their names plain strings`);
  return found;
});
if (rows.length < fewest) fail(`only ${rows.length} rows found; at least ${fewest} are expected`);

rows.sort(
  (a, b) => a.section.localeCompare(b.section, 'en', { numeric: true }) || a.subject.localeCompare(b.subject),
);
const cells = [
  ['contract', 'subject', 'what holds', 'test'],
  ...rows.map(({ section, subject, sentence, file }) => [
    section,
    `\`${subject}\``,
    sentence.replaceAll('|', '\\|'),
    file.replace(/^verto-?|\.test\.ts$/g, '') || 'verto',
  ]),
];
const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
const line = (row, filler = ' ') =>
  `| ${row.map((cell, column) => cell.padEnd(widths[column], filler)).join(' | ')} |`;
const table = [
  line(cells[0]),
  line(
    cells[0].map(() => ''),
    '-',
  ),
  ...cells.slice(1).map((row) => line(row)),
].join('\n');

const before = readFileSync(page, 'utf8');
const from = before.indexOf(begin);
const to = before.indexOf(end);
if (from < 0 || to < from) fail(`${page}: the marks of the table are missing`);
const after = `${before.slice(0, from + begin.length)}\n\n${rows.length} rows.\n\n${table}\n\n${before.slice(to)}`;

if (!process.argv.includes('--check')) writeFileSync(page, after);
else if (after !== before) fail('docs/faces/verto.md is not what the tests say: npm run verto-table');
process.stdout.write(`verto: ${rows.length} rows of ${files.length} files\n`);

function unquoted(literal) {
  return literal.replace(/\\(.)/g, '$1');
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
