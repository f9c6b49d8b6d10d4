// The one sound format inside the switch: mono, 8 kHz, 16-bit, twenty milliseconds at a time.

export const SAMPLE_RATE = 8_000;
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1_000;

/** A silent frame that nobody may write to. */
export const SILENCE: Readonly<Int16Array> = new Int16Array(FRAME_SAMPLES);

/** Anything that yields sound frame by frame. */
export interface SampleSource {
  /**
   * Fills `frame` (FRAME_SAMPLES long); missing samples at the end of the sound are written as zeros.
   * @returns false once there was no sample left to give
   */
  read(frame: Int16Array): boolean;
  /** Frees what the source holds; no `read` follows. */
  close(): void;
}

/** Clamps to the 16-bit range. */
export const saturate = (value: number): number =>
  value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
