// The processes a bench starts: each prints one line when it is up, and is ended by its own id.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { within } from '../support/until.ts';

export const root = path.resolve(import.meta.dirname, '../..');
/** Where `npm run bench` puts the bundled programs of the benches. */
export const benchPrograms = path.join(root, 'dist/bench');

export interface Part {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it printed up to and including the line that says it is up. */
  readonly greeting: string;
  stop(): Promise<void>;
}

/**
 * Starts a Node program and waits until a line of its output ends in `ready`.
 * @param file the program, absolute
 * @throws Error with what it printed, when it ends before that
 */
export async function startPart(file: string, args: readonly string[]): Promise<Part> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let printed = '';
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (/^ready$/m.test(printed)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', () => reject(new Error(`${path.basename(file)} ended:\n${printed}`)));
  });
  await within(`${path.basename(file)} is up`, ready, 60_000);
  return {
    pid: child.pid ?? -1,
    child,
    get greeting() {
      return printed;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await within(`${path.basename(file)} ends`, gone, 10_000);
    },
  };
}

/** Asks a part over its IPC channel; it answers with one message. */
export async function ask<T>(part: Part, question: string): Promise<T> {
  const answer = once(part.child, 'message') as Promise<[T]>;
  part.child.send(question);
  return (await within(`an answer to ${question}`, answer, 10_000))[0];
}
