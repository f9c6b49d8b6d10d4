// The Verto face in a process of its own (verto-face-host.ts), and one client who only listens and must not notice the others.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { until, within } from './until.ts';
import { VertoClient } from './verto-client.ts';

/** What the face holds at a moment, rubbish collected. */
export interface Vitals {
  readonly clients: number;
  readonly memoryMb: number;
  readonly sockets: number;
  readonly timers: number;
  /** Requests that failed because of a fault of ours, since the last time. */
  readonly faults: readonly string[];
}

export class VertoFace {
  readonly url: string;
  readonly password = 'right-password';
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param passwords what it costs to check one: nothing, or as much as in earnest */
  static async open(passwords: 'cheap' | 'dear' = 'cheap'): Promise<VertoFace> {
    const child = program('verto-face-host.ts', passwords);
    const [port] = (await within('the face is up', once(child, 'message'), 60_000)) as [number];
    return new VertoFace(child, port);
  }

  /** Agents 1001 to 1003, and `supervisor`. */
  logIn(user: string, options: { sessid?: string } = {}): Promise<VertoClient> {
    return VertoClient.logIn(this.url, user, this.password, options);
  }

  /** @param past so many events of 1002 have happened before what happens now */
  async vitals({ past = 0 }: { readonly past?: number } = {}): Promise<Vitals> {
    const answer = once(this.#child, 'message');
    this.#child.send({ past });
    const [vitals] = (await within('the face answers', answer, 60_000)) as [Vitals];
    return vitals;
  }

  /** Until only the bystander is left. */
  async alone(): Promise<Vitals> {
    let last = await this.vitals();
    await until(
      'everybody else has left',
      async () => {
        last = await this.vitals();
        return last.clients === 1 && last.sockets <= 2;
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    return last;
  }

  close(): Promise<void> {
    return ended(this.#child);
  }
}

/** Hears the beat of agent 1002, in a process of its own. */
export class Bystander {
  readonly #child: ChildProcess;
  readonly #late: number[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (late) => this.#late.push(late as number));
  }

  static async at(face: VertoFace): Promise<Bystander> {
    const bystander = new Bystander(program('verto-bystander.ts', face.url));
    await bystander.heard(3);
    return bystander;
  }

  /** Events since the last take(). */
  get count(): number {
    return this.#late.length;
  }

  /** How late the events so far were, milliseconds, the least late first; forgets them. */
  take(): readonly number[] {
    return this.#late.splice(0).sort((a, b) => a - b);
  }

  /** That many more events have come. */
  async heard(count: number): Promise<void> {
    const enough = this.#late.length + count;
    await until(`${count} beats`, () => this.#late.length >= enough, { withinMs: 60_000 });
  }

  close(): Promise<void> {
    return ended(this.#child);
  }
}

const program = (file: string, ...args: string[]): ChildProcess =>
  fork(path.join(import.meta.dirname, file), args, {
    execArgv: ['--conditions=cordboard-source', '--expose-gc', '--import', 'tsx'],
  });

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}

export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
