// What one routing decision costs, with the real step on a floor of 50 queues: the p99 with 10,000 agents and 100,000 callers
// waiting, how the cost grows from 10 to 100,000 waiting, and from 10 to 10,000 agents. Nothing is written anywhere.
//
//   node --conditions=cordboard-source --import tsx test/bench/routing.ts [--quick]
//
// A decision's cost is the CPU time of the process while it was made, its garbage collection included: what other programs do
// to the machine meanwhile is not the decision's. The clock on the wall is told beside it. Sizes take turns within a round.

import { agentId, legId, queueId } from '../../app/domain/ids.ts';
import { newFloor, type Floor } from '../../app/domain/floor/floor.ts';
import type { Input } from '../../app/domain/floor/inputs.ts';
import { step, type Step } from '../../app/domain/floor/step.ts';
import { growthExponent, median, quantile, report, say, spreadOf } from './findings.ts';
import { cpuTotals, machineSince } from './machine.ts';

const queues = 50;
const allAgents = 10_000;
const queuesPerAgent = 5;
const quick = process.argv.includes('--quick');
const rounds = quick ? 1 : 3;
const decisionsPerSize = quick ? 2_000 : 10_000;
const waitingSizes = [10, 100, 1_000, 10_000, 100_000];
const agentSizes = [10, 100, 1_000, 10_000];
/** Callers waiting while the number of agents grows. */
const waitingForAgents = 10_000;
const goalP99 = 250;
const goalGrowth = 0.1;

let ids = 0;
let now = Date.UTC(2026, 0, 5, 8);
const moment = () => ({ now: ++now, newId: () => `id-${++ids}` });

function give(floor: Floor, input: Input): Step {
  return step(floor, input, moment());
}

/** All agents signed in and in a call; `waiting` callers spread over the queues, a few of them with priority. */
function busyFloor(agents: number, waiting: number): Floor {
  const floor = newFloor({ maxSessions: Infinity });
  for (let n = 0; n < queues; n += 1) {
    const settings = { ringMs: 20_000, wrapUpMs: 0, maxMisses: 0, maxWaiting: Infinity, open: true } as const;
    give(floor, {
      kind: 'settings.queue',
      queue: { queueId: queueId(`q${n}`), record: 'never', ...settings },
    });
  }
  for (let n = 0; n < agents; n += 1) {
    const own = Array.from({ length: queuesPerAgent }, (_, k) => queueId(`q${(n * 7 + k * 11) % queues}`));
    give(floor, {
      kind: 'settings.agent',
      agent: { agentId: agentId(`${n}`), displayName: '', queues: own },
    });
    give(floor, { kind: 'device.changed', address: `${n}`, reachability: { reachable: true } });
    give(floor, { kind: 'agent.signIn', agentId: agentId(`${n}`), device: { kind: 'sip', address: `${n}` } });
  }
  for (let n = 0; n < agents + waiting; n += 1) arrive(floor, n);
  return floor;
}

let legs = 0;
function arrive(floor: Floor, n: number): Step {
  const priority = n % 10 === 0 ? 1 : 0;
  return give(floor, {
    kind: 'leg.arrived',
    legId: legId(`in-${++legs}`),
    source: 'phone',
    queueId: queueId(`q${(n * 13) % queues}`),
    priority,
  });
}

/** The agent gives her call up and comes back: a customer joins the line at its head, and whoever is first is offered. */
function turnAround(floor: Floor, agent: string, costs: Costs): void {
  const activity = floor.agents.get(agentId(agent))?.activity;
  if (activity?.at !== 'offered') throw new Error(`agent ${agent} has no offer`);
  const { legId: leg } = activity;
  give(floor, { kind: 'leg.answered', legId: leg });
  give(floor, { kind: 'agent.hangUp', agentId: agentId(agent) });
  give(floor, { kind: 'leg.ended', legId: leg, ending: 'released' });
  now += floor.rules.restMs;
  costs.of(() => give(floor, { kind: 'timer', timer: { name: 'rest', agentId: agentId(agent) } }));
}

/** What decisions cost, µs: CPU time, and the time on the wall. */
class Costs {
  readonly cpu: Float64Array;
  readonly wall: Float64Array;
  #count = 0;
  counting = false;

  constructor(size: number) {
    this.cpu = new Float64Array(size);
    this.wall = new Float64Array(size);
  }

  of(decide: () => Step): Step {
    const cpuBefore = process.cpuUsage();
    const began = process.hrtime.bigint();
    const decision = decide();
    const wall = Number(process.hrtime.bigint() - began) / 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    if (this.counting) {
      this.cpu[this.#count] = cpu.user + cpu.system;
      this.wall[this.#count] = wall;
      this.#count += 1;
    }
    return decision;
  }
}

interface Result {
  readonly agents: number;
  readonly waiting: number;
  readonly p50: number;
  readonly p99: number;
  readonly wallP99: number;
}

/** Arrivals at full queues and agents coming free, by turns; the line stays as long as it was. */
function measure(agents: number, waiting: number): Result {
  const floor = busyFloor(agents, waiting);
  const costs = new Costs(2 * decisionsPerSize);
  const warmUp = Math.min(2_000, decisionsPerSize);
  for (let n = 0; n < decisionsPerSize + warmUp; n += 1) {
    costs.counting = n >= warmUp;
    costs.of(() => arrive(floor, n));
    give(floor, { kind: 'leg.ended', legId: legId(`in-${legs}`), ending: 'hung_up' });
    turnAround(floor, `${(n * 31) % agents}`, costs);
  }
  const [p50, p99, wallP99] = [
    quantile(costs.cpu, 0.5),
    quantile(costs.cpu, 0.99),
    quantile(costs.wall, 0.99),
  ];
  return { agents, waiting, p50, p99, wallP99 };
}

function tell({ agents, waiting, p50, p99, wallP99 }: Result): void {
  const cell = (value: number) => value.toFixed(0).padStart(8);
  say(
    `${cell(agents)} agents ${cell(waiting)} waiting: ${cell(p50)} µs p50 ${cell(p99)} µs p99 ${cell(wallP99)} µs p99 on the wall`,
  );
}

const started = cpuTotals();
measure(allAgents, 1_000); // warm-up
const p99s: number[] = [];
const wallP99s: number[] = [];
const p50s: number[] = [];
const overWaiting: number[] = [];
const overAgents: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const byWaiting = waitingSizes.map((waiting) => measure(allAgents, waiting));
  const byAgents = agentSizes.map((agents) => measure(agents, waitingForAgents));
  [...byWaiting, ...byAgents].forEach(tell);
  const largest = byWaiting.at(-1);
  if (!largest) throw new Error('no sizes');
  p50s.push(largest.p50);
  p99s.push(largest.p99);
  wallP99s.push(largest.wallP99);
  overWaiting.push(growthExponent(byWaiting.map(({ waiting, p50 }) => [waiting, p50])));
  overAgents.push(growthExponent(byAgents.map(({ agents, p50 }) => [agents, p50])));
}
say(`  ${machineSince(started)}`);

const microseconds = (what: string, values: readonly number[]) => ({
  what,
  measured: `${median(values).toFixed(0)} µs`,
  spread: spreadOf(values, 0),
});
const growth = (what: string, values: readonly number[]) => ({
  what,
  measured: median(values).toFixed(3),
  spread: spreadOf(values, 3),
  goal: `<= ${goalGrowth}`,
  met: median(values) <= goalGrowth,
});
await report([
  {
    ...microseconds('routing: p99 of a decision, 10,000 agents, 100,000 waiting', p99s),
    goal: `<= ${goalP99} µs`,
    met: median(p99s) <= goalP99,
  },
  microseconds('routing: the same, p50', p50s),
  microseconds('routing: the same, p99 by the clock on the wall', wallP99s),
  growth('routing: growth exponent, 10 to 100,000 waiting', overWaiting),
  growth('routing: growth exponent, 10 to 10,000 agents', overAgents),
]);
