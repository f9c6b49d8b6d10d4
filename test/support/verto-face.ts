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
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async open(): Promise<VertoFace> {
    const child = fork(path.join(import.meta.dirname, 'verto-face-host.ts'), {
      execArgv: ['--conditions=cordboard-source', '--expose-gc', '--import', 'tsx'],
    });
    const [port] = (await within('the face is up', once(child, 'message'), 60_000)) as [number];
    return new VertoFace(child, port);
  }

  /** Agents 1001 and 1002. */
  logIn(user: string, options: { sessid?: string } = {}): Promise<VertoClient> {
    return VertoClient.logIn(this.url, user, 'right-password', options);
  }

  async vitals(): Promise<Vitals> {
    const answer = once(this.#child, 'message');
    this.#child.send('vitals');
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

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

/** Hears the beat of agent 1002 and writes down how late each was. */
export class Bystander {
  readonly #client: VertoClient;

  private constructor(client: VertoClient) {
    this.#client = client;
  }

  static async at(face: VertoFace): Promise<Bystander> {
    const client = await face.logIn('1002');
    await client.must('verto.subscribe', { eventChannel: 'vcc.default.1002' });
    const bystander = new Bystander(client);
    await bystander.heard(3);
    return bystander;
  }

  /** How late the events so far were, milliseconds, the least late first; forgets them. */
  take(): readonly number[] {
    const { events, arrivedAt } = this.#client;
    const offset = Date.now() - performance.now();
    const late = events.flatMap(({ eventType, data }, index) =>
      eventType === 'agent-state' ? (arrivedAt[index] ?? 0) + offset - Number(data['reason']) : [],
    );
    events.splice(0);
    arrivedAt.splice(0);
    return late.sort((a, b) => a - b);
  }

  /** That many more events have come. */
  async heard(count: number): Promise<void> {
    const enough = this.#client.events.length + count;
    await until(`${count} beats`, () => this.#client.events.length >= enough, { withinMs: 30_000 });
  }

  close(): void {
    this.#client.close();
  }
}

export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
