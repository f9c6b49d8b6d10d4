// What one routing decision costs, with the real step on a floor of 10,000 agents and 50 queues: the p99 with 100,000 callers
// waiting, and how the cost grows from 10 to 100,000. Prints a table; nothing is written anywhere.
//
//   node --conditions=cordboard-source --import tsx test/bench/routing.ts [--quick]

import { agentId, legId, queueId } from '../../app/domain/ids.ts';
import { newFloor, type Floor } from '../../app/domain/floor/floor.ts';
import type { Input } from '../../app/domain/floor/inputs.ts';
import { step, type Step } from '../../app/domain/floor/step.ts';

const queues = 50;
const agents = 10_000;
const queuesPerAgent = 5;
const quick = process.argv.includes('--quick');
const decisionsPerSize = quick ? 2_000 : 20_000;
const sizes = [10, 100, 1_000, 10_000, 100_000];

let ids = 0;
let now = Date.UTC(2026, 0, 5, 8);
const moment = () => ({ now: ++now, newId: () => `id-${++ids}` });

function give(floor: Floor, input: Input): Step {
  return step(floor, input, moment());
}

/** All agents signed in and in a call; `waiting` callers spread over the queues, a few of them with priority. */
function busyFloor(waiting: number): Floor {
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
function turnAround(floor: Floor, agent: string): number {
  const activity = floor.agents.get(agentId(agent))?.activity;
  if (activity?.at !== 'offered') throw new Error(`agent ${agent} has no offer`);
  const { legId: leg } = activity;
  give(floor, { kind: 'leg.answered', legId: leg });
  give(floor, { kind: 'agent.hangUp', agentId: agentId(agent) });
  give(floor, { kind: 'leg.ended', legId: leg, ending: 'released' });
  now += floor.rules.restMs;
  return timed(() => give(floor, { kind: 'timer', timer: { name: 'rest', agentId: agentId(agent) } }));
}

function timed(decide: () => Step): number {
  const began = process.hrtime.bigint();
  decide();
  return Number(process.hrtime.bigint() - began) / 1_000;
}

interface Result {
  readonly waiting: number;
  readonly p50: number;
  readonly p99: number;
}

function measure(waiting: number): Result {
  const floor = busyFloor(waiting);
  const samples: number[] = [];
  const warmUp = Math.min(2_000, decisionsPerSize);
  for (let n = 0; n < decisionsPerSize + warmUp; n += 1) {
    const arrival = timed(() => arrive(floor, n));
    // One comes, one goes: the line stays as long as it was.
    give(floor, { kind: 'leg.ended', legId: legId(`in-${legs}`), ending: 'hung_up' });
    const freed = turnAround(floor, `${(n * 31) % agents}`);
    if (n >= warmUp) samples.push(arrival, freed);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(samples.length * share)] ?? 0;
  return { waiting, p50: at(0.5), p99: at(0.99) };
}

/** Least squares on log-log. */
function exponent(results: readonly Result[]): number {
  const points = results.map(({ waiting, p50 }) => [Math.log(waiting), Math.log(p50)] as const);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mx = mean(points.map(([x]) => x));
  const my = mean(points.map(([, y]) => y));
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

measure(1_000);
const results = sizes.map(measure);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
print(`routing decision, ${agents} agents, ${queues} queues, ${queuesPerAgent} queues an agent`);
print('waiting |  p50 µs |  p99 µs');
for (const { waiting, p50, p99 } of results) {
  print(`${String(waiting).padStart(7)} | ${p50.toFixed(1).padStart(7)} | ${p99.toFixed(1).padStart(7)}`);
}
const last = results.at(-1)?.p99 ?? Infinity;
const growth = exponent(results);
const verdict = (ok: boolean) => (ok ? 'held' : 'MISSED');
print(`p99 at 100,000 waiting: ${last.toFixed(1)} µs, goal <= 250 µs: ${verdict(last <= 250)}`);
print(`growth exponent of p50, 10 to 100,000: ${growth.toFixed(3)}, goal <= 0.1: ${verdict(growth <= 0.1)}`);
if (last > 250 || growth > 0.1) process.exitCode = 1;
