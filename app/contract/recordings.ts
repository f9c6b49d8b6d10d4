// Recordings: who may hear them, what keeps them, how long they stay, and the log of who heard them.

import { z } from 'zod';
import { doneSchema, durationSchema, instantSchema, lineSchema, queueIdSchema } from './common.ts';
import type { Operation } from './operation.ts';

export const recordingIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ description: 'A recording', example: '0b6e7a5d3f0c4b1f9a4b8e6f2d7c1a90' });

/** As a call's record lists it. Agents learn when and how long, supervisors the rest as well. */
export const recordingSchema = z.object({
  recordingId: recordingIdSchema.optional(),
  kind: z.enum(['call', 'message']).meta({ description: 'A conversation, or what a caller left' }),
  startedAt: instantSchema,
  durationMs: durationSchema.nullable(),
  pauses: z
    .array(z.object({ from: instantSchema, to: instantSchema.nullable() }))
    .meta({ description: 'Silence in the file; `to` null: until the end' }),
  hold: z
    .object({ at: instantSchema, by: z.string(), reason: z.string() })
    .nullable()
    .optional()
    .meta({ description: 'Kept beyond its time, by whom and why' }),
  deletesAt: instantSchema
    .nullable()
    .optional()
    .meta({ description: 'When the file goes; null: never. A hold puts it off.' }),
  deletedAt: instantSchema.nullable().optional(),
  deletedWhy: z
    .enum(['retention', 'missing'])
    .optional()
    .meta({ description: '`missing`: when its time came, the file was not there' }),
});
export type Recording = z.infer<typeof recordingSchema>;

export const recordingLinkSchema = z
  .object({
    path: z.string().meta({ description: 'Below the server; for the `src` of an audio element' }),
    url: z.string(),
    expiresAt: instantSchema,
  })
  .meta({ id: 'RecordingLink' });
export type RecordingLink = z.infer<typeof recordingLinkSchema>;

export const recordingLogSchema = z
  .object({
    lines: z.array(
      z.object({
        what: z.enum(['linked', 'fetched', 'held', 'released', 'deleted']),
        at: instantSchema,
        lastAt: instantSchema,
        times: z.number().int().min(1),
        by: z.string(),
        address: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'RecordingLog' });
export type RecordingLog = z.infer<typeof recordingLogSchema>;

const daysSchema = z.number().int().min(0).max(36_500).meta({ description: 'Days; 0: for ever' });
const retentionSchema = z
  .object({
    defaultDays: daysSchema,
    queues: z.array(
      z.object({
        queueId: queueIdSchema,
        days: daysSchema.nullable().meta({ description: 'null: as by default' }),
      }),
    ),
  })
  .meta({ id: 'Retention' });

const lead = ['supervisor', 'admin'] as const;
const recording = { recordingId: recordingIdSchema };
const reasonSchema = z.strictObject({ reason: lineSchema(200) }).meta({ id: 'Reason' });

export const recordingOperations = {
  linkRecording: {
    method: 'POST',
    path: '/recordings/{recordingId}/link',
    access: ['agent', ...lead] as const,
    summary:
      'A link to the sound, good for five minutes, in the name of who asks; agents hear messages of their queues',
    status: 201,
    params: recording,
    answer: recordingLinkSchema,
  },
  hearRecording: {
    method: 'GET',
    path: '/recordings/{recordingId}/sound',
    access: 'public',
    summary:
      'The sound (WAV; customer left, agent right) for who has a link; ranges and conditions of RFC 9110 are honoured',
    status: 200,
    params: recording,
    query: z.object({ link: z.string().catch('') }),
  },
  holdRecording: {
    method: 'POST',
    path: '/recordings/{recordingId}/hold',
    access: lead,
    summary: 'Keep a recording beyond its time (legal hold)',
    status: 200,
    params: recording,
    body: reasonSchema,
    answer: doneSchema,
  },
  releaseRecording: {
    method: 'POST',
    path: '/recordings/{recordingId}/release',
    access: lead,
    summary: 'Lift the hold; from now on its time counts again',
    status: 200,
    params: recording,
    body: reasonSchema,
    answer: doneSchema,
  },
  readRecordingLog: {
    method: 'GET',
    path: '/recordings/{recordingId}/log',
    access: lead,
    summary: 'Who was given a link, who fetched the sound, from where; holds and deletion',
    status: 200,
    params: recording,
    answer: recordingLogSchema,
  },
  readRetention: {
    method: 'GET',
    path: '/recordings/retention',
    access: lead,
    summary: 'How many days recordings are kept',
    status: 200,
    answer: retentionSchema,
  },
  setRetention: {
    method: 'POST',
    path: '/queues/{queueId}/retention',
    access: ['admin'] as const,
    summary: 'How many days the recordings of a queue are kept, those there are as well',
    status: 200,
    params: { queueId: queueIdSchema },
    body: z
      .strictObject({ days: daysSchema.nullable().meta({ description: 'null: as by default' }) })
      .meta({ id: 'RetentionChange' }),
    answer: doneSchema,
  },
} as const satisfies Record<string, Operation>;
