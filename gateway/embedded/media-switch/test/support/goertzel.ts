// How much of a tone is in a piece of sound: Goertzel's algorithm.

/**
 * Share of the signal's energy at one frequency, 0–1 (a pure tone gives about 1).
 * @param samples 8 kHz; at least 400 (50 ms) for a bandwidth below 20 Hz
 */
export function toneShare(samples: Int16Array, hz: number, rate = 8_000): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let s1 = 0;
  let s2 = 0;
  let energy = 0;
  for (const sample of samples) {
    const s0 = sample + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
    energy += sample * sample;
  }
  if (energy === 0 || samples.length === 0) return 0;
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  return (2 * power) / (samples.length * energy);
}

/** Amplitude of one frequency in a piece of sound. */
export function toneAmplitude(samples: Int16Array, hz: number, rate = 8_000): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let s1 = 0;
  let s2 = 0;
  for (const sample of samples) {
    const s0 = sample + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2);
  return samples.length === 0 ? 0 : (2 * Math.sqrt(power)) / samples.length;
}

/** A sine. @param amplitude peak */
export function sine(hz: number, samples: number, amplitude = 8_000, from = 0): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * (from + i)) / 8_000)),
  );
}
