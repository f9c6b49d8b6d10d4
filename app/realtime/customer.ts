// /customer: one visitor, one session. Her own changes are sent at once; her place in line, which moves whenever anybody
// joins or leaves, is looked up for everybody of the queue together, at most four times a second.

import type { Namespace, Socket } from 'socket.io';
import type { Fact } from '../domain/floor/facts.ts';
import type { SessionView } from '../domain/floor/view.ts';
import { sessionId } from '../domain/ids.ts';
import type { CustomerPrincipal } from '../auth/auth.ts';
import { customerCommandSchemas, type CustomerToServer, type ServerToCustomer } from '../contract/socket.ts';
import type { CustomerSession } from '../contract/sessions.ts';
import { rate, submit } from './commands.ts';
import { Coalescer } from './coalescer.ts';
import { admit, expire, takeCommands, type Admitted, type Stage } from './socket-server.ts';
import { customerSession, customerSessionOf } from './views.ts';

type CustomerSocket = Socket<CustomerToServer, ServerToCustomer>;

/** A visitor's open pages on one session, and what they were told last. */
interface Audience {
  readonly sockets: Set<CustomerSocket>;
  queueId: string;
  rated: boolean;
  last: string;
}

const defaultPlacesMs = 250;

/** @returns closes the namespace's subscriptions and timers */
export function openCustomerNamespace(stage: Stage): () => void {
  const { io, core, records } = stage;
  const namespace: Namespace<CustomerToServer, ServerToCustomer> = io.of('/customer');
  const audiences = new Map<string, Audience>();
  const byQueue = new Map<string, Set<string>>();
  const movedQueues = new Coalescer<string>(stage.placesMs ?? defaultPlacesMs, (queues) => {
    for (const queue of queues) for (const session of byQueue.get(queue) ?? []) show(session);
  });

  const show = (session: string): void => {
    const audience = audiences.get(session);
    const view = audience && core.view.session(sessionId(session));
    if (audience && view) tell(audience, customerSession(core.view, view, audience.rated));
  };

  const onFact = (fact: Fact): void => {
    if (!('sessionId' in fact) || fact.sessionId === undefined) return;
    if (fact.kind === 'session.rated') markRated(audiences.get(fact.sessionId));
    show(fact.sessionId);
    const queue = movesTheLine(fact) && core.view.session(fact.sessionId)?.queueId;
    if (queue) movedQueues.add(queue);
  };

  const join = (
    socket: CustomerSocket,
    session: string,
    view: SessionView | undefined,
    queueId: string,
  ): Audience => {
    const audience = audiences.get(session) ?? { sockets: new Set(), queueId, rated: false, last: '' };
    audience.sockets.add(socket);
    audiences.set(session, audience);
    if (view?.state !== 'ended') setOf(byQueue, queueId).add(session);
    return audience;
  };

  const leave = (socket: CustomerSocket, session: string): void => {
    const audience = audiences.get(session);
    audience?.sockets.delete(socket);
    if (!audience || audience.sockets.size > 0) return;
    audiences.delete(session);
    const waiting = byQueue.get(audience.queueId);
    waiting?.delete(session);
    if (waiting?.size === 0) byQueue.delete(audience.queueId);
  };

  admit(namespace, stage, ['customer']);
  namespace.on('connection', (socket) => {
    const { sessionId: session, queueId } = (socket.data as Admitted).principal as CustomerPrincipal;
    const view = core.view.session(sessionId(session));
    const audience = join(socket, session, view, queueId);
    socket.on('disconnect', () => leave(socket, session));
    expire(socket, stage);
    takeCommands(
      socket,
      customerCommandSchemas,
      {
        hangUp: () => submit(core, { kind: 'customer.hangUp', sessionId: sessionId(session) }),
        rate: async (wish) => {
          await rate(stage.desk, session, wish);
          markRated(audience);
          show(session);
        },
      },
      stage,
    );
    if (view) socket.emit('session', customerSession(core.view, view, audience.rated));
    else void showRecord(socket, session);
  });

  /** The floor has forgotten it: the record says how it ended. A session nobody knows is closed. */
  const showRecord = async (socket: CustomerSocket, session: string): Promise<void> => {
    const found = await records.find(session).catch((error: unknown) => {
      stage.log.error({ err: error, sessionId: session }, 'a call record could not be read');
      return undefined;
    });
    if (found) socket.emit('session', customerSessionOf(found.record));
    else socket.disconnect(true);
  };

  const unsubscribe = core.subscribe((facts) => {
    for (const { fact } of facts) onFact(fact);
  });
  return () => {
    unsubscribe();
    movedQueues.close();
  };
}

/** Facts after which other callers of the queue may have another place. */
const movesTheLine = ({ kind }: Fact): boolean =>
  kind === 'session.queued' ||
  kind === 'session.requeued' ||
  kind === 'session.connected' ||
  kind === 'session.ended' ||
  kind === 'offer.accepted';

function tell(audience: Audience, session: CustomerSession): void {
  const text = JSON.stringify(session);
  if (text === audience.last) return;
  audience.last = text;
  for (const socket of audience.sockets) socket.emit('session', session);
}

function markRated(audience: Audience | undefined): void {
  if (audience) audience.rated = true;
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key);
  if (known) return known;
  const fresh = new Set<string>();
  map.set(key, fresh);
  return fresh;
}
