// mod_verto's speed test, in frames that are not JSON: how long an upload takes, then how long a download.
//
//   client  #SPU <bytes>   #SPB…   #SPB…   #SPE
//   server                                        #SPU <ms>   #SPB…   #SPB…   #SPD <ms>

export interface SpeedTestLine {
  say(text: string): void;
  /** Bytes that wait for the network. */
  backlog(): number;
  readonly over: boolean;
  /** Resolves when the network has taken what waited, or the line is over. */
  drained(): Promise<void>;
}

const mostBytes = 10_000_000;
const chunk = `#SPB${'B'.repeat(16 * 1024 - 4)}`;
const roomMs = 5_000;

type Stage = 'idle' | 'upload' | 'download';

export const isSpeedTest = (text: string): boolean => text.startsWith('#SP');

/** One line's speed test. Frames out of turn are left unanswered. */
export class SpeedTest {
  readonly #line: SpeedTestLine;
  readonly #now: () => number;
  #stage: Stage = 'idle';
  #bytes = 0;
  #taken = 0;
  #began = 0;
  #mayBeginAt = 0;

  constructor(line: SpeedTestLine, now: () => number) {
    this.#line = line;
    this.#now = now;
  }

  /** @returns false when the frame is more than was announced: a flood, not a test */
  take(text: string): boolean {
    if (this.#stage === 'download') return text.length <= 64;
    if (text.startsWith('#SPU')) return this.#begin(text);
    if (this.#stage !== 'upload') return false;
    if (text.startsWith('#SPE')) {
      void this.#download(this.#now() - this.#began);
      return true;
    }
    this.#taken += text.length;
    return this.#taken <= this.#bytes * 1.1 + chunk.length;
  }

  #begin(text: string): boolean {
    const bytes = Number(text.slice(4).trim());
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > mostBytes || this.#now() < this.#mayBeginAt)
      return false;
    this.#stage = 'upload';
    this.#bytes = bytes;
    this.#taken = 0;
    this.#began = this.#now();
    return true;
  }

  async #download(uploadMs: number): Promise<void> {
    this.#stage = 'download';
    this.#line.say(`#SPU ${Math.round(uploadMs)}`);
    const began = this.#now();
    for (let left = this.#bytes; left > 0 && !this.#line.over; left -= chunk.length) {
      this.#line.say(left >= chunk.length ? chunk : chunk.slice(0, Math.max(4, left)));
      if (this.#line.backlog() > 4 * chunk.length) await this.#line.drained();
    }
    this.#line.say(`#SPD ${Math.round(this.#now() - began)}`);
    this.#stage = 'idle';
    this.#mayBeginAt = this.#now() + roomMs;
  }
}
