// Whether somebody speaks, by energy, as a conference tells it: a loud frame or a few audible ones begin a talkspurt, quiet
// for a while ends it, so that the gaps between words do not.

/** Audible frames that begin a talkspurt when none is loud: 100 ms. */
const FRAMES_TO_START = 5;
/** Quiet frames that end one: 800 ms. */
const FRAMES_TO_STOP = 40;
/** So far above the level one frame is enough. */
const LOUD_ABOVE_LEVEL = 400;

/** One speaker. */
export class TalkDetector {
  /** Mean of the samples' absolute values that counts as audible. */
  level: number;
  /** That of the newest frame. */
  energy = 0;
  #talking = false;
  #audible = 0;
  #quiet = 0;

  constructor(level: number) {
    this.level = level;
  }

  /** Takes one frame. @returns the change it brought, if any */
  push(frame: Readonly<Int16Array>): 'started' | 'stopped' | undefined {
    this.energy = meanOf(frame);
    if (this.energy <= this.level) return this.#countQuiet();
    this.#quiet = 0;
    if (this.#talking) return undefined;
    if (this.energy - this.level < LOUD_ABOVE_LEVEL && ++this.#audible < FRAMES_TO_START) return undefined;
    this.#talking = true;
    return 'started';
  }

  #countQuiet(): 'stopped' | undefined {
    this.#audible = 0;
    if (!this.#talking || ++this.#quiet < FRAMES_TO_STOP) return undefined;
    this.reset();
    return 'stopped';
  }

  /** Forgets that she speaks: muted, for example. */
  reset(): void {
    this.#talking = false;
    this.#audible = 0;
    this.#quiet = 0;
  }
}

function meanOf(frame: Readonly<Int16Array>): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) sum += Math.abs(frame[i]!);
  return Math.round(sum / frame.length);
}
