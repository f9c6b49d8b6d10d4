// A program that a test starts, kills and starts again, as the same program on the same ports: what it printed is kept, and it is ended
// by the id of the process that was started here, also when the test run dies.

import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

export interface OwnProcess {
  readonly pid: number;
  /** The tail of what it printed, for a failing test's message. */
  output(): string;
  /** Sends a signal to exactly this process. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone. */
  gone(): Promise<void>;
  /** Starts it again; for crash stories. */
  restart(): Promise<void>;
  /** SIGKILL, and gone. */
  stop(): Promise<void>;
}

export interface ProgramToStart {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Where it prints to. */
  readonly outputFile: string;
  readonly isUp: () => boolean | Promise<boolean>;
}

/** Resolves when it is up. @throws when it ends before, with what it said */
export async function startProcess(given: ProgramToStart): Promise<OwnProcess> {
  const { name, program, args, env = {}, outputFile, isUp } = given;
  let child: ChildProcess;
  const output = () => (existsSync(outputFile) ? readFileSync(outputFile, 'utf8').slice(-4_000) : '');

  const start = async (): Promise<void> => {
    child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const sink = createWriteStream(outputFile, { flags: 'a' });
    child.stdout?.pipe(sink, { end: false });
    child.stderr?.pipe(sink, { end: false });
    // A test run that dies leaves nothing behind.
    const started = child;
    const endWithUs = () => void started.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => {
      process.removeListener('exit', endWithUs);
      sink.end();
    });
    await until(
      `${name} answers`,
      () => {
        if (child.exitCode !== null)
          throw new Error(`${name} ended with ${child.exitCode} at start:\n${output()}`);
        return isUp();
      },
      { withinMs: 90_000, everyMs: 100 },
    );
  };
  const gone = () =>
    until(`${name} process is gone`, () => child.exitCode !== null || child.signalCode !== null).then(
      () => undefined,
    );
  const stop = async () => {
    child.kill('SIGKILL');
    await gone();
  };

  try {
    await start();
  } catch (error) {
    const last = output();
    await stop();
    throw new Error(`${name} did not start:\n${last}`, { cause: error });
  }
  return {
    get pid() {
      return child.pid ?? -1;
    },
    output,
    kill: (signal) => void child.kill(signal),
    gone,
    restart: start,
    stop,
  };
}
