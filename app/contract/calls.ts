// Call records: what is left of a session once it is over.

import { z } from 'zod';
import { agentIdSchema, durationSchema, instantSchema, queueIdSchema, sessionIdSchema } from './common.ts';
import { recordingSchema } from './recordings.ts';
import { sessionEndings, sessionStates } from './sessions.ts';

export const callSchema = z
  .object({
    sessionId: sessionIdSchema,
    source: z.enum(['web', 'phone', 'outbound']),
    queueId: queueIdSchema,
    customerNumber: z.string().nullable().meta({ description: 'Masked for agents' }),
    customerName: z.string().nullable(),
    dialledNumber: z.string().nullable(),
    requestedAt: instantSchema,
    arrivedAt: instantSchema.nullable(),
    queuedAt: instantSchema.nullable(),
    connectedAt: instantSchema.nullable(),
    endedAt: instantSchema,
    talkMs: durationSchema,
    heldMs: durationSchema,
    waitMs: durationSchema,
    agentId: agentIdSchema.nullable(),
    ending: z.enum(sessionEndings),
    recovered: z.boolean(),
    recorded: z.boolean(),
    stars: z.number().int().min(1).max(5).nullable(),
  })
  .meta({ id: 'Call' });
export type Call = z.infer<typeof callSchema>;

const offerSchema = z.object({
  offerId: z.string(),
  agentId: agentIdSchema,
  madeAt: instantSchema,
  endedAt: instantSchema,
  outcome: z.enum([
    'accepted',
    'no_answer',
    'declined',
    'busy',
    'unreachable',
    'failed',
    'customer_left',
    'withdrawn',
  ]),
});

const segmentSchema = z.object({
  kind: z.enum([...sessionStates.filter((state) => state !== 'ended'), 'away']),
  from: instantSchema,
  to: instantSchema,
  agentId: agentIdSchema.optional(),
  third: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('agent'), agentId: agentIdSchema }),
      z.object({ kind: z.literal('number'), number: z.string().meta({ description: 'Masked for agents' }) }),
      z.object({ kind: z.literal('supervisor'), supervisorId: z.string() }),
    ])
    .optional()
    .meta({ description: 'Who was in the call beside customer and agent' }),
  queueId: queueIdSchema.optional().meta({ description: 'Where it is not the one the call began in' }),
});

/** How one leg ended, or why it was never answered. */
export const legEndings = [
  'hung_up',
  'released',
  'no_answer',
  'declined',
  'busy',
  'unreachable',
  'unknown_number',
  'cancelled',
  'rejected_media',
  'failed',
  'media_lost',
] as const;

const legSchema = z.object({
  legId: z.string(),
  role: z.enum(['customer', 'agent', 'third', 'supervisor']),
  agentId: agentIdSchema.nullable(),
  supervisorId: z.string().optional(),
  number: z.string().optional().meta({ description: 'The number that was called; masked for agents' }),
  createdAt: instantSchema,
  answeredAt: instantSchema.nullable(),
  endedAt: instantSchema,
  ending: z.enum(legEndings),
});

export const callDetailSchema = callSchema
  .extend({
    offers: z.array(offerSchema),
    segments: z.array(segmentSchema),
    legs: z.array(legSchema),
    recordings: z.array(recordingSchema),
    survey: z
      .array(z.object({ question: z.string(), answer: z.number().int(), at: instantSchema }))
      .optional()
      .meta({ description: 'What the customer answered after the call' }),
    notes: z.array(z.object({ agentId: agentIdSchema, note: z.string(), at: instantSchema })),
  })
  .meta({ id: 'CallDetail' });
export type CallDetail = z.infer<typeof callDetailSchema>;

export const callFilterSchema = z.strictObject({
  queueId: queueIdSchema.optional(),
  agentId: agentIdSchema.optional(),
  ending: z.enum(sessionEndings).optional(),
  from: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Ended at or after, epoch milliseconds' }),
  to: z.coerce.number().int().min(0).optional().meta({ description: 'Ended before, epoch milliseconds' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z
    .string()
    .regex(/^\d{1,16}_[0-9a-f-]{36}$/)
    .optional()
    .meta({ description: 'The `next` of the page before' }),
});

export const callPageSchema = z
  .object({ calls: z.array(callSchema), next: z.string().nullable() })
  .meta({ id: 'CallPage' });
export type CallPage = z.infer<typeof callPageSchema>;
