// Janus as a supervised child: its private configuration written, started with the system's library path, watched, started again with a
// growing pause when it dies or no longer answers, and ended for good with stop().
//
//   stopped ──start()──► starting ──answers──► up ──┐
//                           ▲                       │ died, or silent for three questions (killed)
//                           └─────── pause ◄────────┘        stop() from anywhere ──► stopped

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { fillTemplate, type JanusSettings } from './configuration.ts';

export type JanusFailure = 'not_installed' | 'no_answer' | 'exited';

/** Janus did not start. The message is one line for a person. */
export class JanusStartError extends Error {
  override readonly name = 'JanusStartError';
  readonly reason: JanusFailure;

  constructor(reason: JanusFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface JanusProcessOptions {
  /** Everything but where the libraries are. */
  readonly settings: Omit<JanusSettings, 'libraries'>;
  /** Program name or path; found on the PATH by default. */
  readonly program?: string;
  /** More environment for the child, for example LD_PRELOAD. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Each line Janus prints. */
  readonly onLine?: (line: string) => void;
  /** It was up and is gone; `againInMs` until it is started again. */
  readonly onDied?: (how: string, againInMs: number) => void;
  /** It answers, at first and after each restart. */
  readonly onUp?: (pid: number) => void;
}

const templates = [
  'janus.jcfg',
  'janus.transport.websockets.jcfg',
  'janus.plugin.sip.jcfg',
  'janus.plugin.videoroom.jcfg',
];
const machines: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
};
const pauses = [100, 250, 500, 1_000, 2_000, 5_000] as const;
const readyWithinMs = 10_000;
const stopPatienceMs = 4_000;
const askEveryMs = 4_000;
const missesAllowed = 3;

export class JanusProcess {
  readonly #options: JanusProcessOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deaths = 0;
  #misses = 0;
  #up = false;
  #stopping = false;

  constructor(options: JanusProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get up(): boolean {
    return this.#up;
  }

  /** `ws://127.0.0.1:<port>` */
  get url(): string {
    return `ws://127.0.0.1:${this.#options.settings.webSocketPort}`;
  }

  /**
   * Writes the configuration and starts Janus. Resolves when it answers.
   * @throws JanusStartError when it is not installed, exits, or does not answer within 10 s
   */
  async start(): Promise<void> {
    this.#stopping = false;
    await endLeftOver(this.#options.settings.folder);
    writeConfiguration(this.#options.settings);
    await this.#launch();
  }

  /** Ends it: SIGTERM, then SIGKILL. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#up = false;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child && isAlive(child)) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const insist = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(insist);
    }
    // The folder holds secrets and nothing worth keeping.
    rmSync(this.#options.settings.folder, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    const { settings, program = 'janus', environment, onLine } = this.#options;
    const child = spawn(program, ['-F', settings.folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: settings.folder,
        LD_LIBRARY_PATH: systemLibraries(),
        ...environment,
      },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => onLine?.(line));
    }
    await spawned(child, program);
    writeFileSync(pidFile(settings.folder), String(child.pid));
    child.once('exit', (code, signal) => this.#died(child, signal ?? `exit code ${code}`));
    await this.#firstAnswer(child);
    this.#up = true;
    this.#misses = 0;
    this.#options.onUp?.(child.pid ?? 0);
    this.#timer = setTimeout(() => void this.#watch(child), askEveryMs);
  }

  async #firstAnswer(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    while (isAlive(child) && !this.#stopping) {
      if (await answers(this.url, 1_000)) return;
      if (performance.now() > deadline) {
        child.kill('SIGKILL');
        throw new JanusStartError('no_answer', `Janus does not answer at ${this.url}; its log says why.`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new JanusStartError(
      'exited',
      'Janus ended before it was ready; its log says why (often a port in use).',
    );
  }

  /** A process that is there but answers nothing is as good as dead, and worse to notice. */
  async #watch(child: ChildProcess): Promise<void> {
    const answered = await answers(this.url, askEveryMs / 2);
    if (this.#child !== child || this.#stopping || !isAlive(child)) return;
    this.#misses = answered ? 0 : this.#misses + 1;
    if (answered) this.#deaths = 0;
    if (this.#misses >= missesAllowed) child.kill('SIGKILL');
    else this.#timer = setTimeout(() => void this.#watch(child), askEveryMs);
  }

  #died(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    const wasUp = this.#up;
    this.#up = false;
    clearTimeout(this.#timer);
    // Before the first answer, start() tells its caller instead.
    if (this.#stopping || (!wasUp && this.#deaths === 0)) return;
    this.#again(how);
  }

  #again(how: string): void {
    const pause = pauses[Math.min(this.#deaths, pauses.length - 1)] ?? 0;
    this.#deaths += 1;
    this.#options.onDied?.(how, pause);
    this.#timer = setTimeout(() => {
      this.#launch().catch((error: unknown) => {
        if (!(error instanceof JanusStartError)) throw error;
        // An exit has called #died already, unless the program could not even be run.
        if (!this.#stopping && error.reason === 'not_installed') this.#again(error.message);
      });
    }, pause);
  }
}

function spawned(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      const message = missing
        ? `Janus (${program}) is not installed: apt-get install janus, or set CORDBOARD_JANUS_URL.`
        : `Janus (${program}) cannot be run: ${error.message}`;
      reject(new JanusStartError('not_installed', message, { cause: error }));
    });
  });
}

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** One `ping`, which Janus answers without a secret. */
function answers(url: string, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'janus-protocol', { handshakeTimeout: withinMs });
    const finish = (answer: boolean) => {
      clearTimeout(timer);
      resolve(answer);
      socket.terminate();
    };
    const timer = setTimeout(() => finish(false), withinMs);
    socket.on('error', () => finish(false));
    socket.once('open', () => socket.send('{"janus":"ping","transaction":"up"}'));
    socket.once('message', () => finish(true));
  });
}

/** With another sofia-sip earlier in the loader's path the SIP plugin crashes at its first answer. */
const systemLibraries = (): string => `/usr/lib/${machines[process.arch] ?? ''}`;

function pluginFolder(): string {
  const candidates = [
    path.join(systemLibraries(), 'janus'),
    '/usr/lib/janus',
    '/usr/lib64/janus',
    '/opt/janus/lib/janus',
  ];
  return candidates.find((folder) => existsSync(path.join(folder, 'plugins'))) ?? candidates[0] ?? '';
}

const pidFile = (folder: string): string => path.join(folder, 'janus.pid');

function writeConfiguration(given: Omit<JanusSettings, 'libraries'>): void {
  const settings: JanusSettings = { ...given, libraries: pluginFolder() };
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  const from = templateFolder();
  for (const name of templates) {
    const text = fillTemplate(readFileSync(path.join(from, name), 'utf8'), settings);
    writeFileSync(path.join(settings.folder, name), text, { mode: 0o600 });
  }
}

/** Our own parent was killed outright and the child lived on: it holds our ports, until it is really gone. */
async function endLeftOver(folder: string): Promise<void> {
  if (!existsSync(pidFile(folder))) return;
  const pid = Number(readFileSync(pidFile(folder), 'utf8'));
  if (!Number.isInteger(pid) || pid < 2 || !isJanusOf(folder, pid)) return;
  process.kill(pid, 'SIGKILL');
  while (isJanusOf(folder, pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Process ids are used again: it must still be the Janus of this folder. A zombie's command line is empty. */
function isJanusOf(folder: string, pid: number): boolean {
  const commandLine = `/proc/${pid}/cmdline`;
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(folder);
}

/** janus-conf is beside `dist` when built, two folders up from here when run from the sources. */
function templateFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const candidates = ['../janus-conf', '../../janus-conf'].map((relative) => path.resolve(here, relative));
  const found = candidates.find((folder) => existsSync(path.join(folder, 'janus.jcfg')));
  if (!found) throw new Error(`janus-conf is missing beside ${here}`);
  return found;
}
