// A Core that does what a test says, with just enough of a floor to be looked at. The rules are tested elsewhere; here it is
// the doors that are tested.

import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { Input } from '../../app/domain/floor/inputs.ts';
import type { AgentView, FloorView, QueueView, SessionView } from '../../app/domain/floor/view.ts';
import { agentId, queueId, type AgentId, type SessionId } from '../../app/domain/ids.ts';
import type { RefusalCode } from '../../app/domain/refusal.ts';
import type { Answer, Core } from '../../app/engine/core.ts';

export class FakeCore implements Core {
  readonly inputs: Input[] = [];
  readonly sessionsById = new Map<SessionId, SessionView>();
  readonly agentsById = new Map<AgentId, AgentView>();
  queueViews: QueueView[] = ['default', 'sales'].map(queueOf);
  /** Refuse the next input of this kind. */
  readonly refusals = new Map<Input['kind'], RefusalCode>();
  factNumber = 0;
  #listeners = new Set<(facts: readonly Stamped<Fact>[]) => void>();

  constructor() {
    for (const id of ['1001', '1002']) this.agentsById.set(agentId(id), agentOf(id));
  }

  readonly view: FloorView = {
    session: (id) => this.sessionsById.get(id),
    sessions: () => [...this.sessionsById.values()],
    agent: (id) => this.agentsById.get(id),
    agents: () => [...this.agentsById.values()],
    queues: () => this.queueViews,
  };

  submit(input: Input): Answer {
    this.inputs.push(input);
    const code = this.refusals.get(input.kind);
    if (code) return { outcome: 'refused', code };
    this.#act(input);
    return { outcome: 'done' };
  }

  subscribe(listener: (facts: readonly Stamped<Fact>[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes facts true: their numbers follow one another. */
  become(...facts: Fact[]): void {
    const stamped = facts.map((fact) => ({
      number: (this.factNumber += 1),
      at: 1_000 + this.factNumber,
      fact,
    }));
    for (const listener of this.#listeners) listener(stamped);
  }

  /** Changes a session and says so by `fact`. */
  session(id: SessionId, changes: Partial<SessionView>, fact?: Fact): void {
    const before = this.sessionsById.get(id) ?? sessionOf(id);
    this.sessionsById.set(id, { ...before, ...changes });
    if (fact) this.become(fact);
  }

  agent(id: string, changes: Partial<AgentView>, fact?: Fact): void {
    this.agentsById.set(agentId(id), { ...(this.agentsById.get(agentId(id)) ?? agentOf(id)), ...changes });
    if (fact) this.become(fact);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  #act(input: Input): void {
    if (input.kind === 'customer.request') {
      const { sessionId, queueId: queue, displayName } = input;
      const name = displayName === undefined ? {} : { customerName: displayName };
      const waiting = [...this.sessionsById.values()].filter(({ state }) => state === 'waiting').length;
      this.session(
        sessionId,
        { queueId: queue, state: 'waiting', place: waiting + 1, source: 'web', ...name },
        { kind: 'session.queued', sessionId, queueId: queue, priority: 0 },
      );
    } else if (input.kind === 'customer.hangUp') {
      const { sessionId } = input;
      this.session(
        sessionId,
        { state: 'ended', ending: 'abandoned_waiting' },
        { kind: 'session.ended', sessionId, ending: 'abandoned_waiting' },
      );
    } else if (input.kind === 'agent.ready') {
      this.agent(input.agentId, { presence: 'ready' }, { kind: 'agent.ready', agentId: input.agentId });
    } else if (input.kind === 'agent.finishWrapUp') {
      const { [`sessionId`]: _, ...rest } = this.agentsById.get(input.agentId) ?? agentOf(input.agentId);
      this.agentsById.set(input.agentId, { ...rest, activity: 'idle' });
      this.become({ kind: 'agent.activity', agentId: input.agentId, activity: 'idle' });
    }
  }
}

const queueOf = (name: string): QueueView => ({
  queueId: queueId(name),
  open: true,
  takesCalls: true,
  waiting: 0,
  agents: { ready: 0, busy: 0, onBreak: 0 },
  record: 'onDemand',
});

export const sessionOf = (id: SessionId): SessionView => ({
  sessionId: id,
  source: 'phone',
  queueId: queueId('default'),
  state: 'waiting',
  since: 1_000,
  requestedAt: 1_000,
  away: false,
});

const agentOf = (id: string): AgentView => ({
  agentId: agentId(id),
  displayName: id === '1001' ? 'Alice' : 'Bob',
  queues: [queueId('default')],
  presence: 'signedOut',
  presenceSince: 1_000,
  activity: 'idle',
  activitySince: 1_000,
  reachability: { reachable: true },
});
