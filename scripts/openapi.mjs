// `npm run openapi`: writes docs/openapi.json from the table of operations. `--check` writes nothing, and fails when the committed
// document is another.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asProgram, root, say, SetupProblem } from './bootstrap.mjs';

const committed = path.join(root, 'docs/openapi.json');

await asProgram(() => (process.argv.includes('--check') ? check() : write(committed)));

function check() {
  const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-openapi-'));
  try {
    const fresh = path.join(folder, 'openapi.json');
    write(fresh);
    if (readFileSync(fresh, 'utf8') !== readFileSync(committed, 'utf8')) {
      throw new SetupProblem(
        'docs/openapi.json is not what the code says; `npm run openapi` writes it anew.',
      );
    }
    say('docs/openapi.json is what the code says');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(file) {
  const program = path.join(root, 'app/http/write-openapi.ts');
  const args = ['--conditions=cordboard-source', '--import', 'tsx', program, file];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new SetupProblem(`the OpenAPI document could not be made:\n${stderr}`);
}
