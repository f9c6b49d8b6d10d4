// The codecs a leg can speak, behind one shape: an octet per 8 kHz sample, both ways. G.711 keeps no state and is shared; a G.722
// direction remembers what came before.

import { G722Decoder, G722Encoder } from './g722.ts';
import { PCMA, PCMU, type G711 } from './g711.ts';

/** By their RTP encoding names (RFC 3551). */
export type CodecName = 'PCMU' | 'PCMA' | 'G722';

/** Static payload types (RFC 3551 table 4). */
export const PAYLOAD_TYPES: Readonly<Record<CodecName, number>> = { PCMU: 0, PCMA: 8, G722: 9 };
/** In order of preference: what needs no transcoding between most phones first. */
export const CODECS: readonly CodecName[] = ['PCMU', 'PCMA', 'G722'];

export const isCodecName = (name: string): name is CodecName => name in PAYLOAD_TYPES;

/** The codec of a payload type we know. */
export const codecOfPayloadType = (type: number): CodecName | undefined =>
  CODECS.find((name) => PAYLOAD_TYPES[name] === type);

/** Turns samples into octets, in order. */
export interface SpeechEncoder {
  readonly payloadType: number;
  /** Writes one octet per sample into `octets`, from `at` on. */
  encode(frame: Readonly<Int16Array>, octets: Buffer, at: number): void;
}

/** Turns octets into samples, in order. */
export interface SpeechDecoder {
  decode(octets: Uint8Array, samples: Int16Array): void;
}

class TableEncoder implements SpeechEncoder {
  readonly payloadType: number;
  readonly #law: G711;

  constructor(law: G711) {
    this.#law = law;
    this.payloadType = law.payloadType;
  }

  encode(frame: Readonly<Int16Array>, octets: Buffer, at: number): void {
    const { encode } = this.#law;
    for (let i = 0; i < frame.length; i++) octets[at + i] = encode[frame[i]! & 0xffff]!;
  }
}

const tableDecoder = ({ decode }: G711): SpeechDecoder => ({
  decode: (octets, samples) => {
    for (let i = 0; i < octets.length; i++) samples[i] = decode[octets[i]!]!;
  },
});

const ENCODERS = { PCMU: new TableEncoder(PCMU), PCMA: new TableEncoder(PCMA) } as const;
const DECODERS = { PCMU: tableDecoder(PCMU), PCMA: tableDecoder(PCMA) } as const;

/** An encoder for a new stream. */
export function encoderOf(name: CodecName): SpeechEncoder {
  if (name !== 'G722') return ENCODERS[name];
  const state = new G722Encoder();
  return {
    payloadType: PAYLOAD_TYPES.G722,
    encode: (frame, octets, at) => {
      for (let i = 0; i < frame.length; i++) octets[at + i] = state.encode(frame[i]!);
    },
  };
}

/** A decoder for a new stream. */
export function decoderOf(name: CodecName): SpeechDecoder {
  if (name !== 'G722') return DECODERS[name];
  const state = new G722Decoder();
  return {
    decode: (octets, samples) => {
      for (let i = 0; i < octets.length; i++) samples[i] = state.decode(octets[i]!);
    },
  };
}
