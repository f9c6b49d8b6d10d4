// `npm run fuzz -- verto`: the long forms of the storms of test/contract/verto-strangers.test.ts.
//   --count 1000000   mutated frames      --idle 5000   connections that only stay      --reconnect 200   who come back at once

import process from 'node:process';
import { Bystander, quantile, VertoFace, type Vitals } from '../support/verto-face.ts';
import { idle, oversized, reconnects, storm } from '../support/verto-storm.ts';

const number = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const frames = number('--count', 100_000);
const seed = number('--seed', 1);
const stay = number('--idle', 1_000);
const comeBack = number('--reconnect', 200);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mostLateMs = 250;
const mostGrowthMb = 50;

const face = await VertoFace.open();
const bystander = await Bystander.at(face);
let bad = 0;

/** One weather; then everything must be as before. */
async function weather(what: string, blow: () => Promise<unknown>): Promise<void> {
  const before = await face.alone();
  bystander.take();
  const began = performance.now();
  const said = await blow();
  const seconds = (performance.now() - began) / 1_000;
  const late = bystander.take();
  const after = await face.alone();
  const [p50, p99] = [quantile(late, 0.5), quantile(late, 0.99)];
  const grown = after.memoryMb - before.memoryMb;
  const kept = leftovers(before, after);
  const good = after.faults.length === 0 && kept === '' && p99 <= mostLateMs && grown <= mostGrowthMb;
  if (!good) bad += 1;
  say(
    `${good ? 'ok ' : 'BAD'} ${what}: ${seconds.toFixed(0)} s, ${after.faults.length} faults, bystander's ${late.length} events p50 ${p50.toFixed(0)} ms ` +
      `p99 ${p99.toFixed(0)} ms, memory ${grown >= 0 ? '+' : ''}${grown.toFixed(1)} MB${kept}${typeof said === 'string' ? `, ${said}` : ''}`,
  );
  for (const fault of after.faults.slice(0, 3)) say(fault);
}

/** Connections and timers that were not there before. */
function leftovers(before: Vitals, after: Vitals): string {
  const sockets = after.sockets - before.sockets;
  const timers = after.timers - before.timers;
  return `${sockets > 0 ? `, ${sockets} sockets kept` : ''}${timers > 2 ? `, ${timers} timers kept` : ''}`;
}

try {
  // What is made once (compiled code, buffers of the first clients) is no leak.
  await storm(face, { frames: 5_000, seed: seed + 1_000 });
  await weather(`${frames} mutated frames from seed ${seed}`, async () => {
    const thrown = await storm(face, { frames, seed });
    return `${thrown} reconnects`;
  });
  await weather('100 oversized frames', () => oversized(face, 100));
  await weather(`${stay} idle connections`, async () => {
    const { memoryMb } = await idle(face, bystander, stay);
    return `${memoryMb.toFixed(0)} MB with all of them`;
  });
  await weather(`${comeBack} reconnecting at once, 10 times`, () =>
    reconnects(face, { count: comeBack, times: 10 }),
  );
} finally {
  await bystander.close();
  await face.close();
}
process.exitCode = bad === 0 ? 0 : 1;
