// Every operation of /api/v1 with who may use it. The HTTP routes, the authorisation matrix and the OpenAPI document are
// all made from this one table: a route that is not here does not exist, and nobody is let in who is not listed.

import type { z } from 'zod';
import {
  groupSchema,
  iceServersSchema,
  linkRequestSchema,
  linkSchema,
  linkViewSchema,
  signedInSchema,
  signInSchema,
  supervisorsSchema,
} from './access.ts';
import {
  callCommands,
  dialSchema,
  monitorCommands,
  notificationSchema,
  soundsSchema,
  type CallCommand,
  type MonitorCommand,
} from './call-control.ts';
import { callDetailSchema, callFilterSchema, callPageSchema } from './calls.ts';
import { agentIdSchema, doneSchema, sessionIdSchema, usernameSchema, type Role } from './common.ts';
import {
  agentBreakSchema,
  agentSchema,
  agentSignInSchema,
  agentsSchema,
  queuesSchema,
  wrapUpSchema,
} from './floor.ts';
import { figureOperations } from './figures.ts';
import type { Operation } from './operation.ts';
import { messageOperations } from './messages.ts';
import { recordingOperations } from './recordings.ts';
import { telephonyOperations } from './telephony.ts';
import {
  customerSessionSchema,
  dialledSchema,
  newSessionSchema,
  ratingSchema,
  sessionMadeSchema,
} from './sessions.ts';

const session = { sessionId: sessionIdSchema };
const agent = { agentId: agentIdSchema };
const staff = ['agent', 'supervisor', 'admin'] as const;
const lead = ['supervisor', 'admin'] as const;
const everybody = ['customer', 'agent', 'supervisor', 'admin'] as const;
const onlyAgent = ['agent'] as const;
const onlyCustomer = ['customer'] as const;

/** A command of the agent who is signed in, without a body. */
const ownCommand = (name: string, summary: string) =>
  ({
    method: 'POST',
    path: `/agents/me/${name}`,
    access: onlyAgent,
    summary,
    status: 200,
    answer: doneSchema,
  }) as const satisfies Operation;

type CallOperations = {
  readonly [Name in CallCommand as `agent${Capitalize<Name>}`]: Command<
    (typeof callCommands)[Name]['body'],
    typeof onlyAgent
  >;
};
type MonitorOperations = {
  readonly [Name in MonitorCommand]: Command<(typeof monitorCommands)[Name]['body'], typeof lead>;
};
interface Command<Body extends z.ZodObject, Access extends readonly Role[]> {
  readonly method: 'POST';
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly status: 200;
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly body: Body;
  readonly answer: typeof doneSchema;
}

/** What the operation of an agent's command is called: `hold` is `agentHold`. */
export const callOperation = (name: string): string => `agent${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const callOperations = Object.fromEntries(
  Object.entries(callCommands).map(([name, { path, summary, body }]) => [
    callOperation(name),
    { ...ownCommand(path, summary), body },
  ]),
) as unknown as CallOperations;

const monitorOperations = Object.fromEntries(
  Object.entries(monitorCommands).map(([name, { path, summary, body }]) => [
    name,
    {
      method: 'POST',
      path: `/sessions/{sessionId}/${path}`,
      access: lead,
      summary,
      status: 200,
      params: session,
      body,
      answer: doneSchema,
    },
  ]),
) as unknown as MonitorOperations;

export const operations = {
  signIn: {
    method: 'POST',
    path: '/sign-in',
    access: 'public',
    summary: 'Exchange a user name and password for a short-lived token',
    status: 200,
    body: signInSchema,
    answer: signedInSchema,
  },
  renewToken: {
    method: 'POST',
    path: '/token/refresh',
    access: staff,
    summary: 'Exchange a token that is still good for a fresh one',
    status: 200,
    answer: signedInSchema,
  },
  readLink: {
    method: 'GET',
    path: '/links/{token}',
    access: 'public',
    summary: 'What a customer link leads to',
    status: 200,
    params: {},
    answer: linkViewSchema,
  },
  makeLink: {
    method: 'POST',
    path: '/links',
    access: lead,
    summary: 'Make a customer link',
    status: 201,
    body: linkRequestSchema,
    answer: linkSchema,
  },
  makeSession: {
    method: 'POST',
    path: '/sessions',
    access: 'public',
    summary: 'Press Call: a link becomes a session',
    status: 201,
    body: newSessionSchema,
    answer: sessionMadeSchema,
    idempotent: true,
  },
  readIceServers: {
    method: 'GET',
    path: '/ice-servers',
    access: everybody,
    summary: 'TURN servers for a browser that cannot reach us directly, with credentials of its own',
    status: 200,
    answer: iceServersSchema,
  },
  readSession: {
    method: 'GET',
    path: '/sessions/{sessionId}',
    access: onlyCustomer,
    summary: "The customer's own session",
    status: 200,
    params: session,
    answer: customerSessionSchema,
  },
  hangUpSession: {
    method: 'POST',
    path: '/sessions/{sessionId}/hang-up',
    access: onlyCustomer,
    summary: 'The customer hangs up',
    status: 200,
    params: session,
    answer: doneSchema,
  },
  rateSession: {
    method: 'POST',
    path: '/sessions/{sessionId}/rating',
    access: onlyCustomer,
    summary: 'Stars for a call that is over; answered once they are stored',
    status: 200,
    params: session,
    body: ratingSchema,
    answer: doneSchema,
    idempotent: true,
  },
  endSession: {
    method: 'POST',
    path: '/sessions/{sessionId}/end',
    access: lead,
    summary: 'A supervisor ends a call',
    status: 200,
    params: session,
    answer: doneSchema,
  },
  readOwnAgent: {
    method: 'GET',
    path: '/agents/me',
    access: onlyAgent,
    summary: 'The agent who asks',
    status: 200,
    answer: agentSchema,
  },
  agentSignIn: {
    ...ownCommand('sign-in', 'Take a seat with a device'),
    body: agentSignInSchema,
  },
  agentSignOut: ownCommand('sign-out', 'Leave; during a call, once it is over'),
  agentReady: ownCommand('ready', 'Take calls'),
  agentBreak: {
    ...ownCommand('break', 'Take a break; during a call, once it is over'),
    body: agentBreakSchema,
  },
  agentAnswer: ownCommand('answer', 'Accept the call that rings'),
  agentDecline: ownCommand('decline', 'Decline the call that rings'),
  agentHold: ownCommand('hold', 'Put the customer on hold'),
  agentResume: ownCommand('resume', 'Take the customer off hold'),
  agentHangUp: ownCommand('hang-up', 'End the call'),
  agentWrapUp: {
    ...ownCommand('wrap-up', 'Store the note and end wrap-up; answered once the note is stored'),
    body: wrapUpSchema,
    idempotent: true,
  },
  ...callOperations,
  agentDial: {
    ...ownCommand('dial', 'Call a number: her own phone first, then the number'),
    status: 201,
    body: dialSchema,
    answer: dialledSchema,
  },
  listSounds: {
    method: 'GET',
    path: '/sounds',
    access: staff,
    summary: 'Sounds that can be played into a call',
    status: 200,
    answer: soundsSchema,
  },
  requestNotification: {
    method: 'POST',
    path: '/notifications',
    access: lead,
    summary: 'Call a number and play a sound to whoever answers',
    status: 201,
    body: notificationSchema,
    answer: dialledSchema,
  },
  listAgents: {
    method: 'GET',
    path: '/agents',
    access: staff,
    summary: 'Agents and what they do now',
    status: 200,
    answer: agentsSchema,
  },
  signOutAgent: {
    method: 'POST',
    path: '/agents/{agentId}/sign-out',
    access: lead,
    summary: 'A supervisor signs an agent out',
    status: 200,
    params: agent,
    answer: doneSchema,
  },
  listSupervisors: {
    method: 'GET',
    path: '/supervisors',
    access: ['admin'],
    summary: 'Supervisors and the queues they look after',
    status: 200,
    answer: supervisorsSchema,
  },
  assignSupervisor: {
    method: 'POST',
    path: '/supervisors/{username}/queues',
    access: ['admin'],
    summary: 'Which queues a supervisor looks after: she sees these, their agents and their calls',
    status: 200,
    params: { username: usernameSchema },
    body: groupSchema,
    answer: doneSchema,
  },
  listQueues: {
    method: 'GET',
    path: '/queues',
    access: staff,
    summary: 'Queues and who waits',
    status: 200,
    answer: queuesSchema,
  },
  listCalls: {
    method: 'GET',
    path: '/calls',
    access: staff,
    summary: 'Call records, newest first; an agent sees her own',
    status: 200,
    query: callFilterSchema,
    answer: callPageSchema,
  },
  readCall: {
    method: 'GET',
    path: '/calls/{sessionId}',
    access: staff,
    summary: 'One call record with its legs, offers, segments and notes',
    status: 200,
    params: session,
    answer: callDetailSchema,
  },
  ...monitorOperations,
  ...recordingOperations,
  ...telephonyOperations,
  ...messageOperations,
  ...figureOperations,
} as const satisfies Record<string, Operation>;

export type { Operation } from './operation.ts';
export type OperationId = keyof typeof operations;
export const apiPrefix = '/api/v1';
