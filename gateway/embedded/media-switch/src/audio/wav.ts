// RIFF/WAVE: the header read strictly enough to refuse what cannot be played, and written as 16-bit PCM.

import { PCMA, PCMU } from './g711.ts';

/** Where the sound of a file is and what it is made of. */
export interface WavLayout {
  readonly encoding: 'pcm16' | 'PCMU' | 'PCMA';
  readonly channels: number;
  readonly rate: number;
  /** Octets of one sample of all channels. */
  readonly blockBytes: number;
  readonly dataStart: number;
  /** Octets of sound; a recording that was cut short says what its last header said. */
  readonly dataBytes: number;
}

export const WAV_HEADER_BYTES = 44;
const ENCODINGS: Readonly<Record<number, { encoding: WavLayout['encoding']; bits: number }>> = {
  1: { encoding: 'pcm16', bits: 16 },
  6: { encoding: 'PCMA', bits: 8 },
  7: { encoding: 'PCMU', bits: 8 },
};

const layoutOf = (fmt: Buffer, dataStart: number, dataBytes: number): WavLayout | undefined => {
  if (fmt.length < 16) return undefined;
  const known = ENCODINGS[fmt.readUInt16LE(0)];
  const channels = fmt.readUInt16LE(2);
  const rate = fmt.readUInt32LE(4);
  if (!known || fmt.readUInt16LE(14) !== known.bits) return undefined;
  if (channels < 1 || channels > 8 || rate < 4_000 || rate > 192_000) return undefined;
  return {
    encoding: known.encoding,
    channels,
    rate,
    blockBytes: (channels * known.bits) / 8,
    dataStart,
    dataBytes,
  };
};

/**
 * Reads a file's beginning.
 * @param head the first octets of the file, at least up to its data chunk
 * @returns undefined when it is not a WAV file this switch can play
 */
export function parseWavHeader(head: Buffer): WavLayout | undefined {
  if (
    head.length < 12 ||
    head.toString('latin1', 0, 4) !== 'RIFF' ||
    head.toString('latin1', 8, 12) !== 'WAVE'
  )
    return undefined;
  let fmt: Buffer | undefined;
  for (let at = 12; at + 8 <= head.length;) {
    const id = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    if (id === 'data') return fmt && layoutOf(fmt, at + 8, size);
    if (id === 'fmt ') fmt = head.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size & 1);
  }
  return undefined;
}

/** Turns file octets into mono 16-bit samples; channels are averaged. `bytes` must hold whole blocks. */
export function decodeWav(bytes: Buffer, layout: WavLayout): Int16Array {
  const blocks = Math.floor(bytes.length / layout.blockBytes);
  const law = layout.encoding === 'PCMA' ? PCMA.decode : PCMU.decode;
  const out = new Int16Array(blocks);
  for (let block = 0; block < blocks; block++) {
    let sum = 0;
    for (let channel = 0; channel < layout.channels; channel++) {
      const index = block * layout.channels + channel;
      sum += layout.encoding === 'pcm16' ? bytes.readInt16LE(index * 2) : law[bytes[index]!]!;
    }
    out[block] = Math.round(sum / layout.channels);
  }
  return out;
}

/** The 44-octet header of a 16-bit PCM file. @param dataBytes octets of sound that follow */
export function wavHeader(channels: number, rate: number, dataBytes: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
