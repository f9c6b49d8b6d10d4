// `npm run check`: everything that can be said about the code without running it. Each gate must show that it looked.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { asProgram, bootstrap, root, say, SetupProblem } from './bootstrap.mjs';

const bin = (name) => path.join(root, 'node_modules', '.bin', name);

const gates = [
  { name: 'lint', command: [bin('eslint'), '--max-warnings', '0', '.'] },
  { name: 'format', command: [bin('prettier'), '--check', '--log-level', 'warn', '.'] },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'architecture', command: [bin('vitest'), 'run', '--project', 'gates'] },
  { name: 'openapi', command: [process.execPath, 'scripts/openapi.mjs', '--check'] },
  { name: 'verto table', command: [process.execPath, 'scripts/verto-table.mjs', '--check'] },
];

await asProgram(async () => {
  bootstrap('start');
  // The longest begin first; two at a time, for each is busy with one core.
  const waiting = [...gates];
  const failures = [];
  const worker = async () => {
    for (let gate = waiting.shift(); gate; gate = waiting.shift()) {
      const failure = await pass(gate);
      if (failure !== undefined) failures.push(failure);
    }
  };
  await Promise.all([worker(), worker()]);
  if (failures.length > 0) throw new SetupProblem(failures.join('\n'));
});

/** @returns what is wrong; undefined when the gate is clean */
async function pass({ name, command: [command, ...args] }) {
  const started = performance.now();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [status, ...output] = await Promise.all([
    new Promise((resolve, reject) => child.once('error', reject).once('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (status !== 0) return `the ${name} gate failed\n${output.join('')}`;
  say(`${name}: clean (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return undefined;
}
