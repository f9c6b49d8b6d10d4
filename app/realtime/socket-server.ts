// The Socket.IO server with what holds for all three audiences: origin check, token at the handshake, limits, expiry,
// and one way to take a command: validated, performed, acknowledged.

import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server, type Namespace, type Socket } from 'socket.io';
import type { z } from 'zod';
import type { Auth, Principal } from '../auth/auth.ts';
import type { Groups } from '../auth/groups.ts';
import type { Ack, renewSchema } from '../contract/socket.ts';
import type { Core } from '../engine/core.ts';
import type { Records } from '../ports/records.ts';
import { StorageUnavailable, type Submissions } from '../ports/submissions.ts';
import { Budget, type BudgetOptions } from './budget.ts';
import { Refused, type Desk } from './commands.ts';
import { allowsOrigin, type OriginPolicy } from './origin.ts';

export interface RealtimeOptions {
  readonly core: Core;
  readonly auth: Auth;
  readonly groups: Groups;
  readonly submissions: Submissions;
  readonly records: Records;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly origins?: OriginPolicy;
  readonly budget?: BudgetOptions;
  /** How long a connection may stay without having joined a namespace, milliseconds. */
  readonly handshakeMs?: number;
  /** How long supervisors' changes are collected, milliseconds. */
  readonly batchMs?: number;
  /** How often it is looked what the clock alone has changed, milliseconds. */
  readonly clockMs?: number;
}

export const usualClockMs = 15_000;

/** What a namespace is built with. */
export interface Stage extends RealtimeOptions {
  readonly io: Server;
  readonly desk: Desk;
}

const largestMessage = 16 * 1024;
const defaultBudget: BudgetOptions = { burst: 30, perSecond: 10 };
/** Commands over budget that are still answered; beyond, the socket is closed. */
const patienceWithFloods = 100;
/** setTimeout counts in 32 bits. */
const longestTimer = 2 ** 31 - 1;

/**
 * Attaches Socket.IO at `/socket.io`. Upgrades to other paths are left alone for whoever else listens on `server`.
 */
export function openSocketServer(
  server: HttpServer,
  { origins = {}, handshakeMs = 10_000, log }: RealtimeOptions,
): Server {
  const io = new Server(server, {
    serveClient: false,
    destroyUpgrade: false,
    maxHttpBufferSize: largestMessage,
    connectTimeout: handshakeMs,
    allowRequest: (request, decide) => {
      const allowed = allowsOrigin(origins, request.headers.origin, request.headers.host);
      if (!allowed) log.warn({ origin: request.headers.origin }, 'socket refused: foreign origin');
      decide(allowed ? null : 'foreign origin', allowed);
    },
  });
  io.use((_socket, next) => next(new Error('not_found'))); // there is nothing in the root namespace
  return io;
}

/** Lets in who holds a token of one of these roles; `socket.data.principal` says who it is. */
export function admit(
  namespace: Namespace,
  { auth }: RealtimeOptions,
  roles: readonly Principal['role'][],
): void {
  namespace.use((socket, next) => {
    const token: unknown = (socket.handshake.auth as Record<string, unknown>)['token'];
    const principal = typeof token === 'string' ? auth.principal(token) : undefined;
    if (!principal) return next(new Error('unauthenticated'));
    if (!roles.includes(principal.role)) return next(new Error('forbidden'));
    (socket.data as Admitted).principal = principal;
    next();
  });
}

export interface Admitted {
  principal: Principal;
}

export type Performers<Schemas extends Record<string, z.ZodType>> = {
  readonly [Name in keyof Schemas]: (payload: z.output<Schemas[Name]>) => void | Promise<void>;
};

/**
 * Takes commands from one socket: counts them, validates them, performs them, acknowledges them. Unknown events and
 * floods are answered with an error too.
 */
export function takeCommands<Schemas extends Record<string, z.ZodType>>(
  socket: Socket,
  schemas: Schemas,
  performers: Performers<Schemas>,
  { now, budget = defaultBudget, log }: RealtimeOptions,
): void {
  const allowance = new Budget(budget, now());
  let excess = 0;
  socket.onAny((event: string, ...rest: unknown[]) => {
    const acknowledge = acknowledgerOf(rest);
    if (!allowance.take(now())) {
      excess += 1;
      if (excess > patienceWithFloods) socket.disconnect(true);
      return acknowledge(refusal(new Refused('rate_limited', 'Too many commands; slow down')));
    }
    void perform(schemas, performers, event, rest[0]).then(
      () => acknowledge({ ok: true }),
      (error: unknown) => acknowledge(refusal(error, log)),
    );
  });
}

async function perform<Schemas extends Record<string, z.ZodType>>(
  schemas: Schemas,
  performers: Performers<Schemas>,
  event: string,
  payload: unknown,
): Promise<void> {
  const schema = Object.hasOwn(schemas, event) ? schemas[event] : undefined;
  if (!schema) throw new Refused('unknown_event', 'There is no such command here');
  const parsed = schema.safeParse(payload ?? {});
  if (!parsed.success) throw malformed(parsed.error);
  await performers[event as keyof Schemas](parsed.data as never);
}

export const malformed = (error: z.ZodError): Refused =>
  new Refused(
    'bad_request',
    'The request is not as it should be',
    error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message })),
  );

/** The client's acknowledgement callback, made safe: called at most once, and absent ones cost nothing. */
function acknowledgerOf(rest: readonly unknown[]): (ack: Ack) => void {
  const last = rest.at(-1);
  return typeof last === 'function' ? (ack) => void (last as (ack: Ack) => void)(ack) : () => undefined;
}

function refusal(error: unknown, log?: Logger): Ack {
  if (error instanceof Refused) return { ok: false, error: error.problem };
  if (error instanceof StorageUnavailable)
    return { ok: false, error: new Refused('storage_unavailable').problem };
  log?.error({ err: error }, 'a socket command failed');
  return { ok: false, error: { code: 'internal', message: 'Something went wrong on our side' } };
}

/**
 * Closes the socket when its token expires, unless `renew` puts a fresh one of the same person in its place.
 * @returns the command that takes the fresh token
 */
export function expire(
  socket: Socket,
  { auth, now }: RealtimeOptions,
): (wish: z.infer<typeof renewSchema>) => void {
  const own = socket.data as Admitted;
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(end, Math.min(Math.max(0, own.principal.expiresAt - now()), longestTimer));
  };
  const end = (): void => {
    if (own.principal.expiresAt > now()) return arm();
    socket.emit('expired');
    socket.disconnect(true);
  };
  arm();
  socket.on('disconnect', () => clearTimeout(timer));
  return ({ token }) => {
    const fresh = auth.principal(token);
    if (!fresh || identity(fresh) !== identity(own.principal)) throw new Refused('unauthenticated');
    own.principal = fresh;
    arm();
  };
}

const identity = (principal: Principal): string =>
  principal.role === 'customer'
    ? `customer ${principal.sessionId}`
    : `${principal.role} ${principal.username}`;
