// The client's union knows every event that Cordboard's Verto face sends; read from the sources, because a browser's package imports nothing of the server.

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const face = path.resolve(import.meta.dirname, '../../../faces/verto');
const words = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

test('every event type of the server is in the union', () => {
  const server = readdirSync(face)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(path.join(face, file), 'utf8');
      return words(text, /'((?:agent|queue|call|dial)-[a-z]+(?:-[a-z]+)*)'/g);
    });
  const client = words(
    readFileSync(path.resolve(import.meta.dirname, '../src/events.ts'), 'utf8'),
    /OfType<\s*'([a-z-]+)'/g,
  );
  expect(new Set(server).size).toBeGreaterThan(20);
  expect([...new Set(server)].filter((type) => !client.includes(type))).toEqual([]);
});
