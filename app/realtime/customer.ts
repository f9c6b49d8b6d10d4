// /customer: one visitor, one session. Her own changes are sent at once; her place in line, which moves whenever anybody
// joins or leaves, is looked up for everybody of the queue together, at most four times a second, and her wait, which goes by the clock and the
// agents there, every quarter of a minute as well.

import type { Namespace, Socket } from 'socket.io';
import type { Fact, Stamped } from '../domain/floor/facts.ts';
import { sessionId } from '../domain/ids.ts';
import type { CustomerPrincipal } from '../auth/auth.ts';
import { customerCommandSchemas, type CustomerToServer, type ServerToCustomer } from '../contract/socket.ts';
import type { CustomerSession } from '../contract/sessions.ts';
import type { RatedRecord } from '../ports/records.ts';
import { rate, submit } from './commands.ts';
import { Coalescer } from './coalescer.ts';
import { admit, expire, takeCommands, usualClockMs, type Admitted, type Stage } from './socket-server.ts';
import { customerSession, customerSessionOf } from './views.ts';

type CustomerSocket = Socket<CustomerToServer, ServerToCustomer>;

/** A visitor's open pages on one session, and what they were told last. */
interface Audience {
  readonly sockets: Set<CustomerSocket>;
  /** In whose line she is, or was last. */
  queueId: string;
  rated: boolean;
  last: string;
}

/** How long changes of places in line are collected. */
const placesMs = 250;
/** How often waiting times are told anew. */

/** @returns closes the namespace's subscriptions and timers */
export function openCustomerNamespace(stage: Stage): () => void {
  const { io, core } = stage;
  const namespace: Namespace<CustomerToServer, ServerToCustomer> = io.of('/customer');
  const audiences = new Audiences(stage);
  admit(namespace, stage, ['customer']);
  namespace.on('connection', (socket) => {
    const own = (socket.data as Admitted).principal as CustomerPrincipal;
    const session = own.sessionId;
    socket.on('disconnect', () => audiences.leave(socket, session));
    expire(socket, stage);
    const performers = {
      hangUp: () => submit(core, { kind: 'customer.hangUp', sessionId: sessionId(session) }),
      rate: async (wish: { stars: number; idempotencyKey?: string | undefined }) => {
        await rate(stage.desk, session, wish);
        audiences.rated(session);
      },
    };
    takeCommands(socket, customerCommandSchemas, performers, stage);
    audiences.join(socket, own);
  });
  const unsubscribe = core.subscribe((facts) => audiences.tell(facts));
  return () => {
    unsubscribe();
    audiences.close();
  };
}

class Audiences {
  readonly #stage: Stage;
  readonly #audiences = new Map<string, Audience>();
  readonly #byQueue = new Map<string, Set<string>>();
  readonly #movedQueues: Coalescer<string>;
  readonly #waits: NodeJS.Timeout;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#movedQueues = new Coalescer(placesMs, (queues) => {
      for (const queue of queues) for (const session of this.#byQueue.get(queue) ?? []) this.#show(session);
    });
    this.#waits = setInterval(() => {
      for (const queue of this.#byQueue.keys()) this.#movedQueues.add(queue);
    }, stage.clockMs ?? usualClockMs).unref();
  }

  join(socket: CustomerSocket, { sessionId: session, queueId }: CustomerPrincipal): void {
    const audience = this.#audiences.get(session) ?? { sockets: new Set(), queueId, rated: false, last: '' };
    audience.sockets.add(socket);
    this.#audiences.set(session, audience);
    const { core } = this.#stage;
    const view = core.view.session(sessionId(session));
    if (!view || view.state === 'ended') return void this.#greetEnded(socket, session, audience);
    this.#sessionsOf(audience.queueId).add(session);
    this.#standIn(view.queueId, session, audience);
    socket.emit('session', customerSession(core.view, view, audience.rated));
  }

  leave(socket: CustomerSocket, session: string): void {
    const audience = this.#audiences.get(session);
    audience?.sockets.delete(socket);
    if (!audience || audience.sockets.size > 0) return;
    this.#audiences.delete(session);
    this.#leaveQueue(audience.queueId, session);
  }

  #leaveQueue(queueId: string, session: string): void {
    const together = this.#sessionsOf(queueId);
    together.delete(session);
    if (together.size === 0) this.#byQueue.delete(queueId);
  }

  /** A flow or a transfer may have brought her into another line. */
  #standIn(queueId: string, session: string, audience: Audience): void {
    if (queueId === audience.queueId) return;
    this.#leaveQueue(audience.queueId, session);
    audience.queueId = queueId;
    this.#sessionsOf(queueId).add(session);
  }

  tell(facts: readonly Stamped<Fact>[]): void {
    for (const { fact } of facts) {
      if (!('sessionId' in fact) || fact.sessionId === undefined) continue;
      if (fact.kind === 'session.rated') this.rated(fact.sessionId);
      else this.#show(fact.sessionId);
      const queue = movesTheLine(fact) && this.#stage.core.view.session(fact.sessionId)?.queueId;
      if (queue) this.#movedQueues.add(queue);
    }
  }

  rated(session: string): void {
    const audience = this.#audiences.get(session);
    if (audience) audience.rated = true;
    this.#show(session);
  }

  close(): void {
    clearInterval(this.#waits);
    this.#movedQueues.close();
  }

  #show(session: string): void {
    const { core } = this.#stage;
    const audience = this.#audiences.get(session);
    const view = audience && core.view.session(sessionId(session));
    if (audience && view) this.#standIn(view.queueId, session, audience);
    if (audience && view) emitChanged(audience, customerSession(core.view, view, audience.rated));
  }

  /** The record knows the stars, and how a call ended that the floor has forgotten. A session nobody knows is closed. */
  async #greetEnded(socket: CustomerSocket, session: string, audience: Audience): Promise<void> {
    const record = await this.#recordOf(session);
    if (record && record.stars !== null) audience.rated = true;
    const { core } = this.#stage;
    const view = core.view.session(sessionId(session));
    if (view) socket.emit('session', customerSession(core.view, view, audience.rated));
    else if (record) socket.emit('session', customerSessionOf(record));
    else socket.disconnect(true);
  }

  async #recordOf(session: string): Promise<RatedRecord | undefined> {
    try {
      return (await this.#stage.records.find(session))?.record;
    } catch (error) {
      this.#stage.log.error({ err: error, sessionId: session }, 'a call record could not be read');
      return undefined;
    }
  }

  #sessionsOf(queue: string): Set<string> {
    const known = this.#byQueue.get(queue) ?? new Set<string>();
    this.#byQueue.set(queue, known);
    return known;
  }
}

/** Facts after which other callers of the queue may have another place. */
const movesTheLine = ({ kind }: Fact): boolean =>
  kind === 'session.queued' ||
  kind === 'session.requeued' ||
  kind === 'session.connected' ||
  kind === 'session.ended' ||
  kind === 'offer.accepted';

function emitChanged(audience: Audience, session: CustomerSession): void {
  const text = JSON.stringify(session);
  if (text === audience.last) return;
  audience.last = text;
  for (const socket of audience.sockets) socket.emit('session', session);
}
