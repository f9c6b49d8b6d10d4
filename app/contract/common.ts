// What every request, answer and event is made of: ids, instants, lists of codes, the error shape. Schemas only, so that
// a browser can import this folder; nothing here knows Node or the domain.

import { z } from 'zod';

/** Roles a signed token may carry. A customer's token is good for one session and nothing else. */
export const roles = ['customer', 'agent', 'supervisor', 'admin'] as const;
export type Role = (typeof roles)[number];

export const sessionIdSchema = z
  .uuid()
  .meta({ description: 'A session: from the click or INVITE to one call record' });
export const agentIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)
  .meta({ description: "An agent's log-in name", example: '1001' });
export const usernameSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'A log-in name', example: 'supervisor' });
export const queueIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,31}$/)
  .meta({ description: "A queue's name", example: 'default' });
export const instantSchema = z
  .number()
  .int()
  .min(0)
  .max(8_640_000_000_000_000)
  .meta({ description: 'Milliseconds since the Unix epoch' });
export const durationSchema = z.number().int().min(0).meta({ description: 'Milliseconds' });

/** A line of text a person wrote: trimmed, without control characters. */
export const lineSchema = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'no control characters');

/** Several lines of text a person wrote; line feeds and tabs are welcome. */
export const noteSchema = z
  .string()
  .max(4000)
  .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'no control characters');

/** Codes of the edge itself. Refusals of the floor (`queue_full`, `not_in_call`, …) come beside them, see errorCodes. */
export const edgeCodes = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'unsupported_media_type',
  'payload_too_large',
  'too_many_attempts',
  'rate_limited',
  'wrong_credentials',
  'link_invalid',
  'link_expired',
  'idempotency_conflict',
  'range_not_satisfiable',
  'precondition_failed',
  'not_banned',
  'recording_held',
  'recording_not_held',
  'recording_deleted',
  'storage_unavailable',
  'unknown_event',
  'internal',
] as const;

/** Why the floor did not do what a person asked. Mirrors app/domain/refusal.ts; a test keeps the two alike. */
export const floorCodes = [
  'unknown_session',
  'unknown_agent',
  'unknown_queue',
  'unknown_flow',
  'unknown_device',
  'queue_closed',
  'queue_full',
  'too_many_sessions',
  'already_signed_in',
  'not_signed_in',
  'nailed_up_unavailable',
  'not_in_call',
  'not_ringing',
  'not_in_wrap_up',
  'already_held',
  'not_held',
  'already_ended',
  'not_your_call',
  'wrong_state',
  'not_consulting',
  'not_conferencing',
  'not_answered',
  'agent_unavailable',
  'no_free_slot',
  'slot_empty',
  'not_playing',
  'not_recording',
  'already_recording',
  'recording_forbidden',
  'caller_number_not_allowed',
  'bad_number',
  'bad_digits',
  'not_monitoring',
  'already_monitoring',
  'not_allowed',
] as const;

export const errorCodes = [...edgeCodes, ...floorCodes] as const;
export type ErrorCode = (typeof errorCodes)[number];

export const problemSchema = z
  .object({
    code: z.enum(errorCodes).meta({ description: 'Stable; front ends translate it' }),
    message: z.string().meta({ description: 'English, for the log and the developer' }),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

export const errorSchema = z.object({ error: problemSchema }).meta({ id: 'Error' });

/** The answer to a command that has nothing to say but that it was done. */
export const doneSchema = z.object({ ok: z.literal(true) }).meta({ id: 'Done' });

/** A client's own key for one wish; the same key again has no second effect. Long enough that two visitors never meet. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{16,128}$/, '16 to 128 of A-Z a-z 0-9 _ . : -');

/** How long the wait will be, rounded up. */
export const estimateSchema = z
  .object({
    minutes: z
      .number()
      .int()
      .min(1)
      .max(60)
      .meta({ description: 'At most so many; 1 means less than a minute' }),
    over: z.boolean().meta({ description: 'More than these' }),
  })
  .meta({ id: 'WaitEstimate' });

/** A number as a person types it: blanks, dots, dashes, slashes and brackets are taken away. ITU-T E.164: 15 digits at most. */
export const phoneNumberSchema = z
  .string()
  .max(40)
  .transform((text) => text.replace(/[\s().\-/]/g, ''))
  .pipe(z.string().regex(/^\+?\d{2,20}$/, 'digits, with + in front of a country code'))
  .meta({ description: 'A telephone number', example: '+49 30 1234567' });
