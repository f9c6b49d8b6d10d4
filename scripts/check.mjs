// `npm run check`: everything that can be said about the code without running it. Each gate must show that it looked.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { asProgram, bootstrap, root, say, SetupProblem } from './bootstrap.mjs';

const bin = (name) => path.join(root, 'node_modules', '.bin', name);

const gates = [
  { name: 'format', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'lint', command: [bin('eslint'), '--max-warnings', '0', '.'] },
  { name: 'architecture', command: [bin('vitest'), 'run', '--project', 'pure', 'test/architecture.test.ts'] },
  { name: 'openapi', command: [process.execPath, 'scripts/openapi.mjs', '--check'] },
  { name: 'verto table', command: [process.execPath, 'scripts/verto-table.mjs', '--check'] },
];

await asProgram(async () => {
  bootstrap('start');
  for (const gate of gates) {
    const started = performance.now();
    const [command, ...args] = gate.command;
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) throw new SetupProblem(`the ${gate.name} gate failed\n${stdout}${stderr}`);
    say(`${gate.name}: clean (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  }
});
