// What a flow file must not say although each line of it is well formed: names of things that are not there, steps nobody can come to,
// and circles in which a caller would neither hear nor press anything.

import { FlowsProblem, type StatedFlow, type StatedFlows, type StatedStep } from './file.ts';

/** Who and what exists. */
export interface Known {
  readonly queues: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
}

/** @throws FlowsProblem naming the step and the field */
export function checkFlows(stated: StatedFlows, known: Known): void {
  for (const [flowId, flow] of Object.entries(stated.flows)) {
    const at = `flows.${flowId}`;
    checkName(`${at}.start`, 'step', flow.start, has(flow.steps));
    if (flow.queue !== undefined) checkName(`${at}.queue`, 'queue', flow.queue, inSet(known.queues));
    if (queueOf(flow) === undefined)
      throw new FlowsProblem(`${at}.queue: no step names a queue, so say on whose account its calls are`);
    for (const [name, step] of Object.entries(flow.steps))
      checkStep(`${at}.steps.${name}`, step, flow, stated, known);
    checkReach(at, flow);
  }
  checkQueues(stated, known);
  checkCircles(stated);
}

/** On whose account the calls of this flow are. */
export function queueOf({ queue, steps }: StatedFlow): string | undefined {
  return queue ?? Object.values(steps).find((step) => 'queue' in step)?.queue;
}

const has = (record: object) => (name: string) => Object.hasOwn(record, name);
const inSet = (set: ReadonlySet<string>) => (name: string) => set.has(name);

function checkName(where: string, what: string, name: string, exists: (name: string) => boolean): void {
  if (!exists(name)) throw new FlowsProblem(`${where}: there is no ${what} "${name}"`);
}

function checkStep(
  where: string,
  step: StatedStep,
  flow: StatedFlow,
  { hours }: StatedFlows,
  known: Known,
): void {
  for (const [field, name] of waysOn(step)) checkName(`${where}.${field}`, 'step', name, has(flow.steps));
  if (step.kind === 'hours') checkName(`${where}.hours`, 'hours', step.hours, has(hours));
  if ('queue' in step) checkName(`${where}.queue`, 'queue', step.queue, inSet(known.queues));
  if (step.kind === 'agent') checkName(`${where}.agent`, 'agent', step.agent, inSet(known.agents));
}

/** Where a step leads, by field. */
function waysOn(step: StatedStep): readonly (readonly [field: string, step: string])[] {
  switch (step.kind) {
    case 'say':
      return [['then', step.then]];
    case 'menu':
      return [
        ...Object.entries(step.keys).map(([key, to]) => [`keys.${key}`, to] as const),
        ['otherwise', step.otherwise],
      ];
    case 'hours':
      return [
        ['open', step.open],
        ['closed', step.closed],
      ];
    case 'agent':
    case 'number':
      return [['otherwise', step.otherwise]];
    case 'queue':
      return step.otherwise === undefined ? [] : [['otherwise', step.otherwise]];
    case 'voicemail':
      return step.then === undefined ? [] : [['then', step.then]];
    case 'hangUp':
      return [];
  }
}

function checkReach(at: string, { start, steps }: StatedFlow): void {
  const reached = new Set([start]);
  for (const name of reached) {
    const step = steps[name];
    for (const [, next] of step ? waysOn(step) : []) reached.add(next);
  }
  const lost = Object.keys(steps).find((name) => !reached.has(name));
  if (lost !== undefined) throw new FlowsProblem(`${at}.steps.${lost}: no step leads here`);
}

function checkQueues({ queues, hours, flows }: StatedFlows, known: Known): void {
  for (const [queueId, queue] of Object.entries(queues)) {
    const at = `queues.${queueId}`;
    checkName(at, 'queue', queueId, inSet(known.queues));
    if (queue.hours !== undefined) checkName(`${at}.hours`, 'hours', queue.hours, has(hours));
    for (const field of ['closed', 'first'] as const) {
      const flow = queue[field];
      if (flow !== undefined) checkName(`${at}.${field}`, 'flow', flow, has(flows));
    }
    for (const [key, flow] of Object.entries(queue.keys ?? {}))
      checkName(`${at}.keys.${key}`, 'flow', flow, has(flows));
  }
}

/** Steps that a caller passes without a sound; an agent or a number that cannot be called is one of them. */
const silent: ReadonlySet<StatedStep['kind']> = new Set(['hours', 'queue', 'agent', 'number']);

function checkCircles(stated: StatedFlows): void {
  const done = new Set<string>();
  const visit = (flowId: string, name: string, way: readonly string[]): void => {
    const node = `flows.${flowId}.steps.${name}`;
    const step = stated.flows[flowId]?.steps[name];
    if (step === undefined || !silent.has(step.kind) || done.has(node)) return;
    if (way.includes(node))
      throw new FlowsProblem(
        `${node}: a circle in which the caller hears and presses nothing: ${circle(way, node)}`,
      );
    const on = [...way, node];
    for (const [, next] of waysOn(step)) visit(flowId, next, on);
    const closed = step.kind === 'queue' ? stated.queues[step.queue]?.closed : undefined;
    const there = closed === undefined ? undefined : stated.flows[closed];
    if (closed !== undefined && there) visit(closed, there.start, on);
    done.add(node);
  };
  for (const [flowId, { steps }] of Object.entries(stated.flows))
    for (const name of Object.keys(steps)) visit(flowId, name, []);
}

const circle = (way: readonly string[], node: string): string =>
  [...way.slice(way.indexOf(node)), node].map((each) => each.split('.').at(-1)).join(' → ');
