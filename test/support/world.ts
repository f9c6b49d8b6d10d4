// A whole contact centre in memory: the real engine and domain, with a switch, a journal and a clock that do what the story
// says. Actors have names; each thing they do lets the world come to rest before the story goes on.

import type { Engine } from '../../app/engine/engine.ts';
import { createEngine } from '../../app/engine/engine.ts';
import type { Answer } from '../../app/engine/core.ts';
import type { Rules } from '../../app/domain/floor/floor.ts';
import { legOf } from '../../app/domain/floor/effects.ts';
import type { Fact } from '../../app/domain/floor/facts.ts';
import type { AgentCommand, AgentSettings, Input, QueueSettings } from '../../app/domain/floor/inputs.ts';
import type { AgentView, SessionView } from '../../app/domain/floor/view.ts';
import { agentId, queueId, sessionId, type LegId, type SessionId } from '../../app/domain/ids.ts';
import type { LegEnding } from '../../app/domain/ending.ts';
import type { CallRecord } from '../../app/domain/record.ts';
import { createFakeJournal, type FakeJournal } from './fake-journal.ts';
import { createFakeMedia, type Channel, type FakeMedia, type PhoneHabit } from './fake-media.ts';
import { checkInvariants, type Breach, type GeneratedCall } from './invariants.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface WorldOptions {
  readonly queues?: readonly (Partial<QueueSettings> & { readonly name: string })[];
  readonly agents?: readonly { readonly name: string; readonly queues?: readonly string[] }[];
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

export class Customer {
  readonly #world: World;
  readonly #name: string;
  #session: SessionId | undefined;
  #leg: LegId | undefined;
  #isWeb = true;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** Presses Call on a page; her browser's leg follows. */
  async calls(queue = 'default'): Promise<Answer> {
    const answer = await this.presses(queue);
    if (answer.outcome === 'done') await this.arrives();
    return answer;
  }

  /** Presses Call; her browser never gets through, or not yet. */
  presses(queue = 'default'): Promise<Answer> {
    const id = this.#world.clock.newId();
    this.#session = sessionId(id);
    this.#isWeb = true;
    this.#world.generated({ name: this.#name, sessionId: id });
    return this.#world.does({
      kind: 'customer.request',
      sessionId: this.#session,
      queueId: queueId(queue),
      displayName: this.#name,
    });
  }

  /** Her browser's leg reaches the switch: the first time, or again after a reload. */
  async arrives(): Promise<void> {
    this.#leg = this.#world.media.call({ source: 'web', sessionId: this.session });
    await this.#world.settles();
  }

  /** Dials in from the telephone network. */
  async dials(queue = 'default', priority = 0): Promise<void> {
    const from = `+49${this.#world.clock.newId().slice(-8)}`;
    this.#isWeb = false;
    this.#session = undefined;
    this.#leg = this.#world.media.call({ source: 'phone', queueId: queueId(queue), from, priority });
    this.#world.generated({ name: this.#name, from }, this.#leg);
    await this.#world.settles();
    this.#session = this.#world.engine.view
      .sessions()
      .find((session) => session.customerNumber === from)?.sessionId;
  }

  /** Presses Hang up on the page. */
  hangsUp(): Promise<Answer> {
    return this.#world.does({ kind: 'customer.hangUp', sessionId: this.session });
  }

  /** Her leg ends without a word from the page: reload, network, or the phone's own hang-up. */
  async drops(ending: LegEnding = 'hung_up'): Promise<void> {
    this.#world.media.ends(this.leg, ending);
    await this.#world.settles();
  }

  async reloads(awayMs = 2_000): Promise<void> {
    await this.drops();
    await this.#world.passes(awayMs);
    await this.arrives();
  }

  rates(stars: number): Promise<Answer> {
    return this.#world.does({ kind: 'customer.rate', sessionId: this.session, stars });
  }

  /** Has she ever called? */
  get isKnown(): boolean {
    return this.#session !== undefined;
  }

  /** Is a leg of hers on the switch? */
  get isUp(): boolean {
    return this.#leg !== undefined && this.#world.media.channels.has(this.#leg);
  }

  get isWeb(): boolean {
    return this.#isWeb;
  }

  get session(): SessionId {
    if (this.#session === undefined) throw new Error(`${this.#name} has no session`);
    return this.#session;
  }

  get leg(): LegId {
    if (this.#leg === undefined) throw new Error(`${this.#name} has no leg`);
    return this.#leg;
  }

  get view(): SessionView | undefined {
    return this.#world.engine.view.session(this.session);
  }

  get state(): SessionView['state'] | undefined {
    return this.view?.state;
  }

  get hearsMusic(): boolean {
    return this.#world.media.channels.get(this.leg)?.music ?? false;
  }

  get channel(): Channel | undefined {
    return this.#world.media.channels.get(this.leg);
  }

  get bridgedTo(): LegId | undefined {
    return this.#world.media.channels.get(this.leg)?.bridgedTo;
  }

  get record(): CallRecord | undefined {
    return this.#world.records.find((record) => record.sessionId === this.session);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type Wish = DistributiveOmit<AgentCommand, 'agentId'>;

export class AgentActor {
  readonly #world: World;
  readonly #name: string;
  #address: string;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    this.#address = name;
  }

  get #id() {
    return agentId(this.#name);
  }

  /** Signs in with a registered desk phone that rings until somebody acts. */
  async signsIn(habit: PhoneHabit = 'ring'): Promise<Answer> {
    this.#address = this.#name;
    this.phone(habit);
    this.#world.report(this.#name, true);
    return this.#world.does({
      kind: 'agent.signIn',
      agentId: this.#id,
      device: { kind: 'sip', address: this.#name },
    });
  }

  phone(habit: PhoneHabit): void {
    this.#world.media.phone(this.#address, habit);
  }

  signsOut(): Promise<Answer> {
    return this.#world.does({ kind: 'agent.signOut', agentId: this.#id });
  }

  isReady(): Promise<Answer> {
    return this.#world.does({ kind: 'agent.ready', agentId: this.#id });
  }

  takesBreak(reason = 'lunch'): Promise<Answer> {
    return this.#world.does({ kind: 'agent.break', agentId: this.#id, reason });
  }

  holds(): Promise<Answer> {
    return this.#world.does({ kind: 'agent.hold', agentId: this.#id });
  }

  resumes(): Promise<Answer> {
    return this.#world.does({ kind: 'agent.resume', agentId: this.#id });
  }

  /** Presses Answer, Decline, Hang up or Finish on her page. */
  /** Anything else she may wish. */
  wishes(wish: Wish): Promise<Answer> {
    return this.#world.does({ ...wish, agentId: this.#id });
  }

  /** Her phone first, then the number. */
  async dials(
    number: string,
    more: { earlyMedia?: boolean; callerNumber?: string } = {},
  ): Promise<SessionId> {
    const id = sessionId(this.#world.clock.newId());
    const answer = await this.wishes({ kind: 'agent.dial', sessionId: id, number, ...more });
    if (answer.outcome === 'done') this.#world.generated({ name: this.#name, sessionId: id });
    return id;
  }

  /** Signs in with a telephone somewhere, which rings until somebody acts. */
  async signsInByTelephone(number: string, habit: PhoneHabit = 'ring'): Promise<Answer> {
    this.#address = number;
    this.phone(habit);
    return this.#world.does({
      kind: 'agent.signIn',
      agentId: this.#id,
      device: { kind: 'pstn', address: number },
    });
  }

  presses(what: 'answer' | 'decline' | 'hangUp' | 'finishWrapUp'): Promise<Answer> {
    return this.#world.does({ kind: `agent.${what}`, agentId: this.#id });
  }

  /** Lifts the receiver. */
  async picksUp(): Promise<void> {
    this.#world.media.answers(this.#address);
    await this.#world.settles();
  }

  /** Puts the receiver down, or her phone dies. */
  async phoneEnds(ending: LegEnding = 'hung_up'): Promise<void> {
    const leg = this.leg;
    if (leg) this.#world.media.ends(leg, ending);
    await this.#world.settles();
  }

  get leg(): LegId | undefined {
    return this.#world.media.legAt(this.#address);
  }

  get channel(): Channel | undefined {
    const { leg } = this;
    return leg === undefined ? undefined : this.#world.media.channels.get(leg);
  }

  get hearsMusic(): boolean {
    const { leg } = this;
    return leg !== undefined && (this.#world.media.channels.get(leg)?.music ?? false);
  }

  get view(): AgentView {
    const view = this.#world.engine.view.agent(this.#id);
    if (!view) throw new Error(`no agent ${this.#name}`);
    return view;
  }

  get activity(): AgentView['activity'] {
    return this.view.activity;
  }

  get presence(): AgentView['presence'] {
    return this.view.presence;
  }
}
