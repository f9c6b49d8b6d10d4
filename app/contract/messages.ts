// Messages callers left: a list for whoever serves their queue, to be heard (like any recording, by a link) and marked as handled.

import { z } from 'zod';
import { doneSchema, durationSchema, instantSchema, queueIdSchema, sessionIdSchema } from './common.ts';
import type { Operation } from './operation.ts';
import { recordingIdSchema } from './recordings.ts';

export const messageSchema = z
  .object({
    recordingId: recordingIdSchema,
    sessionId: sessionIdSchema,
    queueId: queueIdSchema,
    leftAt: instantSchema,
    durationMs: durationSchema.nullable(),
    customerNumber: z.string().nullable().meta({ description: 'Masked for agents' }),
    customerName: z.string().nullable(),
    handled: z
      .object({ at: instantSchema, by: z.string() })
      .nullable()
      .meta({ description: 'Somebody has seen to it' }),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof messageSchema>;

const messagesSchema = z.object({ messages: z.array(messageSchema) }).meta({ id: 'Messages' });

const staff = ['agent', 'supervisor', 'admin'] as const;

export const messageOperations = {
  listMessages: {
    method: 'GET',
    path: '/messages',
    access: staff,
    summary: 'Messages callers left, newest first; an agent and a supervisor see those of their queues',
    status: 200,
    query: z.strictObject({
      handled: z.enum(['true', 'false']).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answer: messagesSchema,
  },
  handleMessage: {
    method: 'POST',
    path: '/messages/{recordingId}/handled',
    access: staff,
    summary: 'Somebody has seen to a message; said twice, the first stands',
    status: 200,
    params: { recordingId: recordingIdSchema },
    answer: doneSchema,
  },
} as const satisfies Record<string, Operation>;
