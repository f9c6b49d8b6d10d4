// `npm run fuzz -- verto`: the long forms of the storms of test/contract/verto-strangers.test.ts. A weather with a count of 0 is left out.
//   --count 1000000   mutated frames      --idle 5000   connections that only stay
//   --reconnect 200   who come back at once, again and again until the bystander has heard --samples events (300)

import process from 'node:process';
import { Bystander, quantile, VertoFace, type Vitals } from '../support/verto-face.ts';
import { idle, oversized, reconnects, storm, type Return } from '../support/verto-storm.ts';

const number = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const frames = number('--count', 100_000);
const seed = number('--seed', 1);
const stay = number('--idle', 1_000);
const comeBack = number('--reconnect', 200);
const samples = number('--samples', 300);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mostLateMs = 250;
const mostGrowthMb = 50;

let bad = 0;

interface Sky {
  readonly face: VertoFace;
  readonly bystander: Bystander;
}

/** @param passwords what it costs to check one */
async function under(passwords: 'cheap' | 'dear', storms: (sky: Sky) => Promise<void>): Promise<void> {
  const face = await VertoFace.open(passwords);
  const bystander = await Bystander.at(face);
  try {
    await storms({ face, bystander });
  } finally {
    await bystander.close();
    await face.close();
  }
}

/** One weather; then everything must be as before. */
async function weather({ face, bystander }: Sky, what: string, blow: () => Promise<unknown>): Promise<void> {
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

await under('cheap', async (sky) => {
  const { face, bystander } = sky;
  // What is made once (compiled code, buffers of the first clients) is no leak.
  await storm(face, { frames: 5_000, seed: seed + 1_000 });
  if (frames > 0)
    await weather(sky, `${frames} mutated frames from seed ${seed}`, async () => {
      const thrown = await storm(face, { frames, seed });
      return `${thrown} reconnects`;
    });
  await weather(sky, '100 oversized frames', () => oversized(face, 100));
  if (stay > 0)
    await weather(sky, `${stay} idle connections`, async () => {
      const { memoryMb } = await idle(face, bystander, stay);
      return `${memoryMb.toFixed(0)} MB with all of them`;
    });
});

/** They come back again and again until the bystander has heard enough. */
async function returns(sky: Sky, how: string, way: Pick<Return, 'by' | 'missed'>): Promise<void> {
  if (comeBack === 0) return;
  await weather(sky, `${comeBack} reconnecting at once ${how}`, async () => {
    const enough = (times: number): boolean => times > 0 && sky.bystander.count >= samples;
    const times = await reconnects(sky.face, { count: comeBack, enough, ...way });
    return `${times} times`;
  });
}

await under('cheap', async (sky) => {
  await sky.face.vitals({ past: 5_000 });
  // The first time costs what is made once.
  await reconnects(sky.face, { count: comeBack, enough: (times) => times === 1, by: 'token' });
  await returns(sky, 'by token', { by: 'token' });
  await returns(sky, 'who missed 2,000 events each', { by: 'token', missed: 2_000 });
  await returns(sky, 'who missed everything', { by: 'token', missed: 'everything' });
});
await under('dear', (sky) => returns(sky, 'by password', { by: 'password' }));
process.exitCode = bad === 0 ? 0 : 1;
