// mod_verto's speed test: text lines that are not JSON. `#SPU <bytes>`, the bytes as `#SPB …`, `#SPE`; the server answers `#SPU <ms>` for
// the way up, sends as many bytes back, and ends with `#SPD <ms>` for the way down.

import { VertoError } from './errors.ts';

export interface SpeedTestResult {
  readonly upDur: number;
  readonly downDur: number;
  /** Kilobits a second. */
  readonly upKPS: number;
  readonly downKPS: number;
}

const blockSize = 1024;

export class SpeedTest {
  readonly #bytes: number;
  readonly #done: (result: SpeedTestResult) => void;
  #upMs = 0;

  constructor(bytes: number, done: (result: SpeedTestResult) => void) {
    this.#bytes = bytes;
    this.#done = done;
  }

  /** @throws VertoError `invalid` */
  static lines(bytes: number): readonly string[] {
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > 10_000_000)
      throw new VertoError('invalid', 'a speed test takes 1 to 10000000 bytes');
    const block = `#SPB ${'.'.repeat(blockSize - 5)}`;
    return [`#SPU ${bytes}`, ...Array<string>(Math.ceil(bytes / blockSize)).fill(block), '#SPE'];
  }

  received(code: string, rest: string): void {
    if (code === 'U') this.#upMs = Number(rest);
    if (code !== 'D') return;
    const downMs = Number(rest);
    this.#done({
      upDur: this.#upMs,
      downDur: downMs,
      upKPS: this.#rate(this.#upMs),
      downKPS: this.#rate(downMs),
    });
  }

  #rate(ms: number): number {
    return Math.round((this.#bytes * 8) / 1024 / (Math.max(1, ms) / 1000));
  }
}
