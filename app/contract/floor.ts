// Agents and queues as their own page, their colleagues and supervisors see them, and what an agent may ask for.

import { z } from 'zod';
import {
  agentIdSchema,
  estimateSchema,
  instantSchema,
  lineSchema,
  noteSchema,
  phoneNumberSchema,
  queueIdSchema,
  sessionIdSchema,
} from './common.ts';

export const agentSchema = z
  .object({
    agentId: agentIdSchema,
    displayName: z.string(),
    queues: z.array(queueIdSchema),
    presence: z.enum(['signedOut', 'ready', 'break']),
    presenceSince: instantSchema,
    breakReason: z.string().optional(),
    next: z
      .enum(['ready', 'break', 'signedOut'])
      .optional()
      .meta({ description: 'Asked for during a call; applied when it is over' }),
    activity: z.enum([
      'idle',
      'offered',
      'ringing',
      'dialling',
      'talking',
      'held',
      'consulting',
      'conferencing',
      'reconnecting',
      'wrapUp',
    ]),
    activitySince: instantSchema,
    wrapUpUntil: instantSchema.optional(),
    device: z.enum(['sip', 'browser', 'pstn']).optional(),
    reachable: z.boolean(),
    unreachableWhy: z.enum(['unregistered', 'unresponsive', 'line_down']).optional(),
    line: z
      .enum(['down', 'dialling', 'up'])
      .optional()
      .meta({ description: 'Of whoever signed in with a nailed-up line' }),
    sessionId: sessionIdSchema.optional().meta({ description: 'Own page and supervisors only' }),
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof agentSchema>;

export const queueSchema = z
  .object({
    queueId: queueIdSchema,
    open: z.boolean().meta({ description: 'By order and by its hours' }),
    opensAt: instantSchema.optional().meta({ description: 'While its hours keep it closed' }),
    waiting: z.number().int().min(0),
    longestSince: instantSchema.optional(),
    estimate: estimateSchema.optional().meta({
      description: 'The wait of whoever calls now; absent when too little is known or an agent is free',
    }),
    agents: z.object({
      ready: z.number().int().min(0),
      busy: z.number().int().min(0),
      onBreak: z.number().int().min(0),
    }),
    record: z.enum(['always', 'onDemand', 'never']).meta({
      description: 'Whether its calls are recorded: by themselves, when an agent asks for it, or not at all',
    }),
    callerNumbers: z
      .array(z.string())
      .optional()
      .meta({ description: 'What a call out for this queue may show; the first where nobody says' }),
  })
  .meta({ id: 'Queue' });
export type Queue = z.infer<typeof queueSchema>;

export const agentSignInSchema = z
  .strictObject({
    device: z.enum(['sip', 'browser', 'pstn']).meta({
      description: 'My SIP phone, this browser, or any telephone, where 1 is pressed to take a call',
    }),
    number: phoneNumberSchema.optional().meta({ description: 'Of the telephone; with `pstn` only' }),
    nailedUp: z.boolean().optional().meta({
      description: 'The phone is rung once and stays on the line from call to call; off unless asked for',
    }),
  })
  .refine(({ device, number }) => (device === 'pstn') === (number !== undefined), {
    error: 'a number with pstn, and with nothing else',
    path: ['number'],
  })
  .meta({ id: 'AgentSignIn' });
export const agentBreakSchema = z.strictObject({ reason: lineSchema(60) }).meta({ id: 'AgentBreak' });
export const wrapUpSchema = z
  .strictObject({
    note: noteSchema,
    sessionId: sessionIdSchema
      .optional()
      .meta({ description: 'When given, must be the call that was wrapped up' }),
  })
  .meta({ id: 'WrapUp' });
export type WrapUp = z.infer<typeof wrapUpSchema>;

export const agentsSchema = z.object({ agents: z.array(agentSchema) }).meta({ id: 'Agents' });
export const queuesSchema = z.object({ queues: z.array(queueSchema) }).meta({ id: 'Queues' });
