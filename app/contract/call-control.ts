// What an agent and a supervisor may do with a call. One table each: the commands of the sockets and the operations of /api/v1
// are both made from it, so that the two doors say the same.

import { z } from 'zod';
import { agentIdSchema, phoneNumberSchema, queueIdSchema, sessionIdSchema } from './common.ts';

const soundIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ -');
const toAgent = z.strictObject({ kind: z.literal('agent'), agentId: agentIdSchema });
const toNumber = z.strictObject({ kind: z.literal('number'), number: phoneNumberSchema });
const toQueue = z.strictObject({ kind: z.literal('queue'), queueId: queueIdSchema });

export const consultTargetSchema = z
  .discriminatedUnion('kind', [toAgent, toNumber])
  .meta({ id: 'ConsultTarget' });
export const transferTargetSchema = z
  .discriminatedUnion('kind', [toAgent, toNumber, toQueue])
  .meta({ id: 'TransferTarget' });
export type ConsultTarget = z.input<typeof consultTargetSchema>;
export type TransferTarget = z.input<typeof transferTargetSchema>;

export const monitorModes = ['listen', 'whisper', 'barge'] as const;
export type MonitorMode = (typeof monitorModes)[number];
const modeSchema = z.enum(monitorModes).meta({
  description:
    'listen: nobody hears the supervisor; whisper: the agent alone does; barge: agent and customer do',
});

const nothing = z.strictObject({});

/** The agent's, on the call she has. Key: name on the socket; `path`: below /agents/me. */
export const callCommands = {
  mute: {
    path: 'mute',
    summary: 'Whether the others hear her; done on the switch, the same for every device',
    body: z.strictObject({ muted: z.boolean() }).meta({ id: 'Mute' }),
  },
  sendDigits: {
    path: 'digits',
    summary: 'Send DTMF to the one she talks with',
    body: z
      .strictObject({ digits: z.string().regex(/^[0-9A-D*#]{1,32}$/, '1 to 32 of 0-9 A-D * #') })
      .meta({ id: 'Digits' }),
  },
  transfer: {
    path: 'transfer',
    summary: 'Blind transfer to an agent, a queue or a number; comes back when nobody is reached',
    body: z.strictObject({ to: transferTargetSchema }).meta({ id: 'Transfer' }),
  },
  consult: {
    path: 'consult',
    summary: 'Ask an agent or a number first; the customer hears music meanwhile',
    body: z.strictObject({ to: consultTargetSchema }).meta({ id: 'Consult' }),
  },
  completeTransfer: {
    path: 'complete-transfer',
    summary: 'Leave the customer with whom she asked',
    body: nothing,
  },
  cancelConsult: {
    path: 'cancel-consult',
    summary: 'Let the one she asked go, back to the customer',
    body: nothing,
  },
  toggle: { path: 'toggle', summary: 'Change between the customer and the one she asked', body: nothing },
  conference: { path: 'conference', summary: 'All three together', body: nothing },
  dropParty: {
    path: 'drop-party',
    summary: 'Let one of a conference go',
    body: z.strictObject({ party: z.enum(['customer', 'third']) }).meta({ id: 'DropParty' }),
  },
  park: {
    path: 'park',
    summary: 'Put the customer into a slot where any colleague finds her',
    body: nothing,
  },
  pickUp: {
    path: 'pick-up',
    summary: 'Take the call parked in a slot',
    body: z.strictObject({ slot: z.number().int().min(1).max(9_999) }).meta({ id: 'PickUp' }),
  },
  play: {
    path: 'play',
    summary: 'Play a sound into the call, or mix it under the voices',
    body: z
      .strictObject({
        soundId: soundIdSchema,
        mix: z.boolean().default(true),
        volume: z.number().int().min(-4).max(4).default(0),
        times: z.number().int().min(1).max(100).default(1),
      })
      .meta({ id: 'Play' }),
  },
  stopPlaying: { path: 'stop-playing', summary: 'End the sound', body: nothing },
  recording: {
    path: 'recording',
    summary: 'Start, stop, pause or resume the recording, as the queue allows',
    body: z.strictObject({ wish: z.enum(['start', 'stop', 'pause', 'resume']) }).meta({ id: 'Recording' }),
  },
} as const;
export type CallCommand = keyof typeof callCommands;

export const soundsSchema = z
  .object({ sounds: z.array(z.object({ soundId: soundIdSchema })) })
  .meta({ id: 'Sounds' });

/** Her own phone rings first, then the number is called. */
export const dialSchema = z
  .strictObject({
    number: phoneNumberSchema,
    callerNumber: phoneNumberSchema
      .optional()
      .meta({ description: "One of the queue's numbers; the first of them when absent" }),
    queueId: queueIdSchema
      .optional()
      .meta({ description: 'Whose settings hold; her first queue when absent' }),
    earlyMedia: z.boolean().default(false),
  })
  .meta({ id: 'Dial' });

/** A number is called and told something; nobody of the staff is in the call. */
export const notificationSchema = z
  .strictObject({
    queueId: queueIdSchema.meta({ description: 'Whose numbers and settings hold' }),
    number: phoneNumberSchema,
    soundId: soundIdSchema,
    times: z.number().int().min(1).max(20).default(1),
    callerNumber: phoneNumberSchema
      .optional()
      .meta({ description: "One of the queue's numbers; the first of them when absent" }),
  })
  .meta({ id: 'NewNotification' });

const monitorSchema = z
  .strictObject({
    device: z.enum(['sip', 'browser']).meta({ description: 'Her SIP phone, or this browser' }),
    mode: modeSchema,
  })
  .meta({ id: 'Monitor' });

/** The supervisor's, on one call. Key: name on the socket, where `sessionId` is in the payload; `path`: below /sessions/{sessionId}. */
export const monitorCommands = {
  monitor: { path: 'monitor', summary: 'Join a call: listen, whisper or barge in', body: monitorSchema },
  monitorMode: {
    path: 'monitor-mode',
    summary: 'Change how she takes part',
    body: z.strictObject({ mode: modeSchema }).meta({ id: 'MonitorMode' }),
  },
  takeOver: { path: 'take-over', summary: 'Stay with the customer; the agent leaves', body: nothing },
  stopMonitoring: { path: 'stop-monitoring', summary: 'Leave the call; it goes on', body: nothing },
} as const;
export type MonitorCommand = keyof typeof monitorCommands;

const onCall = { sessionId: sessionIdSchema };
type Bodies<Table extends Record<string, { readonly body: z.ZodType }>> = {
  readonly [Name in keyof Table]: Table[Name]['body'];
};

const bodiesOf = <Table extends Record<string, { readonly body: z.ZodType }>>(table: Table): Bodies<Table> =>
  Object.fromEntries(Object.entries(table).map(([name, { body }]) => [name, body])) as Bodies<Table>;

export const callCommandSchemas = { ...bodiesOf(callCommands), dial: dialSchema } as const;
export const monitorCommandSchemas = {
  monitor: monitorSchema.extend(onCall),
  monitorMode: monitorCommands.monitorMode.body.extend(onCall),
  takeOver: nothing.extend(onCall),
  stopMonitoring: nothing.extend(onCall),
} as const;
