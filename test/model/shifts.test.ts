import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';
import { agentNames, fortunes, goHome, live, runShift, shifts, type Deed } from './shift.ts';

test('after any shift, whatever becomes of the signals, everybody is home and nothing is lost', async () => {
  await fc.assert(fc.asyncProperty(shifts, fortunes, runShift), {
    numRuns: 100,
    interruptAfterTimeLimit: 20_000,
  });
}, 60_000);

test('after any shift without mishaps no rule broke and no repair was needed', async () => {
  const calm = shifts.map((shift) => shift.filter(({ who }) => who !== 'fate'));
  const run = async (shift: readonly Deed[]): Promise<void> => {
    const world = await openWorld({
      queues: [{ name: 'default' }, { name: 'sales' }],
      agents: agentNames.map((name) => ({ name })),
    });
    await live(world, shift);
    expect(world.breaches()).toEqual([]);
    await goHome(world);
    expect(world.repairs).toEqual([]);
    await world.isEmpty();
  };
  await fc.assert(fc.asyncProperty(calm, run), { numRuns: 60, interruptAfterTimeLimit: 20_000 });
}, 60_000);
