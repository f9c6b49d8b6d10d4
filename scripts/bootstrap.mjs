// Installs what is missing, and nothing else: npm packages from the lock file, and on Debian or Ubuntu the system packages.
// Plain Node without dependencies, because on a fresh clone there are none yet.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** A person can act on this: printed as one line, without a stack. */
export class SetupProblem extends Error {
  name = 'SetupProblem';
}

/** Debian's package starts a service of its own, with its own settings and on every address; ours is a child of ours. */
const janus = { program: 'janus', package: 'janus', service: 'janus.service' };

/** Speaks the texts of call flows. */
const espeak = { program: 'espeak-ng', package: 'espeak-ng' };

/**
 * What each purpose needs from the operating system: the program looked for, the Debian package that brings it, and the
 * service that package would start.
 */
export const systemPrograms = {
  start: [janus, espeak],
  test: [
    janus,
    espeak,
    { program: 'chromium', package: 'chromium' },
    { program: 'sipp', package: 'sip-tester' },
    { program: 'svmap', package: 'sipvicious' },
    { program: 'baresip', package: 'baresip-core' },
    { program: 'twinkle-console', package: 'twinkle-console' },
    // The sound card of a phone on a machine without one.
    { program: 'pulseaudio', package: 'pulseaudio' },
    { program: 'parec', package: 'pulseaudio-utils' },
    { program: '/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so', package: 'libasound2-plugins' },
    { program: 'turnserver', package: 'coturn', service: 'coturn.service' },
    { program: '/usr/lib/postgresql/*/bin/initdb', package: 'postgresql' },
  ],
};

const nodeFloor = [20, 19];

/** Checks the Node version, installs npm packages when the lock file changed, and the system packages for `purpose`. */
export function bootstrap(purpose) {
  requireNode();
  installSystemPackages(systemPrograms[purpose]);
  installNpmPackages();
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > nodeFloor[0] || (major === nodeFloor[0] && minor >= nodeFloor[1])) return;
  throw new SetupProblem(`Node ${nodeFloor.join('.')} or newer is needed; this is ${process.versions.node}.`);
}

function installNpmPackages() {
  const stampFile = path.join(root, 'node_modules', '.cordboard-installed');
  const stamp = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .update(process.version)
    .digest('hex');
  if (existsSync(stampFile)) {
    if (readFileSync(stampFile, 'utf8') === stamp) return;
    if (onlyOurOwnChanged()) {
      writeAside(stampFile, stamp);
      return;
    }
  }
  say('Installing npm packages (first start: the database driver is compiled, which takes a minute or two)');
  // Without scripts: a package whose compilation fails would take the whole installation down, before we could fetch the tools.
  run(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    'npm packages could not be installed',
  );
  buildSqlite();
  writeAside(stampFile, stamp);
}

/** A new workspace of ours, or a new line in its package.json, costs a link and no reinstallation. */
function onlyOurOwnChanged() {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const entries = Object.entries(packages).filter(([place]) => place.startsWith('node_modules/'));
  const there = entries.every(
    ([place, { link, optional, version }]) =>
      link || optional || versionAt(path.join(root, place)) === version,
  );
  if (!there || !loadsSqlite()) return false;
  for (const [place, { link, resolved }] of entries) {
    const target = path.join(root, place);
    if (!link || lstatSync(target, { throwIfNoEntry: false })) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.relative(path.dirname(target), path.join(root, resolved)), target);
  }
  return true;
}

function versionAt(folder) {
  const file = path.join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

/** Never in place: node_modules may be shared by hard links. */
function writeAside(file, text) {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

/** The driver's prebuilt binary where it can be had, else it is compiled, for which Debian may lack the tools. */
function buildSqlite() {
  const rebuild = ['rebuild', 'sqlite3', '--loglevel=error'];
  // node-gyp's word for: compile on every core.
  process.env.JOBS ??= 'max';
  if (spawnSync('npm', rebuild, { cwd: root, stdio: 'ignore' }).status === 0 && loadsSqlite()) return;
  installSystemPackages(['g++', 'make', 'python3'].map((program) => ({ program, package: program })));
  run('npm', rebuild, 'the sqlite3 driver could not be built');
  if (loadsSqlite()) return;
  throw new SetupProblem('The sqlite3 driver does not load; `npm rebuild sqlite3` says why.');
}

function loadsSqlite() {
  return (
    spawnSync(process.execPath, ['-e', "require('sqlite3')"], { cwd: root, stdio: 'ignore' }).status === 0
  );
}

function installSystemPackages(programs) {
  const absent = programs.filter(({ program }) => !has(program));
  const missing = absent.map((entry) => entry.package);
  if (missing.length === 0) return;
  if (!has('apt-get')) {
    throw new SetupProblem(
      `Missing on this system: ${missing.join(', ')}. Install them with your package manager and start again.`,
    );
  }
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    throw new SetupProblem(
      `Missing system packages, and no right to install them. Run: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  say(`Installing system packages: ${missing.join(' ')}`);
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    run(command, rest, `apt-get ${args[0]} failed`);
  };
  apt('update', '-qq');
  for (const { service } of absent) if (service) keepFromStarting(service, run, sudo);
  apt('install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...missing);
  const still = programs.filter(({ program }) => !has(program)).map((entry) => entry.package);
  if (still.length > 0) throw new SetupProblem(`Installed, yet not found: ${still.join(', ')}.`);
}

/** Where systemd looks first; a link to /dev/null there is a mask (systemctl(1), `mask`). */
const unitFolder = '/etc/systemd/system';

/**
 * Masks a service before its package is installed: nothing may listen because we needed a program. A unit somebody has put
 * there is left alone; `systemctl unmask` brings the package's own back.
 */
export function keepFromStarting(service, perform = run, sudo = [], folder = unitFolder) {
  const unit = path.join(folder, service);
  if (lstatSync(unit, { throwIfNoEntry: false })) return false;
  const [command, ...rest] = [
    ...sudo,
    'sh',
    '-c',
    'mkdir -p "$1" && ln -s /dev/null "$2"',
    'mask',
    folder,
    unit,
  ];
  perform(command, rest, `${service} could not be masked`);
  say(
    `The system's own ${service} is masked: it would listen beyond this machine. (systemctl unmask ${service} undoes it.)`,
  );
  return true;
}

function has(program) {
  if (program.includes('*')) {
    const [before, after] = program.split('*');
    return spawnSync('sh', ['-c', `ls -d ${before}*${after} >/dev/null 2>&1`]).status === 0;
  }
  if (path.isAbsolute(program)) return existsSync(program);
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/bin',
  ];
  return folders.some((folder) => {
    const candidate = path.join(folder, program);
    return existsSync(candidate) && statSync(candidate).isFile();
  });
}

/** Runs a command quietly; what it printed is shown only when it failed. */
function run(command, args, whenItFails) {
  try {
    execFileSync(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    throw new SetupProblem(`${whenItFails} (${command} ${args[0]}):\n${whatItSaid(error)}`);
  }
}

/** The reason comes first with npm (usage and advice follow), and last with most others. */
function whatItSaid({ stdout, stderr, message }) {
  const lines = [stdout, stderr].flatMap((part) => String(part ?? '').split('\n'));
  const npm = lines.filter((line) => /^npm (error|ERR!) \S/.test(line)).slice(0, 6);
  return (npm.length > 0 ? npm : lines.slice(-12)).join('\n').trim() || message;
}

export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Runs `main`; a SetupProblem becomes one line and exit code 1, anything else is a bug and stays loud. */
export async function asProgram(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    process.stderr.write(`cordboard: ${error.message}\n`);
    process.exitCode = 1;
  }
}
