// What a phone heard, as samples, and how much of a given tone is in it. The file may still be growing: its header's length
// is written when the call ends, so the data is taken to the end of the file.

import { readFileSync } from 'node:fs';

export interface Recording {
  readonly sampleRate: number;
  /** Mono, 16 bit. */
  readonly samples: Int16Array;
  readonly seconds: number;
  /**
   * How much of the sound is this tone: its amplitude relative to full scale, 0…1, over the last `lastSeconds` (default: all).
   */
  level(hz: number, lastSeconds?: number): number;
}

/** @returns undefined while the file has no complete header */
export function readRecording(file: string): Recording | undefined {
  const bytes = readFileSync(file);
  const data = bytes.indexOf('data', 12, 'latin1');
  if (bytes.length < 44 || data < 0) return undefined;
  const channels = bytes.readUInt16LE(22);
  const sampleRate = bytes.readUInt32LE(24);
  const frames = Math.floor((bytes.length - data - 8) / 2 / channels);
  const samples = new Int16Array(frames);
  for (let at = 0; at < frames; at += 1) samples[at] = bytes.readInt16LE(data + 8 + at * 2 * channels);
  return recordingOf(samples, sampleRate);
}

export function recordingOf(samples: Int16Array, sampleRate: number): Recording {
  return {
    sampleRate,
    samples,
    seconds: samples.length / sampleRate,
    level: (hz, lastSeconds) =>
      toneLevel(
        lastSeconds ? samples.subarray(-Math.round(lastSeconds * sampleRate)) : samples,
        sampleRate,
        hz,
      ),
  };
}

/**
 * Amplitude of one frequency, relative to full scale: the root mean square over 50 ms windows of its Fourier coefficient
 * (Goertzel), so that phase jumps of packet loss between windows do not cancel it.
 */
export function toneLevel(samples: Int16Array, sampleRate: number, hz: number): number {
  const window = Math.round(sampleRate / 20);
  let power = 0;
  let windows = 0;
  for (let start = 0; start + window <= samples.length; start += window) {
    let [real, imaginary] = [0, 0];
    for (let at = 0; at < window; at++) {
      const angle = (2 * Math.PI * hz * at) / sampleRate;
      // Hann window: a loud neighbour must not leak into a quiet tone.
      const weight = 1 - Math.cos((2 * Math.PI * at) / window);
      const value = ((samples[start + at] ?? 0) / 32_768) * weight;
      real += value * Math.cos(angle);
      imaginary -= value * Math.sin(angle);
    }
    power += (4 * (real * real + imaginary * imaginary)) / (window * window);
    windows++;
  }
  return windows === 0 ? 0 : Math.sqrt(power / windows);
}

/** A mono 8 kHz wav file with a sine of half the full scale. */
export function toneWav(hz: number, seconds: number, sampleRate = 8_000): Buffer {
  const bytes = seconds * sampleRate * 2;
  const wav = Buffer.alloc(44 + bytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + bytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(bytes, 40);
  for (let at = 0; at < bytes / 2; at++) {
    wav.writeInt16LE(Math.round(16_384 * Math.sin((2 * Math.PI * hz * at) / sampleRate)), 44 + at * 2);
  }
  return wav;
}

/** The two sides of a recording of the switch: 16 bit at 8 kHz. @throws when it is none */
export function stereo(file: Buffer): { left: Int16Array; right: Int16Array; seconds: number } {
  const isStereo = file.toString('latin1', 0, 4) === 'RIFF' && file.readUInt16LE(22) === 2;
  if (!isStereo || file.readUInt32LE(24) !== 8_000) throw new Error('no stereo recording at 8 kHz');
  const data = file.indexOf('data', 12, 'latin1') + 8;
  const frames = Math.floor((file.length - data) / 4);
  const side = (at: number) =>
    Int16Array.from({ length: frames }, (_, i) => file.readInt16LE(data + i * 4 + at));
  return { left: side(0), right: side(2), seconds: frames / 8_000 };
}
