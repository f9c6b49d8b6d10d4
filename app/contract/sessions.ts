// A customer's session, as the customer, her agent and a supervisor may each see it. Three shapes on purpose: what a role
// may not see has no field to travel in.

import { z } from 'zod';
import { monitorModes } from './call-control.ts';
import {
  agentIdSchema,
  estimateSchema,
  instantSchema,
  lineSchema,
  queueIdSchema,
  sessionIdSchema,
} from './common.ts';

/** As agents and supervisors see it. */
export const sessionStates = [
  'arriving',
  'menu',
  'waiting',
  'ringing',
  'connecting',
  'talking',
  'held',
  'consulting',
  'conferencing',
  'rejoining',
  'transferring',
  'transferred',
  'aside',
  'parked',
  'dialling',
  'notifying',
  'surveying',
  'ended',
] as const;

/** As the customer sees it: who talks with whom behind her back is not hers to know. */
export const customerStates = [
  'arriving',
  'menu',
  'waiting',
  'ringing',
  'connecting',
  'talking',
  'held',
  'ended',
] as const;

export const sessionEndings = [
  'customer_hung_up',
  'agent_hung_up',
  'supervisor_ended',
  'abandoned_waiting',
  'abandoned_ringing',
  'abandoned_menu',
  'closed',
  'flow_ended',
  'left_message',
  'never_arrived',
  'refused',
  'customer_lost',
  'media_lost',
  'third_hung_up',
  'agent_not_reached',
  'destination_not_reached',
  'dial_cancelled',
  'notified',
  'notification_cut',
  'failed',
] as const;

const stateSchema = z.enum(sessionStates);
const endingSchema = z.enum(sessionEndings);
const keysSchema = z
  .array(z.string().regex(/^[0-9*#]$/))
  .optional()
  .meta({ description: 'Keys that mean something now' });
const placeSchema = z
  .number()
  .int()
  .min(1)
  .optional()
  .meta({ description: 'Place in line, 1 is next; while waiting or ringing' });

const waitSchema = estimateSchema
  .optional()
  .meta({ description: 'The wait that is left, in line; absent when too little is known' });

const milestones = {
  queuedAt: instantSchema.optional().meta({ description: 'First put in line' }),
  connectedAt: instantSchema.optional().meta({ description: 'First conversation began' }),
};

export const newSessionSchema = z
  .strictObject({
    link: z.string().min(1).max(1024).meta({ description: 'The token of the customer link' }),
    displayName: lineSchema(80).optional(),
  })
  .meta({ id: 'NewSession' });
export type NewSession = z.infer<typeof newSessionSchema>;

export const customerSessionSchema = z
  .object({
    sessionId: sessionIdSchema,
    queueId: queueIdSchema,
    state: z.enum(customerStates),
    since: instantSchema,
    requestedAt: instantSchema,
    ...milestones,
    place: placeSchema,
    estimate: waitSchema,
    keys: keysSchema,
    agentName: z.string().optional().meta({ description: 'Display name of the agent she talks to' }),
    ending: endingSchema.optional(),
    rated: z.boolean(),
  })
  .meta({ id: 'CustomerSession' });
export type CustomerSession = z.infer<typeof customerSessionSchema>;

export const sessionMadeSchema = z
  .object({
    sessionId: sessionIdSchema,
    token: z.string().meta({ description: "The customer's token for this session only" }),
    expiresAt: instantSchema,
    session: customerSessionSchema,
  })
  .meta({ id: 'SessionMade' });
export type SessionMade = z.infer<typeof sessionMadeSchema>;

export const dialledSchema = z.object({ sessionId: sessionIdSchema }).meta({ id: 'Dialled' });

export const ratingSchema = z.strictObject({ stars: z.number().int().min(1).max(5) }).meta({ id: 'Rating' });
export type Rating = z.infer<typeof ratingSchema>;

/** The third party of a call: whom the agent asks, or who took over. */
const thirdSchema = z
  .object({
    kind: z.enum(['agent', 'number', 'supervisor']),
    agentId: agentIdSchema.optional(),
    number: z.string().optional().meta({ description: 'Masked for agents' }),
    supervisorId: z.string().optional().meta({ description: 'For supervisors only' }),
    state: z.enum(['dialling', 'ringing', 'answered']),
  })
  .meta({ id: 'ThirdParty' });

const monitorSchema = z
  .object({
    supervisorId: z.string(),
    mode: z.enum(monitorModes),
    state: z.enum(['dialling', 'answered', 'on']),
  })
  .meta({ id: 'Monitoring' });

export const agentSessionSchema = z
  .object({
    sessionId: sessionIdSchema,
    source: z.enum(['web', 'phone', 'outbound']),
    queueId: queueIdSchema,
    state: stateSchema,
    since: instantSchema,
    requestedAt: instantSchema,
    ...milestones,
    away: z.boolean().meta({ description: "The customer's browser is gone for the moment" }),
    customerNumber: z
      .string()
      .optional()
      .meta({ description: 'Masked unless the agent may see it', example: '+49 *** 1234' }),
    customerName: z.string().optional(),
    third: thirdSchema.optional(),
    facing: z
      .enum(['customer', 'third'])
      .optional()
      .meta({ description: 'While consulting: with whom the agent talks now' }),
    slot: z.number().int().optional().meta({ description: 'While parked' }),
    flow: z
      .object({ flowId: z.string(), step: z.string() })
      .optional()
      .meta({ description: 'While in a menu: the step of the flow she is at' }),
    muted: z.boolean().optional(),
    recording: z.enum(['on', 'paused']).optional(),
    playing: z.boolean().optional(),
    ending: endingSchema.optional(),
  })
  .meta({ id: 'AgentSession' });
export type AgentSession = z.infer<typeof agentSessionSchema>;

export const supervisorSessionSchema = agentSessionSchema
  .extend({
    place: placeSchema,
    agentId: agentIdSchema.optional(),
    monitors: z.array(monitorSchema).optional(),
  })
  .meta({ id: 'SupervisorSession' });
export type SupervisorSession = z.infer<typeof supervisorSessionSchema>;
