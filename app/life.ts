// The beginning and the end of a program of many parts: waiting until each is up, and letting go of them in the opposite order.

import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { StartProblem } from './supervisor/start-problem.ts';

const readyPollMs = 50;

/** Things to let go of, in the opposite order of how they were opened. */
export type Closers = (() => void | Promise<void>)[];

export function listen(server: Server, { http }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new StartProblem(`CORDBOARD_PORT ${http.port} on ${http.host} is taken by another program`)
          : error,
      );
    });
    server.listen(http.port, http.host, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : http.port);
    });
  });
}

export async function allUp(
  probes: Readonly<Record<string, () => { up: boolean } | Promise<{ up: boolean }>>>,
): Promise<void> {
  for (const probe of Object.values(probes)) await isUp(probe, Infinity);
}

/** Waits until a part is up, `withinMs` at the longest. */
export async function isUp(
  probe: () => { up: boolean } | Promise<{ up: boolean }>,
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await probe()).up && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, readyPollMs));
}

export function endOnSignals(closers: Closers, log: Logger): void {
  let ending = false;
  const end = (why: string): void => {
    if (ending) return;
    ending = true;
    log.info({ why }, 'ending');
    void closeAll(closers, log).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal));
  // Started by the supervisor: when it dies, nobody would ever end us.
  process.on('disconnect', () => end('the supervisor is gone'));
}

async function closeAll(closers: Closers, log: Logger): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'a part did not close cleanly');
    }
  }
}
