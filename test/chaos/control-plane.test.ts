// kill -9 of the control plane under load, at random moments: nobody who talks is cut off, nobody who waits is lost, every caller has
// exactly one record. CHAOS_KILLS and CHAOS_RATE make it longer: `CHAOS_KILLS=100 CHAOS_RATE=10 npm run chaos`.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChaosFloor } from '../support/chaos-floor.ts';
import { chaosCounts } from '../support/chaos-counts.ts';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { switchLanes } from '../support/switches.ts';
import { until } from '../support/until.ts';

const { kills, rate, agents, patienceMs } = chaosCounts();

tellSkipped(switchLanes());
for (const lane of switchLanes()) {
  describe.skipIf(lane.missing !== undefined)(
    `the control plane is killed under load, on ${lane.name}`,
    () => {
      let floor: ChaosFloor;
      beforeAll(async () => {
        floor = await ChaosFloor.open({ lane, agents });
      }, 120_000);
      afterAll(() => floor?.close());

      test(
        `${kills} times at random moments, ${rate} calls a second`,
        async () => {
          floor.begin(rate);
          for (let kill = 0; kill < kills; kill += 1) {
            const at = performance.now() + 500 + Math.random() * 2_500;
            await until('the next moment to die', () => performance.now() >= at);
            await floor.killControlPlane();
          }
          await floor.drained();
          const outcome = await floor.judge();
          process.stdout.write(`${lane.name}: ${kills} kills, ${JSON.stringify(outcome)}\n`);
          expect(outcome.cutOff).toBe(0);
          expect(outcome.letIn).toBeGreaterThan(kills);
          // Callers never hang up by themselves: whoever was let in talked until the agent said good-bye. One that was said while
          // nobody listened is on record as a caller who is gone (outages.ts).
          const { agent_hung_up = 0, customer_lost = 0 } = outcome.records;
          expect(agent_hung_up + customer_lost).toBe(outcome.letIn);
        },
        patienceMs,
      );

      test('nothing is left', () => floor.scene.nothingIsLeft());
    },
  );
}
