import { describe, expect, test } from 'vitest';
import { g711, PCMA, PCMU } from './g711.ts';

describe('G.711', () => {
  test.each(['PCMU', 'PCMA'] as const)('%s: every octet survives decode and encode', (name) => {
    const law = g711(name);
    for (let octet = 0; octet < 256; octet++) {
      const sample = law.decode[octet]!;
      const back = law.encode[sample & 0xffff]!;
      expect(law.decode[back]).toBe(sample);
      // µ-law has two zeros, 0xff and 0x7f; every other octet is the only one for its sample.
      if (sample !== 0) expect(back).toBe(octet);
    }
  });

  test.each(['PCMU', 'PCMA'] as const)(
    '%s: every sample is encoded to one of the two steps around it',
    (name) => {
      const law = g711(name);
      const steps = [...new Set(law.decode)].sort((a, b) => a - b);
      const wrong: number[] = [];
      let below = 0;
      for (let sample = -32_768; sample <= 32_767; sample++) {
        while (below + 1 < steps.length && steps[below + 1]! <= sample) below++;
        const decoded = law.decode[law.encode[sample & 0xffff]!]!;
        if (decoded !== steps[below] && decoded !== steps[below + 1]) wrong.push(sample);
      }
      expect(wrong).toEqual([]);
    },
  );

  test('known values of the recommendation', () => {
    expect(PCMU.decode[0xff]).toBe(0);
    expect(PCMU.decode[0x00]).toBe(-32_124);
    expect(PCMU.decode[0x80]).toBe(32_124);
    expect(PCMU.encode[0]).toBe(0xff);
    expect(PCMA.decode[0xd5]).toBe(8);
    expect(PCMA.decode[0x55]).toBe(-8);
    expect(PCMA.decode[0xaa]).toBe(32_256);
    expect(PCMA.encode[0]).toBe(0xd5);
  });
});
