// Signing in, renewing a token, and customer links.

import { z } from 'zod';
import { agentIdSchema, instantSchema, lineSchema, queueIdSchema } from './common.ts';

export const signInSchema = z
  .strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(256) })
  .meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof signInSchema>;

export const signedInSchema = z
  .object({
    token: z
      .string()
      .meta({ description: 'Send as `Authorization: Bearer …` and in the Socket.IO handshake' }),
    expiresAt: instantSchema,
    role: z.enum(['agent', 'supervisor', 'admin']),
    username: z.string(),
    displayName: z.string(),
    agentId: agentIdSchema.optional(),
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof signedInSchema>;

/** Which queues a supervisor looks after. */
export const groupSchema = z
  .strictObject({
    queues: z.union([z.literal('all'), z.array(queueIdSchema).min(1).max(1_000)]),
  })
  .meta({ id: 'Group', description: '`all`: every queue, also those to come' });
export type Group = z.infer<typeof groupSchema>;

export const supervisorsSchema = z
  .object({
    supervisors: z.array(
      groupSchema.extend({ username: z.string(), displayName: z.string() }).meta({ id: 'Supervisor' }),
    ),
  })
  .meta({ id: 'Supervisors' });

export const linkRequestSchema = z
  .strictObject({
    queueId: queueIdSchema,
    label: lineSchema(80).optional(),
    expiresAt: instantSchema.optional().meta({ description: 'Absent: the link never expires' }),
  })
  .meta({ id: 'LinkRequest' });
export type LinkRequest = z.infer<typeof linkRequestSchema>;

export const linkSchema = z
  .object({ token: z.string(), path: z.string().meta({ example: '/c/eyJ…' }), url: z.string() })
  .meta({ id: 'Link' });
export type Link = z.infer<typeof linkSchema>;

/** What a visitor may know of a link before she presses Call. */
export const linkViewSchema = z
  .object({
    queueId: queueIdSchema,
    label: z.string().optional(),
    open: z.boolean().meta({ description: 'By order and by its hours' }),
    opensAt: instantSchema.optional().meta({ description: 'While its hours keep it closed' }),
    takesCalls: z.boolean().meta({
      description: 'Open, or closed with something to say to whoever calls; otherwise `queue_closed`',
    }),
    expiresAt: instantSchema.optional(),
  })
  .meta({ id: 'LinkView' });
export type LinkView = z.infer<typeof linkViewSchema>;

export const iceServersSchema = z
  .object({
    iceServers: z.array(
      z.object({ urls: z.array(z.string()), username: z.string(), credential: z.string() }),
    ),
    expiresAt: instantSchema.meta({ description: 'When the credentials stop being good' }),
  })
  .meta({ id: 'IceServers' });
export type IceServers = z.infer<typeof iceServersSchema>;
