// How a queue did over a stretch of time. docs/metrics.md says what each figure counts.

import { z } from 'zod';
import { durationSchema, instantSchema, queueIdSchema } from './common.ts';
import type { Operation } from './operation.ts';

const count = z.number().int().min(0);

export const queueFiguresSchema = z
  .object({
    queueId: queueIdSchema,
    answered: count,
    answeredInTime: count.meta({ description: 'Of these, how many within `withinMs`' }),
    abandoned: count.meta({ description: 'Callers who left the line unanswered' }),
    serviceLevel: z.number().min(0).max(1).nullable().meta({
      description:
        'answeredInTime ÷ (answered + abandoned after longer than `withinMs`); null: nobody to count',
    }),
    averageWaitMs: durationSchema
      .nullable()
      .meta({ description: 'Of the answered, from line to conversation' }),
  })
  .meta({ id: 'QueueFigures' });
export type QueueFigures = z.infer<typeof queueFiguresSchema>;

const figuresSchema = z.object({ queues: z.array(queueFiguresSchema) }).meta({ id: 'Figures' });

export const figureOperations = {
  readFigures: {
    method: 'GET',
    path: '/figures',
    access: ['supervisor', 'admin'],
    summary: 'How each queue did: calls that came into line since `from` and are over',
    status: 200,
    query: z.strictObject({
      from: z.coerce.number().pipe(instantSchema),
      withinMs: z.coerce
        .number()
        .int()
        .min(1)
        .max(3_600_000)
        .default(20_000)
        .meta({ description: 'How soon is soon enough, milliseconds' }),
    }),
    answer: figuresSchema,
  },
} as const satisfies Record<string, Operation>;
