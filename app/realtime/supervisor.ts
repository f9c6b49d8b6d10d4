// /supervisor: the whole floor, or the part of it that is her group's. A snapshot that names the newest fact it contains, then batches: every fact since, with the
// queues, agents and sessions as they are now. Batches follow one another without a gap in their numbers; a client
// that finds one asks `resync`. A client that reads too slowly is given a fresh snapshot instead of a backlog.

import type { Namespace, Socket } from 'socket.io';
import type { Fact, Stamped } from '../domain/floor/facts.ts';
import { agentId, sessionId } from '../domain/ids.ts';
import type { StaffPrincipal } from '../auth/auth.ts';
import { scopeOf, within, type Scope } from '../auth/groups.ts';
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
import { monitorInput, supervise } from './commands.ts';
import { Coalescer } from './coalescer.ts';
import {
  admit,
  expire,
  takeCommands,
  type Admitted,
  type Performers,
  type Stage,
  usualClockMs,
} from './socket-server.ts';
import { ownAgent, queue, supervisorSession } from './views.ts';

type SupervisorNamespace = Namespace<SupervisorToServer, ServerToSupervisor>;
type SupervisorSocket = Socket<SupervisorToServer, ServerToSupervisor>;

const defaultBatchMs = 100;
/** Packets that may wait for one client before it is considered slow. */
const mostBacklog = 50;
const live = 'live';

/** @returns closes the namespace's subscriptions and timers */
export function openSupervisorNamespace(stage: Stage): () => void {
  const { io, core, groups } = stage;
  const namespace: SupervisorNamespace = io.of('/supervisor');
  const board = new Board(namespace, stage);
  admit(namespace, stage, ['supervisor', 'admin']);
  namespace.on('connection', (socket) => {
    const principal = principalOf(socket);
    const by = principal.username;
    const wishes = (input: Parameters<typeof supervise>[2]): void =>
      supervise(core, scopeOf(groups, principal), input);
    socket.on('disconnect', () => board.forget(socket));
    const performers = {
      renew: expire(socket, stage),
      resync: () => board.begin(socket),
      endSession: (wish: { sessionId: string }) =>
        wishes({ kind: 'supervisor.endSession', sessionId: sessionId(wish.sessionId), by }),
      signOutAgent: (wish: { agentId: string }) =>
        wishes({ kind: 'supervisor.signOutAgent', agentId: agentId(wish.agentId), by }),
      ...monitorPerformers((name, wish) => wishes(monitorInput(name, wish, by))),
    };
    takeCommands(socket, supervisorCommandSchemas, performers, stage);
    board.begin(socket);
  });
  const leave = [
    core.subscribe((facts) => board.collect(facts)),
    groups.subscribe((username) => {
      leaveOthers(stage, username);
      board.regroup(username);
    }),
  ];
  return () => {
    for (const dispose of leave) dispose();
    board.close();
  };
}

/** Calls of queues that are not hers any more: she listens no longer. */
function leaveOthers({ core, groups }: Stage, supervisorId: string): void {
  const scope = within(groups.of(supervisorId));
  for (const session of core.view.sessions()) {
    const listens = session.monitors?.some((monitor) => monitor.supervisorId === supervisorId) ?? false;
    if (!listens || scope.session(session)) continue;
    core.submit({ kind: 'supervisor.leave', sessionId: session.sessionId, supervisorId });
  }
}

type MonitorPerformers = Pick<Performers<typeof supervisorCommandSchemas>, MonitorCommand>;

const monitorPerformers = (perform: (name: MonitorCommand, wish: never) => void): MonitorPerformers =>
  Object.fromEntries(
    (Object.keys(monitorCommands) as MonitorCommand[]).map((name) => [
      name,
      (wish: never) => perform(name, wish),
    ]),
  ) as MonitorPerformers;

/** What supervisors of one group see: the same for each of them. */
interface Look {
  readonly room: string;
  readonly scope: Scope;
  /** Calls they have been shown: one that leaves their group is gone for them. */
  readonly sessions: Set<string>;
}

/** What all supervisors look at: collects changes, hands them out together. */
class Board {
  readonly #namespace: SupervisorNamespace;
  readonly #stage: Stage;
  readonly #slow = new Set<SupervisorSocket>();
  readonly #lastQueues = new Map<string, string>();
  readonly #looks = new Map<string, Look>();
  readonly #collected: Coalescer<Stamped<Fact>>;
  readonly #clockwork: NodeJS.Timeout;

  constructor(namespace: SupervisorNamespace, stage: Stage) {
    this.#namespace = namespace;
    this.#stage = stage;
    this.#collected = new Coalescer(stage.batchMs ?? defaultBatchMs, (facts) => this.#handOut([...facts]));
    this.#clockwork = setInterval(() => this.#lookAtTheClock(), stage.clockMs ?? usualClockMs).unref();
  }

  collect(facts: readonly Stamped<Fact>[]): void {
    for (const fact of facts) this.#collected.add(fact);
  }

  /** Everything collected goes out first, so that the snapshot and the next batch meet without a gap. */
  begin(socket: SupervisorSocket): void {
    this.#collected.flush();
    this.#show(socket);
  }

  /** Her group is another from now on. */
  regroup(username: string): void {
    this.#collected.flush();
    for (const socket of this.#namespace.sockets.values()) {
      if (principalOf(socket).username === username) this.#show(socket);
    }
  }

  forget(socket: SupervisorSocket): void {
    this.#slow.delete(socket);
  }

  close(): void {
    clearInterval(this.#clockwork);
    this.#collected.close();
  }

  /** Opening hours and the wait to come change without anything happening. */
  #lookAtTheClock(): void {
    this.#collected.flush();
    const queues = this.#movedQueues();
    if (queues.length > 0) this.#handOut([], queues);
  }

  #handOut(facts: readonly Stamped<Fact>[], queues = this.#movedQueues()): void {
    if (this.#namespace.sockets.size === 0) return;
    for (const look of [...this.#looks.values()]) {
      if (this.#namespace.adapter.rooms.has(look.room))
        this.#namespace.to(look.room).emit('facts', batchOf(this.#stage.core, look, facts, queues));
      else this.#looks.delete(look.room);
    }
    this.#watchBacklogs();
  }

  /** How things are in her group, and from now on what changes there. */
  #show(socket: SupervisorSocket): void {
    const { core, groups, now } = this.#stage;
    this.#leaveRooms(socket);
    this.#slow.delete(socket);
    const scope = scopeOf(groups, principalOf(socket));
    const room = roomOf(scope);
    const look = this.#looks.get(room) ?? { room, scope, sessions: new Set() };
    this.#looks.set(room, look);
    socket.emit('snapshot', snapshotOf(core, look, now()));
    void socket.join(room);
  }

  #leaveRooms(socket: SupervisorSocket): void {
    for (const room of socket.rooms) if (room.startsWith(live)) void socket.leave(room);
  }

  /** Who reads too slowly leaves the live room; who has read everything gets a snapshot and is back. */
  #watchBacklogs(): void {
    const { log } = this.#stage;
    for (const socket of this.#namespace.sockets.values()) {
      const backlog = backlogOf(socket);
      if (!this.#slow.has(socket) && backlog > mostBacklog) {
        this.#slow.add(socket);
        this.#leaveRooms(socket);
        log.warn({ username: principalOf(socket).username, backlog }, 'a supervisor reads too slowly');
      } else if (this.#slow.has(socket) && backlog === 0) {
        this.#show(socket);
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

/** Supervisors of the same queues share a room: what they are sent is made once. */
const roomOf = ({ queues }: Scope): string =>
  queues === 'all' ? live : `${live} ${JSON.stringify([...queues].sort())}`;

function snapshotOf(core: Core, { scope, sessions: shown }: Look, at: number): Snapshot {
  const sessions = core.view.sessions().filter(scope.session);
  for (const { sessionId: id } of sessions) shown.add(id);
  return {
    number: core.factNumber,
    at,
    queues: core.view
      .queues()
      .filter(({ queueId }) => scope.queue(queueId))
      .map(queue),
    agents: core.view.agents().filter(scope.agent).map(ownAgent),
    sessions: sessions.map(supervisorSession),
  };
}

/** Numbers without a gap also where most of it is none of their business. */
function batchOf(
  core: Core,
  { scope, sessions: shown }: Look,
  facts: readonly Stamped<Fact>[],
  queues: Batch['queues'],
): Batch {
  const sessions = new Set(facts.flatMap(({ fact }) => ('sessionId' in fact ? (fact.sessionId ?? []) : [])));
  const agents = new Set(facts.flatMap(({ fact }) => ('agentId' in fact ? fact.agentId : [])));
  const known = [...sessions].flatMap((id) => core.view.session(id) ?? []).filter(scope.session);
  for (const { sessionId: id } of known) shown.add(id);
  const gone = [...sessions].filter((id) => !known.some((session) => session.sessionId === id));
  const theirs = facts.filter(({ fact }) => concerns(core, scope, shown, fact));
  return {
    from: facts[0]?.number ?? core.factNumber + 1,
    to: facts.at(-1)?.number ?? core.factNumber,
    facts: theirs.map(shownFact),
    queues: queues.filter(({ queueId }) => scope.queue(queueId)),
    agents: [...agents]
      .flatMap((id) => core.view.agent(id) ?? [])
      .filter(scope.agent)
      .map(ownAgent),
    sessions: known.map(supervisorSession),
    gone: scope.queues === 'all' ? gone : gone.filter((id) => shown.delete(id)),
  };
}

/** Of an agent of theirs, or of a call they see or saw. */
function concerns(core: Core, scope: Scope, shown: ReadonlySet<string>, fact: Fact): boolean {
  if (scope.queues === 'all') return true;
  if (fact.kind.startsWith('agent.') && 'agentId' in fact) {
    const agent = fact.agentId === undefined ? undefined : core.view.agent(fact.agentId);
    return agent !== undefined && scope.agent(agent);
  }
  return !('sessionId' in fact) || fact.sessionId === undefined || shown.has(fact.sessionId);
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
