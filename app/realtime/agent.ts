// /agent: one agent, on any number of pages. Her own state and her call are sent at once when they change; the numbers of
// her queues are collected.

import { randomUUID } from 'node:crypto';
import type { Namespace, Socket } from 'socket.io';
import type { Fact, Stamped } from '../domain/floor/facts.ts';
import { agentId, type AgentId, type QueueId } from '../domain/ids.ts';
import type { StaffPrincipal } from '../auth/auth.ts';
import { callCommands, type CallCommand } from '../contract/call-control.ts';
import type { Queue } from '../contract/floor.ts';
import type { AgentSession } from '../contract/sessions.ts';
import {
  agentCommandSchemas,
  type AgentToServer,
  type NotReached,
  type ServerToAgent,
} from '../contract/socket.ts';
import type { Core } from '../engine/core.ts';
import {
  agentInput,
  callInput,
  signInInput,
  dial,
  submit,
  wrapUp,
  type PlainAgentCommand,
} from './commands.ts';
import { Coalescer } from './coalescer.ts';
import { admit, expire, takeCommands, type Admitted, type Performers, type Stage } from './socket-server.ts';
import { agentSession, ownAgent, queue } from './views.ts';

type AgentSocket = Socket<AgentToServer, ServerToAgent>;

/** One agent's open pages, the call they show, and what they were told last. */
interface Desk {
  readonly sockets: Set<AgentSocket>;
  call: string | undefined;
  readonly last: { agent: string; session: string; queues: string };
}

const queuesMs = 500;

/** @returns closes the namespace's subscriptions and timers */
export function openAgentNamespace(stage: Stage): () => void {
  const { io, core } = stage;
  const namespace: Namespace<AgentToServer, ServerToAgent> = io.of('/agent');
  const desks = new Desks(core);
  admit(namespace, stage, ['agent']);
  namespace.on('connection', (socket) => {
    const own = (socket.data as Admitted).principal as StaffPrincipal;
    const id = agentId(own.agentId ?? own.username);
    socket.on('disconnect', () => desks.leave(socket, id));
    const renew = expire(socket, stage);
    takeCommands(socket, agentCommandSchemas, { renew, ...performers(stage, id) }, stage);
    desks.join(socket, id);
  });
  const unsubscribe = core.subscribe((facts) => desks.tell(facts));
  return () => {
    unsubscribe();
    desks.close();
  };
}

class Desks {
  readonly #core: Core;
  readonly #desks = new Map<AgentId, Desk>();
  /** Whose pages show this call, hers and a colleague's she asks: some facts name only the session. */
  readonly #atCall = new Map<string, Set<AgentId>>();
  readonly #queuesMoved = new Coalescer<'queues'>(queuesMs, () => this.#showQueues());

  constructor(core: Core) {
    this.#core = core;
  }

  join(socket: AgentSocket, id: AgentId): void {
    const desk = this.#desks.get(id) ?? newDesk();
    this.#desks.set(id, desk);
    this.#show(id); // the pages that were there already first: then the new one may be told the same
    desk.sockets.add(socket);
    const view = this.#core.view.agent(id);
    if (!view) return;
    socket.emit('agent', ownAgent(view));
    socket.emit('session', this.#callOf(id));
    socket.emit('queues', this.#queuesOf(id, this.#core.view.queues().map(queue)));
  }

  leave(socket: AgentSocket, id: AgentId): void {
    const desk = this.#desks.get(id);
    desk?.sockets.delete(socket);
    if (!desk || desk.sockets.size > 0) return;
    this.#desks.delete(id);
    this.#forsake(id, desk);
  }

  tell(facts: readonly Stamped<Fact>[]): void {
    for (const id of new Set(facts.flatMap(({ fact }) => this.#concerned(fact)))) this.#show(id);
    for (const { fact } of facts) this.#tellNotReached(fact);
    if (this.#desks.size > 0) this.#queuesMoved.add('queues');
    for (const { fact } of facts)
      if (fact.kind === 'message.left' || fact.kind === 'message.handled') this.#tellMessages(fact.queueId);
  }

  /** Her call may be over by now, so that no state of it could say why. */
  #tellNotReached(fact: Fact): void {
    const missed = notReached(fact);
    if (!missed) return;
    const { agentId: id, ...what } = missed;
    for (const socket of this.#desks.get(id)?.sockets ?? []) socket.emit('notReached', what);
  }

  close(): void {
    this.#queuesMoved.close();
  }

  #concerned(fact: Fact): AgentId[] {
    const looking =
      'sessionId' in fact && fact.sessionId !== undefined ? this.#atCall.get(fact.sessionId) : undefined;
    return [...('agentId' in fact ? [fact.agentId] : []), ...(looking ?? [])];
  }

  #show(id: AgentId): void {
    const desk = this.#desks.get(id);
    const view = desk && this.#core.view.agent(id);
    if (!desk || !view) return;
    if (view.sessionId !== undefined) this.#follow(id, desk, view.sessionId);
    emitChanged(desk, 'agent', ownAgent(view));
    emitChanged(desk, 'session', this.#callOf(id));
  }

  #follow(id: AgentId, desk: Desk, call: string): void {
    if (desk.call === call) return;
    this.#forsake(id, desk);
    desk.call = call;
    this.#atCall.set(call, (this.#atCall.get(call) ?? new Set()).add(id));
  }

  /** Her pages show that call no longer. */
  #forsake(id: AgentId, { call }: Desk): void {
    const looking = call === undefined ? undefined : this.#atCall.get(call);
    looking?.delete(id);
    if (call !== undefined && looking?.size === 0) this.#atCall.delete(call);
  }

  /** The call she has, wrap-up included. One that went back to the line or to a colleague is none of her business. */
  #callOf(id: AgentId): AgentSession | null {
    const call = this.#core.view.agent(id)?.sessionId;
    const session = call === undefined ? undefined : this.#core.view.session(call);
    return session ? agentSession(session) : null;
  }

  #tellMessages(queueId: QueueId): void {
    for (const [id, desk] of this.#desks) {
      if (!this.#core.view.agent(id)?.queues.includes(queueId)) continue;
      for (const socket of desk.sockets) socket.emit('messages');
    }
  }

  #showQueues(): void {
    const all = this.#core.view.queues().map(queue);
    for (const [id, desk] of this.#desks) emitChanged(desk, 'queues', this.#queuesOf(id, all));
  }

  #queuesOf(id: AgentId, all: readonly Queue[]): Queue[] {
    const own: readonly string[] = this.#core.view.agent(id)?.queues ?? [];
    return all.filter(({ queueId }) => own.includes(queueId));
  }
}

function notReached(fact: Fact): (NotReached & { readonly agentId: AgentId }) | undefined {
  if (!('cause' in fact) || !('sessionId' in fact)) return undefined;
  const { sessionId } = fact;
  if (fact.kind === 'dial.progress' && fact.agentId !== undefined && fact.cause !== undefined)
    return {
      agentId: fact.agentId,
      sessionId,
      who: fact.leg === 'agent' ? 'own' : 'number',
      cause: fact.cause,
    };
  if (fact.kind === 'consult.ended' && fact.how === 'failed')
    return { agentId: fact.agentId, sessionId, who: 'third', cause: fact.cause ?? 'failed' };
  return undefined;
}

const newDesk = (): Desk => ({
  sockets: new Set(),
  call: undefined,
  last: { agent: '', session: '', queues: '' },
});

function emitChanged<Name extends 'agent' | 'session' | 'queues'>(
  desk: Desk,
  name: Name,
  value: Parameters<ServerToAgent[Name]>[0],
): void {
  const text = JSON.stringify(value);
  if (desk.last[name] === text) return;
  desk.last[name] = text;
  for (const socket of desk.sockets) (socket as Socket).emit(name, value);
}

function performers(
  { core, desk }: Stage,
  id: AgentId,
): Omit<Performers<typeof agentCommandSchemas>, 'renew'> {
  const plain = (name: PlainAgentCommand) => () => submit(core, agentInput(name, id));
  return {
    signIn: (wish) => submit(core, signInInput(wish, id)),
    signOut: plain('signOut'),
    ready: plain('ready'),
    break: ({ reason }) => submit(core, { kind: 'agent.break', agentId: id, reason }),
    answer: plain('answer'),
    decline: plain('decline'),
    hold: plain('hold'),
    resume: plain('resume'),
    hangUp: plain('hangUp'),
    wrapUp: (wish) => wrapUp(desk, id, wish),
    ...callPerformers(core, id),
    dial: (wish) => void dial({ core, newId: randomUUID }, id, wish),
  };
}

type CallPerformers = Pick<Performers<typeof agentCommandSchemas>, CallCommand>;

const callPerformers = (core: Core, id: AgentId): CallPerformers =>
  Object.fromEntries(
    (Object.keys(callCommands) as CallCommand[]).map((name) => [
      name,
      (wish: never) => submit(core, callInput(name, wish, id)),
    ]),
  ) as CallPerformers;
