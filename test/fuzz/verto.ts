// `npm run fuzz -- verto`: the long form of the storm of test/contract/verto-strangers.test.ts.

import { storm } from '../support/verto-storm.ts';

const number = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const frames = number('--count', 100_000);
const seed = number('--seed', 1);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let told = 0;
const began = performance.now();
const { reconnects, lateness, faults, memoryGrowthMb, left } = await storm({
  frames,
  seed,
  progress(done) {
    if (done - told < frames / 10) return;
    told = done;
    say(`${done} frames, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  },
});
const sorted = [...lateness].sort((a, b) => a - b);
const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
say(
  `${frames} mutated frames from seed ${seed}: ${reconnects} reconnects, ${faults.length} faults, memory +${memoryGrowthMb.toFixed(0)} MB, ` +
    `bystander's events p99 ${p99.toFixed(1)} ms of ${lateness.length}, ${left} connections left`,
);
if (faults.length > 0) say(faults.slice(0, 3).join(''));
process.exitCode = faults.length === 0 && left === 0 && p99 <= 250 ? 0 : 1;
