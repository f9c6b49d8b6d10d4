// Reads docker-compose.yml as far as ours uses YAML: maps and lists by indentation, quoted and plain scalars, lists of them in brackets.
// Anything else is refused rather than guessed. (`docker compose config` reads it with a whole parser.)

export type Yaml = string | Yaml[] | { [name: string]: Yaml };

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** @throws Error for what it does not read */
export function readYaml(source: string): Yaml {
  const lines = source
    .replaceAll(/\[\n[^\]]*\]/g, (list) => list.replaceAll(/\s*\n\s*/g, ' '))
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => ({ depth: line.search(/\S/), text: line.trim() }));
  const [value, rest] = block(lines);
  if (rest.length > 0) throw new Error(`unexpected: ${rest[0]?.text}`);
  return value;
}

function block(lines: readonly Line[]): [Yaml, readonly Line[]] {
  if (lines[0]?.text.startsWith('[')) return [scalar(lines[0].text), lines.slice(1)];
  return lines[0]?.text.startsWith('- ') ? list(lines) : map(lines);
}

function list(lines: readonly Line[]): [Yaml[], readonly Line[]] {
  const depth = lines[0]?.depth;
  const end = lines.findIndex((line) => line.depth !== depth || !line.text.startsWith('- '));
  const own = end < 0 ? lines : lines.slice(0, end);
  return [own.map(({ text }) => scalar(text.slice(2))), lines.slice(own.length)];
}

function map(lines: readonly Line[]): [{ [name: string]: Yaml }, readonly Line[]] {
  const depth = lines[0]?.depth ?? 0;
  const found: { [name: string]: Yaml } = {};
  let rest = lines;
  while (rest[0]?.depth === depth) {
    const [, name, value = ''] = /^([A-Za-z_][\w.-]*):(?: (.*))?$/.exec(rest[0].text) ?? [];
    if (name === undefined || name in found) throw new Error(`not read: ${rest[0].text}`);
    rest = rest.slice(1);
    if (value !== '') found[name] = scalar(value);
    else [found[name], rest] = block(rest);
  }
  return [found, rest];
}

function scalar(text: string): Yaml {
  if (text === '{}') return {};
  if (text.startsWith('[')) return (text.slice(1, -1).match(word) ?? []).map(plain);
  return plain(text);
}

const word = /'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,]+/g;

function plain(text: string): string {
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^".*"$/.test(text)) return String(JSON.parse(text));
  if (/^[{&*|>!'"[]|\s#/.test(text)) throw new Error(`not read: ${text}`);
  return text;
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?why}` filled in, as Compose does. @throws Error for a missing one that must be there */
export function interpolated(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\$|\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g,
    (whole: string, name?: string, how?: string, word = ''): string => {
      if (name === undefined) return '$';
      const value = given[name] ?? '';
      if (value !== '') return value;
      if (how === '?') throw new Error(`${name}: ${word}`);
      if (how === '-') return String(word);
      throw new Error(`${whole} has neither a default nor a demand`);
    },
  );
}
