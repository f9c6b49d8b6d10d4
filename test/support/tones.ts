// Sound as numbers: sines to speak with, Goertzel to hear with, G.711 µ-law (ITU-T G.711) for the wire, and WAV files to
// look into recordings. Written apart from the product's own codec, so that the two check each other.

import { readFileSync, writeFileSync } from 'node:fs';

export const sampleRate = 8_000;

/** One µ-law octet for a 16-bit sample. */
export function toMuLaw(sample: number): number {
  const bias = 0x84;
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32_635) + bias;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** The 16-bit sample a µ-law octet stands for. */
export function fromMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 0x07);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

/** The 16-bit sample an A-law octet stands for. */
export function fromALaw(octet: number): number {
  const bits = octet ^ 0x55;
  const exponent = (bits >> 4) & 0x07;
  const mantissa = bits & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

/** `count` samples of a sine at `hertz`, beginning `from` samples after zero; amplitude is a share of full scale. */
export function sine(hertz: number, from: number, count: number, amplitude = 0.25): Int16Array {
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i += 1) {
    samples[i] = Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * hertz * (from + i)) / sampleRate));
  }
  return samples;
}

/** How strong the tone `hertz` is in the samples: its amplitude as a share of full scale (Goertzel's algorithm). */
export function strength(samples: Int16Array, hertz: number): number {
  if (samples.length === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate);
  let previous = 0;
  let beforeThat = 0;
  for (const sample of samples) {
    const current = sample / 32_768 + coefficient * previous - beforeThat;
    beforeThat = previous;
    previous = current;
  }
  const power = previous ** 2 + beforeThat ** 2 - coefficient * previous * beforeThat;
  return (2 * Math.sqrt(Math.max(power, 0))) / samples.length;
}

/**
 * The same for sound from a network: where a packet was lost or late the tone goes on in another phase, and would cancel itself out over a
 * longer stretch. Measured in blocks of 40 ms, in which tones that are multiples of 25 Hz do not disturb each other.
 */
export function strengthOfPieces(samples: Int16Array, hertz: number): number {
  const block = sampleRate / 25;
  let power = 0;
  for (let from = 0; from + block <= samples.length; from += block)
    power += strength(samples.subarray(from, from + block), hertz) ** 2;
  return Math.sqrt(power / Math.max(1, Math.floor(samples.length / block)));
}

/** Root mean square, as a share of full scale: is there any sound at all? */
export function loudness(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += (sample / 32_768) ** 2;
  return Math.sqrt(sum / samples.length);
}

export interface Recording {
  readonly rate: number;
  readonly durationMs: number;
  /** One array of samples per channel: left, right. */
  readonly channels: readonly Int16Array[];
}

/** Writes a mono 16-bit PCM WAV file of the rate all phones here speak. */
export function writeWav(file: string, samples: Int16Array): void {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length * 2, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length * 2, 40);
  writeFileSync(file, Buffer.concat([header, Buffer.from(samples.buffer)]));
}

/** Reads a 16-bit PCM WAV file (RIFF). @throws Error naming what is wrong with it. */
export const readWav = (file: string): Recording => parseWav(readFileSync(file), file);

/** @param file what the bytes are called when something is wrong with them */
export function parseWav(bytes: Buffer, file: string): Recording {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${file} is no RIFF file`);
  let at = 12;
  let channelCount = 0;
  let rate = 0;
  while (at + 8 <= bytes.length) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8);
    if (id === 'fmt ') {
      channelCount = bytes.readUInt16LE(at + 10);
      rate = bytes.readUInt32LE(at + 12);
      if (bytes.readUInt16LE(at + 22) !== 16) throw new Error(`${file} is not 16-bit PCM`);
    }
    if (id === 'data') return unravel(bytes.subarray(at + 8, at + 8 + size), channelCount, rate);
    at += 8 + size + (size % 2);
  }
  throw new Error(`${file} has no data chunk`);
}

function unravel(pcm: Buffer, channelCount: number, rate: number): Recording {
  const frames = Math.floor(pcm.length / 2 / channelCount);
  const channels = Array.from({ length: channelCount }, (_, channel) =>
    Int16Array.from({ length: frames }, (_unused, frame) =>
      pcm.readInt16LE(2 * (frame * channelCount + channel)),
    ),
  );
  return { rate, durationMs: (frames * 1000) / rate, channels };
}
