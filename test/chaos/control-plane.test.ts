// kill -9 of the control plane under load: at random moments, and inside each critical step of a call. Nobody who talks is cut off,
// nobody who waits is lost, every caller has exactly one record. (That an acknowledgement is only given after the commit is in e2e/kills.)
//
// A step is met, not hit by accident: what the control plane was about to say, or to hear, is on the wire of the event socket when it
// dies. Longer: `npm run chaos -- control-plane --kills 100 --rate 10`, about twelve minutes.

import { afterAll, beforeAll, expect } from 'vitest';
import { chaosCounts } from '../support/chaos-counts.ts';
import { ChaosFloor } from '../support/chaos-floor.ts';
import type { Direction } from '../support/fault-relay.ts';
import { onEachPair } from '../support/pairs.ts';
import { within } from '../support/until.ts';

const { kills, perStep, rate, agents, patienceMs } = chaosCounts();

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

onEachPair('the control plane is killed under load', ({ pair, test }) => {
  let floor: ChaosFloor;
  beforeAll(async () => {
    floor = await ChaosFloor.open({ pair, agents });
  }, 120_000);
  afterAll(() => floor?.close());

  const say = (line: string): void => void process.stdout.write(`${pair}: ${line}\n`);

  /**
   * Callers never hang up by themselves: each talked until the agent said good-bye. One that was said while nobody listened is on
   * record as a caller who is gone, from where she was last known to be; each such record needs its outage (outages.ts).
   */
  async function nobodyWasLost(what: string, ...endings: readonly string[]): Promise<void> {
    await floor.drained();
    const outcome = await floor.judge();
    say(`${what}, ${JSON.stringify(outcome)}`);
    expect(outcome.cutOff).toBe(0);
    expect(outcome.letIn).toBeGreaterThan(kills);
    const possible = ['agent_hung_up', 'customer_lost', 'abandoned_waiting', 'abandoned_ringing', ...endings];
    const ended = possible.map((ending) => outcome.records[ending] ?? 0);
    expect(ended.reduce((sum, count) => sum + count, 0)).toBe(outcome.letIn);
  }

  test(
    `${kills} times at random moments, ${rate} calls a second`,
    async () => {
      floor.begin(rate);
      const awayMs: number[] = [];
      while (awayMs.length < kills) {
        await floor.passed(500 + Math.random() * 2_500);
        awayMs.push(await floor.killControlPlane());
        if (awayMs.length % 10 === 0) say(`${awayMs.length} of ${kills} kills, ${floor.trunk.open} callers`);
      }
      const mean = awayMs.reduce((sum, ms) => sum + ms, 0) / kills;
      const inSeconds = (ms: number): string => (ms / 1_000).toFixed(1);
      const away = `back after ${inSeconds(mean)} s on average, ${inSeconds(Math.max(...awayMs))} s at most`;
      await nobodyWasLost(`${kills} kills, ${away}`);
    },
    patienceMs,
  );

  test(
    `in each of ${steps.length} steps, ${perStep} times`,
    async () => {
      floor.begin(rate);
      for (let round = 0; round < perStep; round += 1) {
        for (const [what, direction, pattern, when] of steps) {
          const sprung = floor.parts.first.relay.trap(direction, pattern, when);
          await within(what, sprung, 40_000).catch((error: unknown) => {
            throw new Error(`${what}: not met`, { cause: error });
          });
          say(what);
          await floor.killControlPlane();
        }
      }
      // Where the connection went before the control plane did, it may have learnt of an end without its cause.
      await nobodyWasLost(`${steps.length * perStep} kills in steps`, 'customer_hung_up');
    },
    patienceMs,
  );

  test('nothing is left', () => floor.scene.nothingIsLeft());
});
