// /supervisor: the whole floor. A snapshot that names the newest fact it contains, then batches: every fact since, with the
// queues, agents and sessions as they are now. Batches follow one another without a gap in their numbers; a client
// that finds one asks `resync`. A client that reads too slowly is given a fresh snapshot instead of a backlog.

import type { Namespace, Socket } from 'socket.io';
import type { Fact, Stamped } from '../domain/floor/facts.ts';
import { agentId, sessionId } from '../domain/ids.ts';
import type { StaffPrincipal } from '../auth/auth.ts';
import { monitorCommands, type MonitorCommand } from '../contract/call-control.ts';
import {
  supervisorCommandSchemas,
  type Batch,
  type ServerToSupervisor,
  type ShownFact,
  type Snapshot,
  type SupervisorToServer,
} from '../contract/socket.ts';
import type { Core } from '../engine/core.ts';
import { monitorInput, submit } from './commands.ts';
import { Coalescer } from './coalescer.ts';
import { admit, expire, takeCommands, type Admitted, type Performers, type Stage } from './socket-server.ts';
import { ownAgent, queue, supervisorSession } from './views.ts';

type SupervisorNamespace = Namespace<SupervisorToServer, ServerToSupervisor>;
type SupervisorSocket = Socket<SupervisorToServer, ServerToSupervisor>;

const defaultBatchMs = 100;
/** Packets that may wait for one client before it is considered slow. */
const mostBacklog = 50;
const live = 'live';

/** @returns closes the namespace's subscriptions and timers */
export function openSupervisorNamespace(stage: Stage): () => void {
  const { io, core } = stage;
  const namespace: SupervisorNamespace = io.of('/supervisor');
  const board = new Board(namespace, stage);
  admit(namespace, stage, ['supervisor', 'admin']);
  namespace.on('connection', (socket) => {
    const by = principalOf(socket).username;
    socket.on('disconnect', () => board.forget(socket));
    const performers = {
      renew: expire(socket, stage),
      resync: () => board.begin(socket),
      endSession: (wish: { sessionId: string }) =>
        submit(core, { kind: 'supervisor.endSession', sessionId: sessionId(wish.sessionId), by }),
      signOutAgent: (wish: { agentId: string }) =>
        submit(core, { kind: 'supervisor.signOutAgent', agentId: agentId(wish.agentId), by }),
      ...monitorPerformers(core, by),
    };
    takeCommands(socket, supervisorCommandSchemas, performers, stage);
    board.begin(socket);
  });
  const unsubscribe = core.subscribe((facts) => board.collect(facts));
  return () => {
    unsubscribe();
    board.close();
  };
}

type MonitorPerformers = Pick<Performers<typeof supervisorCommandSchemas>, MonitorCommand>;

const monitorPerformers = (core: Core, by: string): MonitorPerformers =>
  Object.fromEntries(
    (Object.keys(monitorCommands) as MonitorCommand[]).map((name) => [
      name,
      (wish: never) => submit(core, monitorInput(name, wish, by)),
    ]),
  ) as MonitorPerformers;

/** What all supervisors look at: collects changes, hands them out together. */
class Board {
  readonly #namespace: SupervisorNamespace;
  readonly #stage: Stage;
  readonly #slow = new Set<SupervisorSocket>();
  readonly #lastQueues = new Map<string, string>();
  readonly #collected: Coalescer<Stamped<Fact>>;

  constructor(namespace: SupervisorNamespace, stage: Stage) {
    this.#namespace = namespace;
    this.#stage = stage;
    this.#collected = new Coalescer(stage.batchMs ?? defaultBatchMs, (facts) => this.#handOut([...facts]));
  }

  collect(facts: readonly Stamped<Fact>[]): void {
    for (const fact of facts) this.#collected.add(fact);
  }

  /** Everything collected goes out first, so that the snapshot and the next batch meet without a gap. */
  begin(socket: SupervisorSocket): void {
    this.#collected.flush();
    this.#slow.delete(socket);
    socket.emit('snapshot', snapshotOf(this.#stage.core, this.#stage.now()));
    void socket.join(live);
  }

  forget(socket: SupervisorSocket): void {
    this.#slow.delete(socket);
  }

  close(): void {
    this.#collected.close();
  }

  #handOut(facts: readonly Stamped<Fact>[]): void {
    if (this.#namespace.sockets.size === 0) return;
    const batch = batchOf(this.#stage.core, facts, this.#movedQueues());
    this.#namespace.to(live).emit('facts', batch);
    this.#watchBacklogs();
  }

  /** Who reads too slowly leaves the live room; who has read everything gets a snapshot and is back. */
  #watchBacklogs(): void {
    const { core, log, now } = this.#stage;
    for (const socket of this.#namespace.sockets.values()) {
      const backlog = backlogOf(socket);
      if (!this.#slow.has(socket) && backlog > mostBacklog) {
        this.#slow.add(socket);
        void socket.leave(live);
        log.warn({ username: principalOf(socket).username, backlog }, 'a supervisor reads too slowly');
      } else if (this.#slow.has(socket) && backlog === 0) {
        this.#slow.delete(socket);
        socket.emit('snapshot', snapshotOf(core, now()));
        void socket.join(live);
      }
    }
  }

  #movedQueues(): Batch['queues'] {
    return this.#stage.core.view.queues().flatMap((view) => {
      const shown = queue(view);
      const text = JSON.stringify(shown);
      if (this.#lastQueues.get(shown.queueId) === text) return [];
      this.#lastQueues.set(shown.queueId, text);
      return [shown];
    });
  }
}

const snapshotOf = (core: Core, at: number): Snapshot => ({
  number: core.factNumber,
  at,
  queues: core.view.queues().map(queue),
  agents: core.view.agents().map(ownAgent),
  sessions: core.view.sessions().map(supervisorSession),
});

function batchOf(core: Core, facts: readonly Stamped<Fact>[], queues: Batch['queues']): Batch {
  const sessions = new Set(facts.flatMap(({ fact }) => ('sessionId' in fact ? (fact.sessionId ?? []) : [])));
  const agents = new Set(facts.flatMap(({ fact }) => ('agentId' in fact ? fact.agentId : [])));
  const known = [...sessions].flatMap((id) => core.view.session(id) ?? []);
  return {
    from: facts[0]?.number ?? core.factNumber + 1,
    to: facts.at(-1)?.number ?? core.factNumber,
    facts: facts.map(shownFact),
    queues,
    agents: [...agents].flatMap((id) => core.view.agent(id) ?? []).map(ownAgent),
    sessions: known.map(supervisorSession),
    gone: [...sessions].filter((id) => !known.some((session) => session.sessionId === id)),
  };
}

/** Paths of recordings are the server's own affair. */
function shownFact({ number, at, fact }: Stamped<Fact>): ShownFact {
  if (!('file' in fact)) return { number, at, fact: { ...fact } };
  const { file: _, ...rest } = fact;
  return { number, at, fact: rest };
}

/** Packets engine.io has not yet handed to the network (it keeps the list, though its types hide it). */
const backlogOf = (socket: SupervisorSocket): number =>
  (socket.conn as unknown as { readonly writeBuffer: readonly unknown[] }).writeBuffer.length;

const principalOf = (socket: SupervisorSocket): StaffPrincipal =>
  (socket.data as Admitted).principal as StaffPrincipal;
