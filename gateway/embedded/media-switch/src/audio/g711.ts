// ITU-T G.711: µ-law (PCMU) and A-law (PCMA) as look-up tables between one octet and 16-bit linear samples.
// Tables are built once from the segment arithmetic of the recommendation; per sample the cost is one load.

/** The two companding laws by their RTP encoding names (RFC 3551 section 4.5.14). */
export type G711Name = 'PCMU' | 'PCMA';

/** One companding law. `encode` is indexed by the sample as an unsigned 16-bit number (`sample & 0xffff`). */
export interface G711 {
  readonly name: G711Name;
  /** Static RTP payload type (RFC 3551 table 4). */
  readonly payloadType: 0 | 8;
  /** 256 entries: octet → linear sample. */
  readonly decode: Int16Array;
  /** 65,536 entries: linear sample → octet. */
  readonly encode: Uint8Array;
}

const ULAW_BIAS = 0x84;
const ULAW_CLIP = 0x7fff - ULAW_BIAS;

/** The segment a magnitude falls into: the position of its leading one, counted from bit 7. */
const segmentOf = (magnitude: number): number => 24 - Math.clz32(magnitude);

const expandUlaw = (octet: number): number => {
  const bits = ~octet & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + ULAW_BIAS) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? ULAW_BIAS - magnitude : magnitude - ULAW_BIAS;
};

const compressUlaw = (sample: number): number => {
  const magnitude = Math.min(Math.abs(sample), ULAW_CLIP) + ULAW_BIAS;
  const segment = segmentOf(magnitude);
  const octet = (sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f);
  return ~octet & 0xff;
};

const expandAlaw = (octet: number): number => {
  const bits = octet ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const mantissa = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
};

const compressAlaw = (sample: number): number => {
  const positive = sample >= 0;
  const magnitude = positive ? sample : -sample - 1;
  const segment = magnitude < 256 ? 0 : segmentOf(magnitude);
  const mantissa = segment === 0 ? magnitude >> 4 : (magnitude >> (segment + 3)) & 0x0f;
  return ((segment << 4) | mantissa) ^ (positive ? 0xd5 : 0x55);
};

const tabulate = (
  name: G711Name,
  payloadType: 0 | 8,
  expand: (octet: number) => number,
  compress: (sample: number) => number,
): G711 => {
  const decode = Int16Array.from({ length: 256 }, (_, octet) => expand(octet));
  const encode = new Uint8Array(0x10000);
  for (let sample = -0x8000; sample <= 0x7fff; sample++) encode[sample & 0xffff] = compress(sample);
  return { name, payloadType, decode, encode };
};

export const PCMU: G711 = tabulate('PCMU', 0, expandUlaw, compressUlaw);
export const PCMA: G711 = tabulate('PCMA', 8, expandAlaw, compressAlaw);

/** The law by its encoding name. */
export const g711 = (name: G711Name): G711 => (name === 'PCMU' ? PCMU : PCMA);
