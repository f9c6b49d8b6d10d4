// kill -9 of the control plane inside each critical step of a call: what it was about to say, or to hear, is on the wire of the event
// socket when it dies. Enumerated, not met by accident. (That an acknowledgement is only given after the commit is in e2e/kills.)

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chaosCounts } from '../support/chaos-counts.ts';
import { ChaosFloor } from '../support/chaos-floor.ts';
import type { Direction } from '../support/fault-relay.ts';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { switchLanes } from '../support/switches.ts';
import { within } from '../support/until.ts';

const { perStep, rate, agents, patienceMs } = chaosCounts();

/** What passes, which way, and whether it gets there. */
const steps: readonly (readonly [what: string, Direction, RegExp, 'before' | 'after'])[] = [
  ['an agent is claimed, the dial is not sent', 'toServer', /originate /, 'before'],
  ['the dial is sent', 'toServer', /originate /, 'after'],
  ['the phone rings', 'toClient', /"CHANNEL_CALLSTATE"[^]*?"Channel-Call-State":\s*"RINGING"/, 'after'],
  [
    'somebody answered, nobody heard of it',
    'toClient',
    /"CHANNEL_CALLSTATE"[^]*?"Channel-Call-State":\s*"ACTIVE"/,
    'before',
  ],
  ['somebody answered', 'toClient', /"CHANNEL_CALLSTATE"[^]*?"Channel-Call-State":\s*"ACTIVE"/, 'after'],
  ['the bridge is not sent', 'toServer', /uuid_bridge /, 'before'],
  ['the bridge is sent', 'toServer', /uuid_bridge /, 'after'],
  ['two are bridged, nobody heard of it', 'toClient', /"CHANNEL_BRIDGE"/, 'before'],
  ['two are bridged', 'toClient', /"CHANNEL_BRIDGE"/, 'after'],
  ['somebody hung up, nobody heard of it', 'toClient', /"CHANNEL_HANGUP_COMPLETE"/, 'before'],
  ['somebody hung up, the record is being written', 'toClient', /"CHANNEL_HANGUP_COMPLETE"/, 'after'],
];

tellSkipped(switchLanes());
for (const lane of switchLanes()) {
  describe.skipIf(lane.missing !== undefined)(`the control plane dies in each step, on ${lane.name}`, () => {
    let floor: ChaosFloor;
    beforeAll(async () => {
      floor = await ChaosFloor.open({ lane, agents });
    }, 120_000);
    afterAll(() => floor?.close());

    test(
      `${steps.length} steps, ${perStep} times each`,
      async () => {
        floor.begin(rate);
        for (let round = 0; round < perStep; round += 1) {
          for (const [what, direction, pattern, when] of steps) {
            const sprung = floor.relay.trap(direction, pattern, when);
            await within(what, sprung, 40_000).catch((error: unknown) => {
              throw new Error(floor.scene.evidence(), { cause: error });
            });
            process.stdout.write(`${lane.name}: ${what}\n`);
            await floor.killControlPlane();
          }
        }
        await floor.drained();
        const outcome = await floor.judge();
        process.stdout.write(
          `${lane.name}: ${steps.length * perStep} kills in steps, ${JSON.stringify(outcome)}\n`,
        );
        expect(outcome.cutOff).toBe(0);
        expect(outcome.letIn).toBeGreaterThan(steps.length);
        const { agent_hung_up = 0, customer_hung_up = 0, customer_lost = 0 } = outcome.records;
        // Whoever hung up while nobody listened is on record as gone, not as having said good-bye (outages.ts).
        expect(agent_hung_up + customer_hung_up + customer_lost).toBe(outcome.letIn);
      },
      patienceMs,
    );

    test('nothing is left', () => floor.scene.nothingIsLeft());
  });
}
