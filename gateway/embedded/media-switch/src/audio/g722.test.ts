import { describe, expect, test } from 'vitest';
import { sine, toneAmplitude } from '../../test/support/goertzel.ts';
import { G722Decoder, G722Encoder } from './g722.ts';

const through = (samples: Int16Array): Int16Array => {
  const [encoder, decoder] = [new G722Encoder(), new G722Decoder()];
  return samples.map((sample) => decoder.decode(encoder.encode(sample)));
};

/** Signal to noise, dB, once the quantiser has found its scale. */
const ratioOf = (sent: Int16Array, got: Int16Array, skip = 400): number => {
  let [signal, noise] = [0, 0];
  for (let i = skip; i < sent.length; i++) {
    signal += sent[i]! ** 2;
    noise += (sent[i]! - got[i]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
};

describe('G.722, lower sub-band', () => {
  test.each([
    [300, 8_000],
    [1_000, 16_000],
    [1_000, 200],
    [2_500, 8_000],
    [3_400, 4_000],
  ])('a tone of %i Hz and amplitude %i comes through with more than 30 dB', (hz, amplitude) => {
    const sent = sine(hz, 8_000, amplitude);
    const got = through(sent);
    expect(ratioOf(sent, got)).toBeGreaterThan(30);
    expect(toneAmplitude(got.slice(2_000), hz) / amplitude).toBeCloseTo(1, 1);
  });

  test('several tones that come and go stay apart', () => {
    const sent = new Int16Array(16_000);
    for (let i = 0; i < sent.length; i++) {
      const swell = Math.abs(Math.sin((Math.PI * i) / 4_000));
      for (const hz of [350, 900, 1_800])
        sent[i] = sent[i]! + Math.round(3_000 * swell * Math.sin((2 * Math.PI * hz * i) / 8_000));
    }
    expect(ratioOf(sent, through(sent))).toBeGreaterThan(25);
  });

  test('silence stays silent, and the loudest square does not wrap', () => {
    expect(Math.max(...through(new Int16Array(800)).map(Math.abs))).toBeLessThan(32);
    const square = Int16Array.from({ length: 4_000 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
    const got = through(square);
    let wrong = 0;
    for (let i = 400; i < got.length; i++) if (i % 20 > 4 && got[i]! < 0 !== square[i]! < 0) wrong++;
    expect(wrong).toBe(0);
  });

  test('the octets are those of the recommendation, bit for bit, as other implementations make them', () => {
    const octetsOf = (samples: Int16Array): number[] => {
      const encoder = new G722Encoder();
      return [...samples].map((sample) => encoder.encode(sample));
    };
    expect(octetsOf(new Int16Array(8))).toEqual([250, 250, 250, 250, 250, 250, 250, 250]);
    expect(octetsOf(sine(1_000, 8, 8_000))).toEqual([250, 224, 224, 224, 223, 196, 196, 198]);
    expect(octetsOf(sine(3_000, 8, 20_000))).toEqual([250, 224, 196, 224, 253, 196, 224, 196]);
  });

  test('a decoder that lost packets finds back', () => {
    const sent = sine(700, 16_000, 8_000);
    const [encoder, decoder] = [new G722Encoder(), new G722Decoder()];
    const got = sent.map((sample, i) => {
      const octet = encoder.encode(sample);
      return i >= 4_000 && i < 4_320 ? 0 : decoder.decode(octet);
    });
    expect(ratioOf(sent.slice(8_000), got.slice(8_000), 0)).toBeGreaterThan(20);
  });
});
