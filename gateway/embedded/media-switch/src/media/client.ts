// The signalling thread's end of the media thread.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CallName, FromWorker, MediaCalls, MediaOptions, MediaOrder, MediaReport } from './protocol.ts';

/** What the switch asks of its media, however it is carried out. */
export interface Media {
  call<N extends CallName>(name: N, args: MediaCalls[N][0]): Promise<MediaCalls[N][1]>;
  order(order: MediaOrder): void;
}

/** The media thread refused or is gone. */
export class MediaFailure extends Error {
  override readonly name = 'MediaFailure';
}

/**
 * Where the worker's code is: beside this module in a bundle (dist/media-worker.js), one folder up in the sources. A
 * worker does not inherit tsx from the thread that starts it, so the sources come in through a line that registers it.
 */
export function workerEntry(moduleUrl: string): URL {
  const bundled = new URL('./media-worker.js', moduleUrl);
  if (existsSync(fileURLToPath(bundled))) return bundled;
  const source = new URL('../media-worker.ts', moduleUrl);
  const commonJs = createRequire(moduleUrl).resolve('tsx/esm/api');
  const tsx = pathToFileURL(commonJs.replace(/\.cjs$/, '.mjs'));
  const entry = `const { register } = await import('${tsx.href}'); register(); await import('${source.href}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(entry)}`);
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

/** Runs the worker and speaks with it. */
export class MediaThread implements Media {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closing = false;

  /**
   * @param onReport everything the thread reports by itself
   * @param onDeath the thread ended without having been asked to: no call of this switch has sound any more
   */
  constructor(
    options: MediaOptions,
    onReport: (report: MediaReport) => void,
    onDeath: (error: Error) => void,
  ) {
    this.#worker = new Worker(workerEntry(import.meta.url), { workerData: options, execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => {
      if ('report' in message) onReport(message);
      else this.#settle(message);
    });
    let fault: Error | undefined;
    this.#worker.on('error', (error: Error) => (fault = error));
    this.#worker.on('exit', (code) => {
      const death = fault ?? new MediaFailure(`the media thread ended with code ${code}`);
      for (const waiting of this.#waiting.values()) waiting.reject(death);
      this.#waiting.clear();
      if (!this.#closing) onDeath(death);
    });
  }

  call<N extends CallName>(name: N, args: MediaCalls[N][0]): Promise<MediaCalls[N][1]> {
    if (this.#closing) return Promise.reject(new MediaFailure('the media thread is closed'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ call: name, id, with: args });
    });
  }

  order(order: MediaOrder): void {
    if (!this.#closing) this.#worker.postMessage(order);
  }

  #settle(message: Extract<FromWorker, { reply: number }>): void {
    const waiting = this.#waiting.get(message.reply);
    this.#waiting.delete(message.reply);
    if ('failed' in message) waiting?.reject(new MediaFailure(message.failed));
    else waiting?.resolve(message.result as never);
  }

  /** Ends the thread. Recordings were finished when their legs closed. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }
}
