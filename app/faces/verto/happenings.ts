// The floor's facts as events of the vcc channels: each change once, in the order it became true. What an event says of an agent follows
// from the facts up to it, never from the floor as it is by now, which may be a step ahead.
//
//   agent events   vcc.<queue>.<agent>, for every queue she is in (one event, not several: who hears `vcc` hears it once)
//   call events    the same while an agent has to do with the call, else vcc.<queue>
//   queue events   vcc.<queue>

import type { Fact, Stamped } from '../../domain/floor/facts.ts';
import type { AgentView, FloorView } from '../../domain/floor/view.ts';
import {
  agentId as asAgentId,
  sessionId as asSessionId,
  type AgentId,
  type SessionId,
} from '../../domain/ids.ts';
import { agentState, nextState, type AgentState } from './agent-states.ts';
import { callEvent } from './call-events.ts';
import { agentChannel, queueChannel } from './channels.ts';
import { callerOf, iso, occurrence } from './event-data.ts';
import type { Occurrence } from './history.ts';

type Of<K extends Fact['kind']> = Extract<Fact, { kind: K }>;

/** An agent as the events so far have told her. */
interface ToldAgent {
  presence: AgentView['presence'];
  breakReason: string | undefined;
  activity: AgentView['activity'];
  callId: string | undefined;
  extn: string | undefined;
  reachable: boolean;
  shown: AgentState;
  since: number;
}

interface ToldCall {
  queue: string;
  agent: AgentId | undefined;
  inLine: boolean;
  connectedAt: number | undefined;
}

const presenceFacts: ReadonlySet<Fact['kind']> = new Set([
  'agent.ready',
  'agent.onBreak',
  'agent.signedOut',
  'agent.signedIn',
]);

/** Turns facts into events. Holds what has been told; reads names and numbers from the floor. */
export class Happenings {
  readonly #view: FloorView;
  readonly #agents = new Map<AgentId, ToldAgent>();
  readonly #calls = new Map<SessionId, ToldCall>();

  constructor(view: FloorView) {
    this.#view = view;
    for (const agent of view.agents()) this.#agents.set(agent.agentId, toldAs(agent));
    for (const { sessionId, state, queueId, agentId, since } of view.sessions()) {
      if (state === 'ended') continue;
      const talks = state === 'talking' || state === 'held' || state === 'rejoining';
      this.#calls.set(sessionId, {
        queue: queueId,
        agent: agentId,
        inLine: state === 'waiting' || state === 'ringing',
        connectedAt: talks ? since : undefined,
      });
    }
  }

  /** What an agent-state event about her would say now; undefined when the settings name no such agent. */
  agentData(id: string): Readonly<Record<string, unknown>> | undefined {
    const agent = this.#toldOf(asAgentId(id));
    return agent && stateData(id, agent);
  }

  /** Events of one step, in order. */
  of(facts: readonly Stamped<Fact>[]): readonly Occurrence[] {
    return facts.flatMap((stamped, index) => this.#tell(stamped, facts.slice(index + 1)));
  }

  #tell({ fact, at }: Stamped<Fact>, rest: readonly Stamped<Fact>[]): readonly Occurrence[] {
    switch (fact.kind) {
      case 'agent.signedIn':
      case 'agent.signedOut':
      case 'agent.ready':
      case 'agent.onBreak':
      case 'agent.activity':
        return this.#agentMoved(fact, at, rest);
      case 'agent.willBe':
        return this.#willBe(fact, at);
      case 'agent.reachability':
        return this.#reachability(fact, at);
      default:
        return this.#tellOfCall(fact, at);
    }
  }

  #tellOfCall(fact: Fact, at: number): readonly Occurrence[] {
    switch (fact.kind) {
      case 'session.requested':
        this.#calls.set(fact.sessionId, newCall(fact.queueId));
        return [];
      case 'session.queued':
        return this.#joined(fact, at, {});
      case 'session.requeued':
        return this.#joined(fact, at, { back: fact.to });
      case 'session.transferred':
        return this.#transferred(fact, at);
      case 'session.connected':
        return this.#connected(fact, at);
      case 'session.ended':
        return this.#ended(fact, at);
      default:
        return this.#tellOfConversation(fact, at);
    }
  }

  #tellOfConversation(fact: Fact, at: number): readonly Occurrence[] {
    const said = callEvent(fact);
    if (!said || !('sessionId' in fact) || fact.sessionId === undefined) return [];
    const { sessionId } = fact;
    const call = this.#callOf(sessionId);
    if (fact.kind === 'dial.progress') call.agent ??= fact.agentId; // hers from the beginning, whoever is reached
    const agentId = said.agentId ?? call.agent;
    if (agentId === undefined || said.supervisorsOnly === true)
      return [
        this.#queueEvent(call.queue, said.eventType, at, { callID: sessionId, ...said.about }, sessionId),
      ];
    return this.#aboutAgentCall({ sessionId, agentId }, at, said.eventType, said.about);
  }

  #agentMoved(
    fact: Of<'agent.signedIn' | 'agent.signedOut' | 'agent.ready' | 'agent.onBreak' | 'agent.activity'>,
    at: number,
    rest: readonly Stamped<Fact>[],
  ): readonly Occurrence[] {
    const agent = this.#toldOf(fact.agentId);
    if (!agent) return [];
    const extnBefore = agent.extn;
    take(agent, fact);
    const events: Occurrence[] = [];
    if (fact.kind === 'agent.signedIn') events.push(this.#agentEvent(fact.agentId, 'agent-login', at, {}));
    // Between two facts of one step she is what she never was for anybody: after a call ready, before the break that was kept for her.
    const settled = fact.kind !== 'agent.signedIn' && !followedByPresence(fact, rest);
    if (settled) events.push(...this.#stateMoved(fact.agentId, agent, at, causeOf(fact)));
    if (fact.kind === 'agent.signedOut') {
      const extn = extnBefore === undefined ? {} : { extn: extnBefore };
      events.push(this.#agentEvent(fact.agentId, 'agent-logout', at, { ...extn, reason: fact.cause }));
    }
    return events;
  }

  #stateMoved(id: AgentId, agent: ToldAgent, at: number, cause: object): readonly Occurrence[] {
    const now = agentState(agent);
    const before = agent.shown;
    if (now.state === before.state && now.reason === before.reason) return [];
    agent.shown = now;
    agent.since = at;
    const data = { ...stateData(id, agent), prevState: before.state, ...cause };
    return [this.#agentEvent(id, 'agent-state', at, data)];
  }

  #willBe({ agentId, next, reason }: Of<'agent.willBe'>, at: number): readonly Occurrence[] {
    const { state, reason: said } = nextState(next, reason);
    return [
      this.#agentEvent(agentId, 'agent-next', at, {
        next: state,
        ...(said !== undefined && { reason: said }),
      }),
    ];
  }

  #reachability({ agentId, reachability }: Of<'agent.reachability'>, at: number): readonly Occurrence[] {
    const agent = this.#toldOf(agentId);
    if (!agent || agent.reachable === reachability.reachable) return [];
    agent.reachable = reachability.reachable;
    const why = reachability.reachable ? {} : { why: reachability.why };
    return [
      this.#agentEvent(agentId, 'agent-reachability', at, { reachable: reachability.reachable, ...why }),
    ];
  }

  #joined(
    { sessionId, queueId }: Pick<Of<'session.queued' | 'session.requeued'>, 'sessionId' | 'queueId'>,
    at: number,
    about: object,
  ): readonly Occurrence[] {
    const call = this.#callOf(sessionId, queueId);
    const left = call.inLine && call.queue !== queueId ? this.#left(sessionId, call, at, 'transferred') : [];
    if (call.inLine && call.queue === queueId) return []; // a missed offer: she never left the line
    call.queue = queueId;
    call.inLine = true;
    call.agent = undefined;
    call.connectedAt = undefined;
    const place = this.#view.session(sessionId)?.place;
    const data = { callID: sessionId, ...(place !== undefined && { position: place }), ...about };
    return [...left, this.#queueEvent(queueId, 'queue-join', at, data, sessionId)];
  }

  /** Into a queue: in line there from now on. */
  #transferred(fact: Of<'session.transferred'>, at: number): readonly Occurrence[] {
    const { sessionId, to } = fact;
    const told = this.#tellOfConversation(fact, at);
    return to.kind === 'queue'
      ? [...told, ...this.#joined({ sessionId, queueId: to.queueId }, at, { transferred: true })]
      : told;
  }

  #left(sessionId: SessionId, call: ToldCall, at: number, cause: string): readonly Occurrence[] {
    if (!call.inLine) return [];
    call.inLine = false;
    return [this.#queueEvent(call.queue, 'queue-leave', at, { callID: sessionId, cause })];
  }

  #connected({ sessionId, agentId }: Of<'session.connected'>, at: number): readonly Occurrence[] {
    const call = this.#callOf(sessionId);
    const left = this.#left(sessionId, call, at, 'answered');
    call.agent = agentId;
    call.connectedAt ??= at;
    return [...left, ...this.#aboutAgentCall({ sessionId, agentId }, at, 'call-answered', {})];
  }

  #ended({ sessionId, ending }: Of<'session.ended'>, at: number): readonly Occurrence[] {
    const call = this.#callOf(sessionId);
    this.#calls.delete(sessionId);
    const left = this.#left(sessionId, call, at, ending);
    const talkMs = call.connectedAt === undefined ? {} : { talkMs: at - call.connectedAt };
    const about = { cause: ending, ...talkMs };
    if (call.agent !== undefined)
      return [
        ...left,
        ...this.#aboutAgentCall({ sessionId, agentId: call.agent }, at, 'call-ended', about, call),
      ];
    const data = { callID: sessionId, ...about };
    return [...left, this.#queueEvent(call.queue, 'call-ended', at, data, sessionId)];
  }

  #aboutAgentCall(
    of: { readonly sessionId: SessionId; readonly agentId: AgentId },
    at: number,
    eventType: string,
    about: object,
    call = this.#callOf(of.sessionId),
  ): readonly Occurrence[] {
    const { sessionId, agentId } = of;
    const data = { queue: call.queue, agent: agentId, callID: sessionId, ...about };
    const channels = this.#channelsOf(agentId, call.queue);
    return [
      occurrence({ channels, eventType, at, data: () => data, caller: callerOf(this.#view, sessionId) }),
    ];
  }

  #agentEvent(id: AgentId, eventType: string, at: number, about: object): Occurrence {
    const agent = this.#toldOf(id);
    const extn = agent?.extn === undefined ? {} : { extn: agent.extn };
    const data = (queue: string): object => ({ queue, agent: id, ...extn, ...about });
    return occurrence({ channels: this.#channelsOf(id), eventType, at, data });
  }

  #queueEvent(queue: string, eventType: string, at: number, about: object, caller?: SessionId): Occurrence {
    return occurrence({
      channels: [queueChannel(queue)],
      eventType,
      at,
      data: () => ({ queue, ...about }),
      ...(caller !== undefined && { caller: callerOf(this.#view, caller) }),
    });
  }

  /** Every queue of hers; the one that matters first. */
  #channelsOf(id: AgentId, first?: string): readonly string[] {
    const queues: readonly string[] = this.#view.agent(id)?.queues ?? [];
    const others = queues.filter((queue) => queue !== first);
    return [...(first === undefined ? [] : [first]), ...others].map((queue) => agentChannel(queue, id));
  }

  /** Agents the settings named after the start are told from now on. */
  #toldOf(id: AgentId): ToldAgent | undefined {
    let told = this.#agents.get(id);
    const agent = told ? undefined : this.#view.agent(id);
    if (agent) this.#agents.set(id, (told = toldAs(agent)));
    return told;
  }

  #callOf(sessionId: SessionId, queue?: string): ToldCall {
    let call = this.#calls.get(sessionId);
    if (!call) {
      call = newCall(queue ?? this.#view.session(asSessionId(sessionId))?.queueId ?? '');
      this.#calls.set(sessionId, call);
    }
    return call;
  }
}

const newCall = (queue: string): ToldCall => ({
  queue,
  agent: undefined,
  inLine: false,
  connectedAt: undefined,
});

function toldAs(agent: AgentView): ToldAgent {
  return {
    presence: agent.presence,
    breakReason: agent.breakReason,
    activity: agent.activity,
    callId: agent.sessionId,
    extn: agent.device?.address,
    reachable: agent.reachability.reachable,
    shown: agentState(agent),
    since: agent.activity === 'idle' ? agent.presenceSince : agent.activitySince,
  };
}

/** What a fact says of her, into what has been told of her. */
function take(
  agent: ToldAgent,
  fact: Of<'agent.signedIn' | 'agent.signedOut' | 'agent.ready' | 'agent.onBreak' | 'agent.activity'>,
): void {
  switch (fact.kind) {
    case 'agent.signedIn':
      agent.extn = fact.device.address;
      return;
    case 'agent.signedOut':
      agent.presence = 'signedOut';
      agent.extn = undefined;
      return;
    case 'agent.ready':
      agent.presence = 'ready';
      return;
    case 'agent.onBreak':
      agent.presence = 'break';
      agent.breakReason = fact.reason;
      return;
    case 'agent.activity':
      agent.activity = fact.activity;
      agent.callId = fact.sessionId;
  }
}

const followedByPresence = (
  fact: Of<'agent.activity' | 'agent.ready' | 'agent.onBreak' | 'agent.signedOut'>,
  rest: readonly Stamped<Fact>[],
): boolean => {
  if (fact.kind !== 'agent.activity' || fact.activity !== 'idle') return false;
  const next = rest.find(
    ({ fact: later }) =>
      'agentId' in later && later.agentId === fact.agentId && later.kind.startsWith('agent.'),
  );
  return next !== undefined && presenceFacts.has(next.fact.kind);
};

const causeOf = (fact: Fact): object =>
  fact.kind === 'agent.onBreak' && fact.cause === 'misses' ? { cause: 'misses' } : {};

const stateData = (id: string, agent: ToldAgent): Readonly<Record<string, unknown>> => ({
  agent: id,
  ...(agent.extn !== undefined && { extn: agent.extn }),
  ...agent.shown,
  since: iso(agent.since),
  ...(agent.callId !== undefined && agent.shown.state !== 'READY' && { callID: agent.callId }),
  reachable: agent.reachable,
});
