// The SIP server in trouble under load: its connection to the control plane cut and half-open, and the server itself killed. It proxies and
// owns no call: whoever talks is not cut off, a good-bye said meanwhile reaches the other side, nothing is left one-sided.
// Longer: `npm run chaos -- sip-server --rounds 50 --rate 10`.

import { afterAll, beforeAll, expect } from 'vitest';
import { chaosCounts } from '../support/chaos-counts.ts';
import { ChaosFloor } from '../support/chaos-floor.ts';
import { onEachPair } from '../support/pairs.ts';
import { until } from '../support/until.ts';

const { rounds, rate, agents, patienceMs } = chaosCounts();
/**
 * A call that is being put through when its proxy dies is over when both ends have waited for what will not come: half a minute
 * (RFC 3261 timers B and H). The short form kills while all of them talk.
 */
const atAnyMoment = rounds > 1;
const patient = { withinMs: 30_000, everyMs: 50 };

onEachPair('the SIP server is in trouble under load', ({ pair, test }) => {
  let floor: ChaosFloor;
  beforeAll(async () => {
    floor = await ChaosFloor.open({ pair, agents });
    floor.talkMs = [3_000, 6_000];
  }, 120_000);
  afterAll(() => floor?.close());

  const talking = (): number => floor.desks.calls.filter(({ end }) => !end).length;
  const loaded = (): Promise<unknown> => until('several talk', () => talking() >= 3, patient);

  /** Everybody is let go of, whatever was said while nobody passed it on; and it was the agents who ended it. */
  async function judged(what: string): Promise<void> {
    await floor.drained(120_000);
    await until('no agent is left talking', () => talking() === 0, patient);
    const outcome = await floor.judge();
    process.stdout.write(`${pair}: ${what}, ${JSON.stringify(outcome)}\n`);
    // Offers that met a server without an application were nobody's misses.
    await until('every agent is free', () => floor.everyAgentIsFree(), patient);
    expect(outcome.cutOff).toBe(0);
    expect(outcome.records).toEqual({ agent_hung_up: outcome.letIn });
  }

  test(
    `its control connection is cut ${10 * rounds} times, and half-open for a while: calls go on and end on both sides`,
    async () => {
      floor.begin(rate);
      await loaded();
      await floor.away('control connection', async () => {
        for (let cut = 0; cut < 10 * rounds; cut += 1) {
          await floor.passed(50 + Math.random() * 500);
          floor.parts.control.reset();
        }
        await loaded();
        floor.parts.control.freeze();
        const ended = floor.desks.calls.filter(({ end }) => end).length;
        await until(
          'somebody says good-bye meanwhile',
          () => floor.desks.calls.filter(({ end }) => end).length > ended,
          patient,
        );
        floor.parts.control.mend();
        await floor.isUp();
      });
      await judged('control connection');
    },
    patienceMs,
  );

  test(
    `it is killed ${rounds} times: calls go on, and what was said meanwhile arrives when it is back`,
    async () => {
      const { process: server } = floor.parts.sipServer;
      if (!server) throw new Error('the SIP server is no process of its own');
      for (let round = 0; round < rounds; round += 1) {
        floor.begin(rate);
        await loaded();
        if (!atAnyMoment) {
          floor.end();
          await until('nobody is being put through', () => talking() === floor.trunk.open, patient);
        }
        const ended = floor.desks.calls.filter(({ end }) => end).length;
        server.kill('SIGKILL');
        await server.gone();
        await until(
          'somebody says good-bye meanwhile',
          () => floor.desks.calls.filter(({ end }) => end).length > ended,
          patient,
        );
        await server.restart();
        await floor.isUp();
        floor.begin(rate);
        await loaded();
        await judged('killed');
      }
    },
    patienceMs,
  );

  test('nothing is left', () => floor.scene.nothingIsLeft());
});
