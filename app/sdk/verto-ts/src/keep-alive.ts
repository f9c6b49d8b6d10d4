// Notices a connection that is dead but does not say so (a laptop that slept, a NAT that forgot): when nothing came for a while, ask;
// when nothing comes for `maxFailed` asks in a row, it is dead. Whatever comes counts as life, a refusal too: plain mod_verto answers
// `Uas.Ping` with -32601 and is well.

import type { Outside } from './outside.ts';

export interface KeepAlive {
  /** Milliseconds of silence before asking. */
  readonly interval: number;
  /** So many questions in a row without a sign of life: dead. */
  readonly maxFailed: number;
}

export class LifeSigns {
  readonly #outside: Pick<Outside, 'setTimer'>;
  readonly #settings: KeepAlive;
  readonly #ask: () => void;
  readonly #dead: () => void;
  #heard = false;
  #failed = 0;
  #asked = false;
  #cancel: () => void = () => undefined;

  constructor(
    outside: Pick<Outside, 'setTimer'>,
    settings: KeepAlive,
    { ask, dead }: { ask: () => void; dead: () => void },
  ) {
    this.#outside = outside;
    this.#settings = settings;
    this.#ask = ask;
    this.#dead = dead;
    this.#again();
  }

  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#cancel();
  }

  #again(): void {
    this.#cancel = this.#outside.setTimer(this.#settings.interval, () => this.#look());
  }

  #look(): void {
    this.#failed = this.#heard || !this.#asked ? 0 : this.#failed + 1;
    if (this.#failed >= this.#settings.maxFailed) {
      this.#dead();
      return;
    }
    this.#asked = !this.#heard;
    this.#heard = false;
    this.#again();
    if (this.#asked) this.#ask();
  }
}
