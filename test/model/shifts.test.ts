import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';
import { agentNames, fortunes, numbers, shifts, supervisorNames, type Deed } from './deeds.ts';
import { announcedFirst, goHome, live, runShift, shiftFlows, shiftQueues } from './shift.ts';

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
      queues: shiftQueues,
      flows: shiftFlows,
      agents: agentNames.map((name) => ({ name })),
    });
    for (const name of [...numbers, ...supervisorNames]) world.media.phone(name, 'ring');
    for (const deed of shift) {
      await live(world, [deed]);
      expect(world.breaches(0)).toEqual([]);
      expect(toldOutOfLine(world)).toEqual([]);
    }
    await goHome(world);
    expect(world.repairs).toEqual([]);
    await world.isEmpty();
  };
  await fc.assert(fc.asyncProperty(calm, run), { numRuns: 60, interruptAfterTimeLimit: 20_000 });
}, 60_000);

/** Who hears what only those in line are told, although she is rung through for, or talks. */
const toldOutOfLine = (world: World): readonly string[] =>
  world.engine.view.sessions().flatMap(({ sessionId, state, customerLeg }) => {
    const playing = customerLeg && world.media.channels.get(customerLeg)?.playing;
    const isTold = playing?.some(({ soundId }) => soundId === announcedFirst) ?? false;
    return isTold && state !== 'waiting' ? [`${sessionId} ${state}`] : [];
  });
