// What crosses Socket.IO, by namespace and direction. The types are the four type parameters of both ends; the schemas
// check every command at the server. Every command is acknowledged: `{ok: true}` or `{ok: false, error}`.
//
//   /customer    token of a session          session ↓            hangUp rate ↑
//   /agent       token with role agent       agent session queues notReached ↓   the agent's commands ↑
//   /supervisor  role supervisor or admin    snapshot facts ↓     resync endSession signOutAgent ↑

import { z } from 'zod';
import { legEndings } from './calls.ts';
import { callCommandSchemas, monitorCommandSchemas } from './call-control.ts';
import { agentIdSchema, instantSchema, problemSchema, sessionIdSchema } from './common.ts';
import {
  agentBreakSchema,
  agentSchema,
  agentSignInSchema,
  queueSchema,
  wrapUpSchema,
  type Agent,
  type Queue,
} from './floor.ts';
import {
  ratingSchema,
  supervisorSessionSchema,
  type AgentSession,
  type CustomerSession,
} from './sessions.ts';

export const ackSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: problemSchema }),
]);
export type Ack = z.infer<typeof ackSchema>;
type Acknowledge = (ack: Ack) => void;

/** A command without arguments takes an empty object, so that every event has one payload and one acknowledgement. */
const nothing = z.strictObject({});

/** Sent by any client on a long connection: a fresh token in place of the one that is about to expire. */
export const renewSchema = z.strictObject({ token: z.string().min(1).max(2048) });

const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{16,128}$/)
  .optional();

export const customerCommandSchemas = {
  hangUp: nothing,
  rate: ratingSchema.extend({ idempotencyKey }),
} as const;

export const agentCommandSchemas = {
  renew: renewSchema,
  signIn: agentSignInSchema,
  signOut: nothing,
  ready: nothing,
  break: agentBreakSchema,
  answer: nothing,
  decline: nothing,
  hold: nothing,
  resume: nothing,
  hangUp: nothing,
  wrapUp: wrapUpSchema.extend({ idempotencyKey }),
  ...callCommandSchemas,
} as const;

export const supervisorCommandSchemas = {
  renew: renewSchema,
  resync: nothing,
  endSession: z.strictObject({ sessionId: sessionIdSchema }),
  signOutAgent: z.strictObject({ agentId: agentIdSchema }),
  ...monitorCommandSchemas,
} as const;

/** A fact as it is shown: its number (growing by one, without gaps), its moment, its kind and what it is about. */
export const shownFactSchema = z.object({
  number: z.number().int(),
  at: instantSchema,
  fact: z.looseObject({ kind: z.string() }),
});
export type ShownFact = z.infer<typeof shownFactSchema>;

export const snapshotSchema = z.object({
  number: z.number().int().meta({ description: 'Number of the newest fact this snapshot contains' }),
  at: instantSchema,
  queues: z.array(queueSchema),
  agents: z.array(agentSchema),
  sessions: z.array(supervisorSessionSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** Everything that changed in one short while. `from` must be the last number known plus one: otherwise ask `resync`. */
export const batchSchema = z.object({
  from: z.number().int(),
  to: z.number().int(),
  facts: z.array(shownFactSchema),
  queues: z.array(queueSchema),
  agents: z.array(agentSchema),
  sessions: z.array(supervisorSessionSchema),
  gone: z.array(sessionIdSchema).meta({ description: 'Sessions that are over and no longer shown' }),
});
export type Batch = z.infer<typeof batchSchema>;

type Commands<Schemas extends Record<string, z.ZodType>> = {
  [Name in keyof Schemas]: (payload: z.input<Schemas[Name]>, acknowledge: Acknowledge) => void;
};

export type CustomerToServer = Commands<typeof customerCommandSchemas>;
export type AgentToServer = Commands<typeof agentCommandSchemas>;
export type SupervisorToServer = Commands<typeof supervisorCommandSchemas>;

/** Somebody she called or asked was not reached. `own`: her own phone, for a call she asked for. */
export const notReachedSchema = z.object({
  sessionId: sessionIdSchema,
  who: z.enum(['own', 'number', 'third']),
  cause: z.enum(legEndings),
});
export type NotReached = z.infer<typeof notReachedSchema>;

export interface ServerToCustomer {
  session: (session: CustomerSession) => void;
  expired: () => void;
}
export interface ServerToAgent {
  agent: (agent: Agent) => void;
  /** The call the agent has, wrap-up included; null when there is none. */
  session: (session: AgentSession | null) => void;
  queues: (queues: readonly Queue[]) => void;
  notReached: (what: NotReached) => void;
  /** Something about the messages of her queues is other than before: ask `listMessages` again. */
  messages: () => void;
  expired: () => void;
}
export interface ServerToSupervisor {
  snapshot: (snapshot: Snapshot) => void;
  facts: (batch: Batch) => void;
  expired: () => void;
}
