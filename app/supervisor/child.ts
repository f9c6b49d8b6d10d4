// One supervised program: started, watched, started again when it dies (with a growing pause), ended with its whole process
// group so that nothing is left over.
//
//   stopped ──start()──► starting ──ready──► up
//                          ▲  │ silent: killed │ died
//                          │  ▼                ▼
//                          └──────── pause ◄───┘        stop() from anywhere ──► stopped
//
// One that dies before it was ever ready is not started again: that is a wrong setting, not bad luck.
// A child learns of our own death by its IPC channel closing, and then ends itself: no orphans even after kill -9.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forEachLine } from './lines.ts';
import { LogFile } from './log-file.ts';
import { codeOf } from './start-problem.ts';

export interface ChildSpec {
  /** Shown to people and used for the log file's name. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface ChildEvents {
  /** At first and after each restart: its message, or `{}` when it printed `ready`. */
  onReady(message: unknown): void;
  /** `againInMs` is undefined when it will not be started again. */
  onDied(how: string, againInMs: number | undefined): void;
  /** A line on standard error: something a person should see. */
  onComplaint(line: string): void;
}

/** Milliseconds. */
export interface ChildTiming {
  /** Before the first restart, the second …; the last one is repeated. */
  readonly pauses: readonly number[];
  /** The longest for one that was up when it died: what it needs is there, and to wait for it would only turn callers away. */
  readonly longestAfterUp: number;
  /** A child that was up this long has recovered: its next death starts from the shortest pause. */
  readonly recoveredAfter: number;
  /** One that is not ready by then is killed. */
  readonly readyWithin: number;
  /** One that has not ended by then is killed. */
  readonly stopPatience: number;
}

const usualTiming: ChildTiming = {
  pauses: [100, 250, 500, 1_000, 2_000, 5_000],
  longestAfterUp: 1_000,
  recoveredAfter: 10_000,
  readyWithin: 60_000,
  stopPatience: 8_000,
};

export class Child {
  readonly spec: ChildSpec;
  readonly #events: ChildEvents;
  readonly #timing: ChildTiming;
  readonly #log: LogFile;
  #process: ChildProcess | undefined;
  /** The next start, or the end of our patience with a silent one. */
  #timer: NodeJS.Timeout | undefined;
  #deaths = 0;
  #held = false;
  #wasReady = false;
  #readySince: number | undefined;
  #killedFor: string | undefined;

  constructor(spec: ChildSpec, events: ChildEvents, timing: Partial<ChildTiming> = {}) {
    this.spec = spec;
    this.#events = events;
    this.#timing = { ...usualTiming, ...timing };
    this.#log = new LogFile(spec.logFile, { onTrouble: (line) => events.onComplaint(line) });
  }

  /** Undefined while it is not running. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get ready(): boolean {
    return this.#readySince !== undefined;
  }

  start(): void {
    const child = spawn(process.execPath, ['--enable-source-maps', ...this.spec.args], {
      env: this.spec.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.#process = child;
    this.#killedFor = undefined;
    this.#timer = setTimeout(() => this.#tooSilent(child), this.#timing.readyWithin);
    if (child.stdout) forEachLine(child.stdout, (line) => this.#printed(child, line));
    if (child.stderr) forEachLine(child.stderr, (line) => this.#complained(line));
    child.on('message', (message) => {
      if (isReady(message)) this.#becomeReady(child, message);
    });
    let failure: string | undefined;
    child.on('error', (error) => (failure = error.message));
    child.once('exit', () => endGroup(child.pid));
    // `close` and not `exit`: its last words must have been read. It also comes for a program that could not be run.
    child.once('close', (code, signal) =>
      this.#died(child, this.#killedFor ?? failure ?? signal ?? `exit code ${code}`),
    );
  }

  #printed(child: ChildProcess, line: string): void {
    this.#log.line(line);
    if (line === 'ready' && !this.ready) this.#becomeReady(child, {});
  }

  #complained(line: string): void {
    this.#log.line(line);
    this.#events.onComplaint(line);
  }

  #becomeReady(child: ChildProcess, message: unknown): void {
    if (this.#process !== child || this.#held) return;
    clearTimeout(this.#timer);
    this.#readySince ??= performance.now();
    this.#wasReady = true;
    this.#events.onReady(message);
  }

  #tooSilent(child: ChildProcess): void {
    this.#killedFor = `silent for ${this.#timing.readyWithin / 1_000} s`;
    endGroup(child.pid);
  }

  #died(child: ChildProcess, how: string): void {
    if (this.#process !== child) return;
    clearTimeout(this.#timer);
    const upFor = this.#readySince === undefined ? 0 : performance.now() - this.#readySince;
    this.#process = undefined;
    this.#readySince = undefined;
    if (this.#held) return;
    if (!this.#wasReady) return this.#events.onDied(how, undefined);
    if (upFor > this.#timing.recoveredAfter) this.#deaths = 0;
    const pause = this.#pauseAfter(upFor);
    this.#deaths += 1;
    this.#timer = setTimeout(() => this.start(), pause);
    this.#events.onDied(how, pause);
  }

  #pauseAfter(upFor: number): number {
    const { pauses, longestAfterUp } = this.#timing;
    const due = pauses[Math.min(this.#deaths, pauses.length - 1)] ?? 0;
    return upFor > 0 ? Math.min(due, longestAfterUp) : due;
  }

  /** From now on it is not started again, and its death is not told. */
  hold(): void {
    this.#held = true;
    clearTimeout(this.#timer);
  }

  /** Asks it to end, then insists. Resolves when it and its group are gone and its log is written. */
  async stop(): Promise<void> {
    this.hold();
    const child = this.#process;
    if (child) {
      const gone = once(child, 'close');
      const insist = setTimeout(() => endGroup(child.pid), this.#timing.stopPatience);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(insist);
    }
    await this.#log.close();
  }
}

const isReady = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready';

/** A child is the leader of its own process group; ends it and whatever it left behind. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The group is gone already, which is what was wanted. (EPERM is macOS's word for a group of zombies.)
    if (!['ESRCH', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
}
