// A whole contact centre in memory: the real engine and domain, with a switch, a journal and a clock that do what the story
// says.

import type { Engine } from '../../app/engine/engine.ts';
import { createEngine } from '../../app/engine/engine.ts';
import type { Answer } from '../../app/engine/core.ts';
import type { Flow } from '../../app/domain/flow.ts';
import type { Rules } from '../../app/domain/floor/floor.ts';
import { legOf } from '../../app/domain/floor/effects.ts';
import type { Fact } from '../../app/domain/floor/facts.ts';
import type { AgentSettings, Input, QueueSettings } from '../../app/domain/floor/inputs.ts';
import { agentId, queueId, sessionId, type LegId } from '../../app/domain/ids.ts';
import type { CallRecord } from '../../app/domain/record.ts';
import { createFakeJournal, type FakeJournal } from './fake-journal.ts';
import { AgentActor, Customer } from './actors.ts';
import { createFakeMedia, type FakeMedia } from './fake-media.ts';
import { checkInvariants, type Breach, type GeneratedCall } from './invariants.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface WorldOptions {
  readonly queues?: readonly (Partial<QueueSettings> & { readonly name: string })[];
  readonly agents?: readonly { readonly name: string; readonly queues?: readonly string[] }[];
  readonly flows?: readonly Flow[];
  readonly rules?: Partial<Rules>;
}

const usualQueue: Omit<QueueSettings, 'queueId'> = {
  ringMs: 20_000,
  wrapUpMs: 10_000,
  maxMisses: 3,
  maxWaiting: 100,
  record: 'never',
  open: true,
};

type Generated = GeneratedCall & { readonly leg?: LegId };

/** How long an action and what follows at once from it may take in the world's time. */
const restMs = 30;

export class World {
  readonly clock: VirtualClock = createVirtualClock();
  readonly media: FakeMedia = createFakeMedia(this.clock);
  readonly journal: FakeJournal = createFakeJournal();
  readonly bugs: unknown[] = [];
  readonly repairs: string[] = [];
  readonly ignored: string[] = [];
  readonly #queues: readonly QueueSettings[];
  readonly #agents: readonly AgentSettings[];
  readonly #flows: readonly Flow[];
  readonly #rules: Partial<Rules>;
  readonly #customers = new Map<string, Customer>();
  readonly #actors = new Map<string, AgentActor>();
  readonly #calls: Generated[] = [];
  readonly #registered = new Set<string>();
  #engine: Engine | undefined;

  constructor(options: WorldOptions) {
    const queues = options.queues ?? [{ name: 'default' }];
    this.#queues = queues.map(({ name, ...other }) => ({ ...usualQueue, ...other, queueId: queueId(name) }));
    const agents = options.agents ?? [{ name: '1001' }];
    this.#agents = agents.map(({ name, queues: own }) => ({
      agentId: agentId(name),
      displayName: name,
      queues: (own ?? queues.map((queue) => queue.name)).map(queueId),
    }));
    this.#flows = options.flows ?? [];
    this.#rules = options.rules ?? {};
  }

  get engine(): Engine {
    if (!this.#engine) throw new Error('the control plane is not running');
    return this.#engine;
  }

  async startControlPlane(): Promise<void> {
    this.#engine = createEngine({
      media: this.media,
      journal: this.journal,
      clock: this.clock,
      queues: this.#queues,
      agents: this.#agents,
      flows: this.#flows,
      rules: this.#rules,
      watch: {
        bug: (error) => this.bugs.push(error),
        repaired: (what) => this.repairs.push(what),
        stepped: (_input, answer) => answer.outcome === 'ignored' && this.ignored.push(answer.why),
      },
    });
    const starting = this.#engine.start();
    await this.passes(restMs);
    await starting;
    for (const address of this.#registered) this.report(address, true);
    await this.passes(restMs);
  }

  /** `kill -9`: no goodbye, nothing flushed; the switch goes on. */
  killControlPlane(): void {
    this.engine.stop();
    this.#engine = undefined;
  }

  async restartControlPlane(awayMs = 2_000): Promise<void> {
    this.killControlPlane();
    await this.passes(awayMs);
    await this.startControlPlane();
  }

  passes(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Lets everything that follows at once happen. */
  settles(): Promise<void> {
    return this.passes(restMs);
  }

  async does(input: Input): Promise<Answer> {
    const answer = this.engine.submit(input);
    await this.settles();
    return answer;
  }

  customer(name: string): Customer {
    let customer = this.#customers.get(name);
    if (!customer) {
      customer = new Customer(this, name);
      this.#customers.set(name, customer);
    }
    return customer;
  }

  agent(name: string): AgentActor {
    const known = this.#actors.get(name) ?? new AgentActor(this, name);
    this.#actors.set(name, known);
    return known;
  }

  /** @param leg of a caller from the network, who has a record only if the floor ever heard of her */
  generated(call: GeneratedCall, leg?: LegId): void {
    this.#calls.push({ ...call, ...(leg && { leg }) });
  }

  /** A phone's registration, as the SIP edge reports it. */
  report(address: string, there: boolean): void {
    if (there) this.#registered.add(address);
    else this.#registered.delete(address);
    this.#engine?.submit({
      kind: 'device.changed',
      address,
      reachability: there ? { reachable: true } : { reachable: false, why: 'unregistered' },
    });
  }

  get records(): readonly CallRecord[] {
    return this.journal.records;
  }

  facts<K extends Fact['kind']>(kind: K): readonly Extract<Fact, { kind: K }>[] {
    return this.journal.facts.map(({ fact }) => fact).filter((fact) => fact.kind === kind) as never;
  }

  /** The story in one word per fact, for reading and for snapshots. */
  get told(): readonly string[] {
    return this.journal.facts.map(({ fact }) =>
      'agentId' in fact ? `${fact.kind} ${fact.agentId}` : fact.kind,
    );
  }

  /** @param graceMs how long floor and switch may disagree after a change */
  breaches(graceMs?: number): readonly Breach[] {
    const { view } = this.engine;
    const recorded = new Set(this.records.map((record) => record.sessionId as string));
    const heardOf = new Set(this.media.performed.map(legOf));
    const counted = this.#calls.filter(({ leg }) => leg === undefined || heardOf.has(leg));
    const calls: GeneratedCall[] = counted.map((call) => ({ ...call, live: this.#isLive(call, recorded) }));
    // A browser whose session is forgotten is a caller of her own, known by her leg.
    const strangers = this.records.filter((record) => record.sessionId.startsWith('in-'));
    for (const stranger of strangers)
      calls.push({ name: 'stranger', sessionId: stranger.sessionId, live: false });
    const { breaches } = checkInvariants({
      now: this.clock.now(),
      ...(graceMs !== undefined && { graceMs }),
      records: this.records,
      facts: this.journal.facts,
      floor: { sessions: view.sessions(), agents: view.agents() },
      liveLegs: [...this.media.channels.values()],
      calls,
    });
    return breaches;
  }

  #isLive(call: GeneratedCall, recorded: ReadonlySet<string>): boolean {
    const { view } = this.engine;
    if (call.sessionId !== undefined) {
      const session = view.session(sessionId(call.sessionId));
      return session !== undefined && session.state !== 'ended' && !recorded.has(call.sessionId);
    }
    return view
      .sessions()
      .some((session) => session.customerNumber === call.from && session.state !== 'ended');
  }

  /** The end of every story: all has gone home, nothing is left over, and nothing was lost. Throws what is not so. */
  async isEmpty(): Promise<void> {
    await this.passes(70_000);
    await this.engine.reconcile();
    await this.passes(20_000);
    await this.engine.reconcile();
    await this.settles();
    const left: string[] = [];
    const { vitals, view } = this.engine;
    if (this.bugs.length > 0) left.push(`bugs: ${this.bugs.map(String).join('; ')}`);
    if (vitals.liveSessions > 0) left.push(`${vitals.liveSessions} live sessions`);
    if (view.sessions().length > 0) left.push(`${view.sessions().length} sessions still shown`);
    if (vitals.timers > 0) left.push(`${vitals.timers} timers`);
    if (vitals.effectsUnderway > 0) left.push(`${vitals.effectsUnderway} effects underway`);
    if (this.media.channels.size > 0) left.push(`channels ${[...this.media.channels.keys()].join(', ')}`);
    // The reconciler's own wake-up is the only one an empty floor needs.
    if (this.clock.pending > 1) left.push(`${this.clock.pending} wake-ups`);
    for (const { invariant, what } of this.breaches()) left.push(`${invariant}: ${what}`);
    if (left.length > 0) throw new Error(`not empty:\n${left.join('\n')}\n${this.told.join('\n')}`);
  }
}

/** Opens a contact centre, with one queue `default` and one agent 1001 unless said otherwise. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const world = new World(options);
  await world.startControlPlane();
  return world;
}

export type { AgentActor, Customer } from './actors.ts';
