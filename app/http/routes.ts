// The table of operations as routes: parse → admit → validate → perform → answer. An operation without an implementation
// does not compile, and a route that is not an operation does not exist.

import Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Auth, CustomerPrincipal, Principal, StaffPrincipal } from '../auth/auth.ts';
import { idempotencyKeySchema } from '../contract/common.ts';
import { apiPrefix, operations, type Operation, type OperationId } from '../contract/operations.ts';
import { Refused } from '../realtime/commands.ts';
import { malformed } from '../realtime/socket-server.ts';
import { jsonBody } from './body.ts';

type Operations = typeof operations;
type Shape<Id extends OperationId, Part extends string> = Part extends keyof Operations[Id]
  ? Operations[Id][Part] extends z.ZodType
    ? z.output<Operations[Id][Part]>
    : undefined
  : undefined;

/** Who speaks in this operation, as its access list says. */
type Speaker<Id extends OperationId> = Operations[Id]['access'] extends 'public'
  ? undefined
  : Operations[Id]['access'] extends readonly ['customer']
    ? CustomerPrincipal
    : Operations[Id]['access'] extends readonly StaffPrincipal['role'][]
      ? StaffPrincipal
      : Principal;

export interface Asked<Id extends OperationId> {
  readonly principal: Speaker<Id>;
  readonly body: Shape<Id, 'body'>;
  readonly query: Shape<Id, 'query'>;
  readonly param: (name: string) => string;
  readonly idempotencyKey: string | undefined;
  /** For answers that are not JSON, and for request headers. */
  readonly context: Context;
}

type Answered<Id extends OperationId> = Operations[Id] extends { answer: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : void;

export type Implementation = {
  readonly [Id in OperationId]: (asked: Asked<Id>) => Answered<Id> | Promise<Answered<Id>>;
};

/** Every operation as a route below /api/v1. */
export function createApiRouter(auth: Auth, implementation: Implementation): Router {
  const router = new Router({ prefix: apiPrefix });
  for (const [id, operation] of Object.entries(operations as Record<string, Operation>)) {
    const perform = implementation[id as OperationId] as (asked: object) => unknown;
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [operation.method], async (context) => {
      const principal = admitted(auth, operation, context);
      const asked = { principal, context, ...(await validated(operation, context)) };
      const answer = await perform(asked);
      if (!operation.answer) return;
      context.status = operation.status;
      context.body = answer;
    });
  }
  return router;
}

/** Nobody is let in who is not on the operation's list. @throws Refused unauthenticated, forbidden */
function admitted(auth: Auth, { access }: Operation, context: Context): Principal | undefined {
  if (access === 'public') return undefined;
  const token = bearerToken(context);
  const principal = token === undefined ? undefined : auth.principal(token);
  if (!principal) throw new Refused('unauthenticated');
  if (!access.includes(principal.role)) throw new Refused('forbidden');
  return principal;
}

/** RFC 6750 section 2.1. */
export const bearerToken = (context: Context): string | undefined =>
  /^Bearer +([\w.~+/=-]+)$/i.exec(context.get('Authorization'))?.[1];

async function validated(operation: Operation, context: Context): Promise<object> {
  const params = context.params as Record<string, string>;
  for (const [name, schema] of Object.entries(operation.params ?? {})) {
    // An id that cannot be one is an id we do not know: the same answer, so that nothing can be learnt from it.
    if (!schema.safeParse(params[name]).success) throw new Refused('not_found');
  }
  const key = context.get('Idempotency-Key');
  return {
    param: (name: string) => params[name] ?? '',
    query: operation.query && parsed(operation.query, { ...context.query }),
    body: await bodyOf(operation, context),
    idempotencyKey: operation.idempotent && key !== '' ? parsed(idempotencyKeySchema, key) : undefined,
  };
}

async function bodyOf({ body, method }: Operation, context: Context): Promise<unknown> {
  if (method === 'GET') return undefined;
  const given = await jsonBody(context);
  return body && parsed(body, given ?? {});
}

function parsed<T>(schema: z.ZodType<T>, given: unknown): T {
  const result = schema.safeParse(given);
  if (!result.success) throw malformed(result.error);
  return result.data;
}
