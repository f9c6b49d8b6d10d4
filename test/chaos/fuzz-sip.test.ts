// The short form of `npm run fuzz -- sip`: eight thousand wrong messages, and nothing notices but the log. docs/fuzzing.md.
import { expect, test } from 'vitest';
import { describe as inWords, fuzzSip } from '../fuzz/sip-run.ts';
import { sippMissing } from '../support/sipp.ts';

const COUNT = 8_000;

test.skipIf(sippMissing() !== undefined)(
  'wrong SIP and SDP: no crash, no hang, no memory kept, and good calls are made all along',
  async () => {
    const report = await fuzzSip({ count: COUNT, seed: 20_261_121 });
    expect(report.defects, inWords(report)).toEqual([]);
    expect(Object.values(report.sent).reduce((sum, each) => sum + each, 0)).toBe(COUNT);
    // It looked: the messages got past the parser, past the edge, and into the switch's calls; and good calls there were.
    expect(report.answers['trunk 488'] ?? 0).toBeGreaterThan(100);
    expect(report.answers['stranger 407'] ?? 0).toBeGreaterThan(100);
    expect(report.answerer.hungUp).toBeGreaterThan(100);
    expect(report.answerer.placed).toBeGreaterThan(100);
    expect(report.goodCalls.successful).toBeGreaterThan(10);
  },
  400_000,
);
