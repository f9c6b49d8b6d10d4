// Good-byes the edge says in the name of a switch that died. The SIP server may have died with it: it is asked again until it is back.

import type { Farewell } from '../../app/ports/edge-calls.ts';
import type { ServerConnection } from './server-connection.ts';

/** A SIP server that was killed is back within seconds; a phone in silence is told for half a minute. */
const mostTries = 60;
const pauseMs = 500;

export class Farewells {
  readonly #ask: ServerConnection['ask'];
  readonly #waiting = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(ask: ServerConnection['ask']) {
    this.#ask = ask;
  }

  say(farewell: Farewell): void {
    void this.#try(farewell, mostTries);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#waiting) clearTimeout(timer);
  }

  async #try(farewell: Farewell, tries: number): Promise<void> {
    const { uri, headers, nextHop } = farewell;
    const answer = await this.#ask(uri, {
      method: 'BYE',
      headers,
      ...(nextHop !== undefined && { nextHop }),
    });
    if (answer !== undefined || tries === 0 || this.#stopped) return;
    const again = setTimeout(() => {
      this.#waiting.delete(again);
      void this.#try(farewell, tries - 1);
    }, pauseMs);
    this.#waiting.add(again);
  }
}
