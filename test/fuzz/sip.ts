// `npm run fuzz -- sip [--count 1000000] [--seed N] [--from INDEX]`: wrong SIP and SDP against the embedded servers. Ends with
// code 0 when nothing broke, 1 when something did, 2 for a wrong argument.
import { parseArgs } from 'node:util';
import { describe, fuzzSip } from './sip-run.ts';

const usage = 'usage: npm run fuzz -- sip [--count NUMBER] [--seed NUMBER] [--from INDEX]\n';

/** @throws TypeError for an argument nobody knows or a number that is none */
function readArguments(): number[] {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '20261121' },
      from: { type: 'string', default: '0' },
    },
  });
  const numbers = [values.count, values.seed, values.from].map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return numbers;
  throw new TypeError('expected whole numbers');
}

let numbers: number[];
try {
  numbers = readArguments();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n${usage}`);
  process.exit(2);
}
const [count = 0, seed = 0, from = 0] = numbers;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`seed ${seed}, messages ${from} to ${from + count - 1}`);
const report = await fuzzSip({ count, seed, from, onProgress: say });
say(describe(report));
process.exit(report.defects.length === 0 ? 0 : 1);
