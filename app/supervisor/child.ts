// One supervised program: started, watched, started again when it dies (with a growing pause), ended with its whole process
// group so that nothing is left over.
//
//   stopped ──start()──► starting ──ready──► up
//                           ▲                 │ died
//                           └──── pause ◄─────┘        stop() from anywhere ──► stopped
//
// A child learns of our own death by its IPC channel closing, and then ends itself: no orphans even after kill -9.

import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';

export interface ChildSpec {
  /** Shown to people and used for the log file's name. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface ChildEvents {
  onReady(message: unknown): void;
  onDied(how: string, againInMs: number): void;
  /** A line on standard error: something a person should see. */
  onComplaint(line: string): void;
}

const pauses = [100, 250, 500, 1_000, 2_000, 5_000];
/** A child that lived this long has recovered: the next death starts from the shortest pause. */
const recoveredAfterMs = 30_000;
const stopPatienceMs = 8_000;

export class Child {
  readonly spec: ChildSpec;
  readonly #events: ChildEvents;
  #process: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #deaths = 0;
  #stopping = false;
  #ready = false;
  #log: WriteStream | undefined;

  constructor(spec: ChildSpec, events: ChildEvents) {
    this.spec = spec;
    this.#events = events;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** True until it has been ready once: a program that dies before that has a wrong setting, not bad luck. */
  get neverWasReady(): boolean {
    return !this.#wasReady;
  }
  #wasReady = false;

  start(): void {
    this.#log ??= createWriteStream(this.spec.logFile, { flags: 'a', mode: 0o600 });
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', ...this.spec.args], {
      env: this.spec.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.#process = child;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#log?.write(chunk);
      if (!this.#ready && chunk.toString().split('\n').includes('ready')) this.#becomeReady({});
    });
    forEachLine(child, (line) => {
      this.#log?.write(`${line}\n`);
      this.#events.onComplaint(line);
    });
    child.on('message', (message) => this.#becomeReady(message));
    child.once('error', (error) => this.#events.onComplaint(error.message));
    child.once('exit', (code, signal) => this.#died(child, signal ?? `exit code ${code}`, startedAt));
  }

  #becomeReady(message: unknown): void {
    this.#ready = true;
    this.#wasReady = true;
    this.#events.onReady(message);
  }

  #died(child: ChildProcess, how: string, startedAt: number): void {
    this.#ready = false;
    endGroup(child.pid, 'SIGKILL');
    this.#process = undefined;
    if (this.#stopping) return;
    if (performance.now() - startedAt > recoveredAfterMs) this.#deaths = 0;
    const pause = pauses[Math.min(this.#deaths, pauses.length - 1)] ?? 0;
    this.#deaths += 1;
    this.#events.onDied(how, pause);
    this.#again = setTimeout(() => this.start(), pause);
  }

  /** Asks it to end, then insists. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const child = this.#process;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const insist = setTimeout(() => endGroup(child.pid, 'SIGKILL'), stopPatienceMs);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(insist);
      endGroup(child.pid, 'SIGKILL');
    }
    await new Promise<void>((resolve) => {
      if (this.#log) this.#log.end(resolve);
      else resolve();
    });
  }
}

/** A child is the leader of its own process group; ends whatever it left behind. */
function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: the group is gone already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function forEachLine(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
