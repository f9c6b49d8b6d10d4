// What a browser rings with while a call waits to be answered on the page: two notes, a pause, again. Made on the spot, so that
// nothing has to be loaded when the call is there.

const notes = [
  { hertz: 660, from: 0, to: 0.35 },
  { hertz: 880, from: 0.4, to: 0.75 },
] as const;
const everyMs = 2_500;
const loudness = 0.12;

export class RingTone {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Rings until stop(); a page nobody has touched yet stays silent (autoplay policy). */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#context ??= new AudioContext();
    // Waits where no person has touched the page yet.
    void this.#context.resume().then(() => this.#ring(), ignore);
    this.#timer = setInterval(() => this.#ring(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    void this.#context?.close();
    this.#context = undefined;
  }

  #ring(): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    for (const { hertz, from, to } of notes) sound(context, hertz, context.currentTime + from, to - from);
  }
}

/** Closed meanwhile: the call was answered. */
const ignore = (): void => undefined;

/** One note, without a click at its ends. */
function sound(context: AudioContext, hertz: number, at: number, seconds: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(loudness, at + 0.02);
  volume.gain.setValueAtTime(loudness, at + seconds - 0.05);
  volume.gain.linearRampToValueAtTime(0, at + seconds);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + seconds);
}
