// A target as the run sees it: a child process that can crash, stop answering, or grow.
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { within } from '../support/until.ts';
import type { Vitals } from './target.ts';

const PROGRAM = path.resolve(import.meta.dirname, 'target.ts');
const START_MS = 30_000;
const OUTPUT_KEPT = 8000;
/** Linux counts processor time in these. */
const TICK_MS = 10;

export class Target {
  readonly name: string;
  readonly #child: ChildProcess;
  #output = '';
  #listening: Readonly<Record<string, number>> = {};
  #stopping = false;
  /** Resolves with what it said when it ends before it was told to. */
  readonly crashed: Promise<string>;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    const keep = (chunk: Buffer): void =>
      void (this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_KEPT));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.crashed = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        if (!this.#stopping) resolve(`${name} ended (${code ?? signal})\n${this.#output}`);
      });
    });
  }

  static async start(name: string, args: readonly string[]): Promise<Target> {
    const child = fork(PROGRAM, [name, ...args], {
      execArgv: ['--expose-gc', '--conditions=cordboard-source', '--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const target = new Target(name, child);
    process.once('exit', () => child.kill('SIGKILL'));
    const ready = target.#told<{ ready: Record<string, number> }>('ready');
    const failed = target.crashed.then((why) => Promise.reject(new Error(why)));
    target.#listening = (await within(`${name} is ready`, Promise.race([ready, failed]), START_MS)).ready;
    return target;
  }

  /** The port of one of its doors. */
  port(door: string): number {
    const port = this.#listening[door];
    if (port === undefined) throw new Error(`${this.name} has no ${door}`);
    return port;
  }

  async vitals(): Promise<Vitals> {
    const told = this.#told<{ vitals: Vitals }>('vitals');
    this.#child.send('vitals');
    return (await within(`vitals of ${this.name}`, told, START_MS)).vitals;
  }

  /** Processor time it has used, milliseconds: tells a hang from a machine that has others to serve. */
  processorMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.send('stop');
    await within(`${this.name} ends`, gone, 10_000).catch(() => this.#child.kill('SIGKILL'));
  }

  #told<T extends object>(kind: string): Promise<T> {
    return new Promise((resolve) => {
      const look = (message: unknown): void => {
        if (typeof message !== 'object' || message === null || !(kind in message)) return;
        this.#child.off('message', look);
        resolve(message as T);
      };
      this.#child.on('message', look);
    });
  }
}
