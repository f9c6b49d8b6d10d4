// `npm run bench`: builds, runs the benches one after another, and prints one table. docs/benchmarks.md says what the figures mean.
// `npm run bench -- edge media` runs some of them, `--quick` with fewer rounds. A missed goal is marked and is no failure of the
// run; a bench that could not run is.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { asProgram, bootstrap, root, say, SetupProblem } from './bootstrap.mjs';
import { build } from './build.mjs';

const benches = ['routing', 'edge', 'setup', 'media', 'esl', 'verto', 'rest'];

/** Programs that run in processes of their own beside a bench; bundled like the product, so that they cost what it costs. */
const programs = {
  'edge-app': 'test/bench/edge-app.ts',
  'b2bua-app': 'test/bench/b2bua-app.ts',
  'setup-app': 'test/bench/setup-app.ts',
  'media-host': 'test/bench/media-host.ts',
  'media-load': 'test/bench/media-load.ts',
  'verto-host': 'test/bench/verto-host.ts',
  'media-worker': 'gateway/embedded/media-switch/src/media-worker.ts',
};

await asProgram(async () => {
  const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const options = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
  const unknown = asked.find((name) => !benches.includes(name));
  if (unknown !== undefined)
    throw new SetupProblem(`there is no bench ${unknown}; there are ${benches.join(', ')}`);
  bootstrap('test');
  await build();
  await bundlePrograms();
  const findings = [];
  const broken = [];
  for (const name of asked.length > 0 ? asked : benches) {
    say(`\n${name} (load ${loadavg()[0].toFixed(1)} on ${cpus().length} CPUs)`);
    const result = await run(name, options);
    findings.push(...result.findings);
    if (result.status !== 0) broken.push(name);
  }
  say(`\n${table(findings)}\n`);
  if (broken.length > 0) say(`could not be run: ${broken.join(', ')}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
});

async function bundlePrograms() {
  const esbuild = await import('esbuild');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: programs,
    outdir: path.join(root, 'dist/bench'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['cordboard-source'],
    external: Object.keys({ ...dependencies, ...devDependencies }),
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}

/** Runs one bench in a process of its own. What it found arrives over IPC, what it says on the way is passed on. */
function run(name, options) {
  const findings = [];
  const args = ['--conditions=cordboard-source', '--import', 'tsx', `test/bench/${name}.ts`, ...options];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => findings.push(...message.findings));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ status: findings.length > 0 ? (code ?? 1) : 1, findings }));
  });
}

function table(findings) {
  const head = ['what', 'measured', 'rounds from … to', 'goal', ''];
  const rows = findings.map(({ what, measured, spread = '', goal = '', met }) => [
    what,
    measured,
    spread,
    goal,
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
