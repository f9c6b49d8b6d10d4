// The people of a story: customers and agents, each by her name. Every thing they do lets the world come to rest before the
// story goes on.

import type { Answer } from '../../app/engine/core.ts';
import type { AgentCommand } from '../../app/domain/floor/inputs.ts';
import type { AgentView, SessionView } from '../../app/domain/floor/view.ts';
import { agentId, queueId, sessionId, type LegId, type SessionId } from '../../app/domain/ids.ts';
import type { LegEnding } from '../../app/domain/ending.ts';
import type { CallRecord } from '../../app/domain/record.ts';
import type { Channel, InboundCall, PhoneHabit } from './fake-media.ts';
import type { World } from './world.ts';

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
  dials(queue = 'default', priority = 0): Promise<void> {
    return this.#dials({ queueId: queueId(queue), priority });
  }

  /** Dials a number that leads to a flow. */
  dialsFlow(flowId: string): Promise<void> {
    return this.#dials({ flowId });
  }

  /** An agent dials a colleague at her desk phone. */
  dialsColleague(by: string, whom: string): Promise<void> {
    return this.#dials({ agentId: agentId(whom), callerAgent: agentId(by) });
  }

  async #dials(to: Omit<InboundCall, 'source' | 'sessionId' | 'from' | 'fromName'>): Promise<void> {
    const from = `+49${this.#world.clock.newId().slice(-8)}`;
    this.#isWeb = false;
    this.#session = undefined;
    this.#leg = this.#world.media.call({ source: 'phone', from, ...to });
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

  async pressesKeys(...keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#world.media.press(this.leg, key);
    await this.#world.settles();
  }

  /** Hears what is being played to its end. */
  async hearsOut(how?: 'done' | 'failed'): Promise<void> {
    this.#world.media.soundEnds(this.leg, how);
    await this.#world.settles();
  }

  /** What is being played to her. */
  get hears(): readonly string[] {
    return this.channel?.playing.map(({ soundId }) => soundId) ?? [];
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

  /** Signs in with a desk phone whose line is to stay up from call to call. */
  async signsInNailedUp(habit: PhoneHabit, registered = true): Promise<Answer> {
    this.#address = this.#name;
    this.phone(habit);
    if (registered) this.#world.report(this.#name, true);
    return this.#world.does({
      kind: 'agent.signIn',
      agentId: this.#id,
      device: { kind: 'sip', address: this.#name },
      nailedUp: true,
    });
  }

  /** Presses a key of her phone. */
  async pressesKey(key: string): Promise<void> {
    const { leg } = this;
    if (leg) this.#world.media.press(leg, key);
    await this.#world.settles();
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

  /** Signs in with her page as the phone. */
  async signsInByPage(habit: PhoneHabit = 'ring', nailedUp = false): Promise<Answer> {
    this.#address = `browser-${this.#name}`;
    this.phone(habit);
    this.#world.report(this.#address, true);
    return this.#world.does({
      kind: 'agent.signIn',
      agentId: this.#id,
      device: { kind: 'browser', address: this.#address },
      nailedUp,
    });
  }

  /** Her page goes: the call's media, then its registration. */
  async pageGoes(ending: LegEnding = 'hung_up'): Promise<void> {
    await this.phoneEnds(ending);
    this.#world.report(this.#address, false);
    await this.#world.settles();
  }

  /** Her page is there again, and registered. */
  async pageComes(habit: PhoneHabit = 'answer'): Promise<void> {
    this.phone(habit);
    this.#world.report(this.#address, true);
    await this.#world.settles();
  }

  /** Signs in with a telephone somewhere, which rings until somebody acts. */
  async signsInByTelephone(number: string, habit: PhoneHabit = 'ring', nailedUp = false): Promise<Answer> {
    this.#address = number;
    this.phone(habit);
    return this.#world.does({
      kind: 'agent.signIn',
      agentId: this.#id,
      device: { kind: 'pstn', address: number },
      nailedUp,
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
