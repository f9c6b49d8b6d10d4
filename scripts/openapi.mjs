// Writes docs/openapi.json from the table of operations. A test fails when the committed document is another.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const program = path.join(root, 'app/http/write-openapi.ts');
const { status } = spawnSync(
  process.execPath,
  ['--conditions=cordboard-source', '--import', 'tsx', program, path.join(root, 'docs/openapi.json')],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
