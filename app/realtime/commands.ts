// What people may wish, as inputs of the floor. HTTP and Socket.IO say the same things and meet here.

import type { z } from 'zod';
import type { Device } from '../domain/device.ts';
import type { Input, TransferTarget } from '../domain/floor/inputs.ts';
import { agentId, queueId, sessionId } from '../domain/ids.ts';
import type {
  CallCommand,
  callCommandSchemas,
  dialSchema,
  MonitorCommand,
  monitorCommandSchemas,
  notificationSchema,
} from '../contract/call-control.ts';
import type { agentSignInSchema } from '../contract/floor.ts';
import type { ErrorCode, Problem } from '../contract/common.ts';
import type { Scope } from '../auth/groups.ts';
import type { Answer, Core } from '../engine/core.ts';
import type { Submissions } from '../ports/submissions.ts';

/** A wish that was not granted, on its way to the person: becomes an HTTP answer or a negative acknowledgement. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: Problem;
  constructor(
    code: ErrorCode,
    message = sentences[code] ?? code.replaceAll('_', ' '),
    details?: Problem['details'],
  ) {
    super(message);
    this.problem = { code, message, ...(details && { details }) };
  }
}

const sentences: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'Sign in first: the token is missing, expired or not ours',
  forbidden: 'Your role may not do this',
  not_found: 'There is no such thing here',
  storage_unavailable: 'The database is busy; nothing was stored, please try again',
  idempotency_conflict: 'This Idempotency-Key was used for something else',
  queue_full: 'The queue is full',
  queue_closed: 'The queue is closed',
};

/** The agent's plain commands, by their name on the socket. */
export type PlainAgentCommand = 'signOut' | 'ready' | 'answer' | 'decline' | 'hold' | 'resume' | 'hangUp';

/** Late and repeated wishes count as done. @throws Refused */
export function submit(core: Core, input: Input): void {
  const answer: Answer = core.submit(input);
  if (answer.outcome === 'refused') throw new Refused(answer.code);
}

type SupervisorInput = Extract<Input, { kind: `supervisor.${string}` }>;

/**
 * What a supervisor does to a call or an agent of her group; those of others look like none. To leave a call she may always.
 * @throws Refused
 */
export function supervise(core: Core, scope: Scope, input: SupervisorInput): void {
  if ('agentId' in input) {
    const agent = core.view.agent(input.agentId);
    if (agent && !scope.agent(agent)) throw new Refused('unknown_agent');
  } else if (input.kind !== 'supervisor.leave') {
    const session = core.view.session(input.sessionId);
    if (session && !scope.session(session)) throw new Refused('unknown_session');
  }
  submit(core, input);
}

export const agentInput = (name: PlainAgentCommand, agent: string): Input => ({
  kind: `agent.${name}`,
  agentId: agentId(agent),
});

/** Address of the device an agent sits down with (docs/wire-conventions.md, addresses of record). */
export const deviceOf = (kind: 'sip' | 'browser', agent: string): Device => ({
  kind,
  address: kind === 'browser' ? `browser-${agent}` : agent,
});

/** The same, or the telephone she names. */
const agentDevice = ({ device, number }: z.output<typeof agentSignInSchema>, agent: string): Device =>
  device === 'pstn' ? { kind: device, address: number ?? '' } : deviceOf(device, agent);

/** @param agent whose phone it is */
export const signInInput = (wish: z.output<typeof agentSignInSchema>, agent: string): Input => ({
  kind: 'agent.signIn',
  agentId: agentId(agent),
  device: agentDevice(wish, agent),
  ...(wish.nailedUp !== undefined && { nailedUp: wish.nailedUp }),
});

type CallWish = { readonly [Name in CallCommand]: z.output<(typeof callCommandSchemas)[Name]> };

/** One of the agent's commands on her call, as the floor's input. */
export function callInput<Name extends CallCommand>(name: Name, wish: CallWish[Name], agent: string): Input {
  const own = agentId(agent);
  const given = { name, wish } as {
    [Each in CallCommand]: { name: Each; wish: CallWish[Each] };
  }[CallCommand];
  switch (given.name) {
    case 'transfer':
    case 'consult':
      return { kind: `agent.${given.name}`, agentId: own, to: targetOf(given.wish.to) } as Input;
    case 'mute':
      return { kind: 'agent.mute', agentId: own, ...given.wish };
    case 'sendDigits':
      return { kind: 'agent.sendDigits', agentId: own, ...given.wish };
    case 'dropParty':
      return { kind: 'agent.dropParty', agentId: own, ...given.wish };
    case 'pickUp':
      return { kind: 'agent.pickUp', agentId: own, ...given.wish };
    case 'play':
      return { kind: 'agent.play', agentId: own, ...given.wish };
    case 'recording':
      return { kind: 'agent.recording', agentId: own, ...given.wish };
    case 'completeTransfer':
    case 'cancelConsult':
    case 'toggle':
    case 'conference':
    case 'park':
    case 'stopPlaying':
      return { kind: `agent.${given.name}`, agentId: own };
  }
}

function targetOf(to: CallWish['transfer']['to']): TransferTarget {
  switch (to.kind) {
    case 'agent':
      return { kind: 'agent', agentId: agentId(to.agentId) };
    case 'queue':
      return { kind: 'queue', queueId: queueId(to.queueId) };
    case 'number':
      return to;
  }
}

/** Calls a number for an agent. @returns the id of the session this makes @throws Refused */
export function dial({ core, newId }: Dialler, agent: string, wish: z.output<typeof dialSchema>): string {
  const { number, callerNumber, queueId: queue, earlyMedia } = wish;
  const id = newId();
  submit(core, {
    kind: 'agent.dial',
    agentId: agentId(agent),
    sessionId: sessionId(id),
    number,
    earlyMedia,
    ...(callerNumber !== undefined && { callerNumber }),
    ...(queue !== undefined && { queueId: queueId(queue) }),
  });
  return id;
}

/** Has a number called and told something. @returns the id of the session this makes @throws Refused */
export function notify(
  { core, newId }: Dialler,
  by: string,
  wish: z.output<typeof notificationSchema>,
): string {
  const { queueId: queue, callerNumber, ...what } = wish;
  const id = newId();
  submit(core, {
    kind: 'notification.request',
    sessionId: sessionId(id),
    queueId: queueId(queue),
    by,
    ...what,
    ...(callerNumber !== undefined && { callerNumber }),
  });
  return id;
}

export interface Dialler {
  readonly core: Core;
  /** A random uuid v4. */
  readonly newId: () => string;
}

type MonitorWish = { readonly [Name in MonitorCommand]: z.output<(typeof monitorCommandSchemas)[Name]> };

/** One of a supervisor's commands on one call, as the floor's input. */
export function monitorInput<Name extends MonitorCommand>(
  name: Name,
  wish: MonitorWish[Name],
  supervisor: string,
): SupervisorInput {
  const given = { name, wish } as {
    [Each in MonitorCommand]: { name: Each; wish: MonitorWish[Each] };
  }[MonitorCommand];
  const about = { sessionId: sessionId(wish.sessionId), supervisorId: supervisor };
  switch (given.name) {
    case 'monitor': {
      const { device, mode } = given.wish;
      return { kind: 'supervisor.join', ...about, mode, device: deviceOf(device, supervisor) };
    }
    case 'monitorMode':
      return { kind: 'supervisor.mode', ...about, mode: given.wish.mode };
    case 'takeOver':
      return { kind: 'supervisor.takeOver', ...about };
    case 'stopMonitoring':
      return { kind: 'supervisor.leave', ...about };
  }
}

export interface Desk {
  readonly core: Core;
  readonly submissions: Submissions;
  readonly now: () => number;
}

/**
 * Stores the note, then ends wrap-up. A repeated key stores nothing again, and ends a wrap-up only if it is still that of
 * the same call: a late repetition must not cut the next one short.
 * @throws Refused, StorageUnavailable
 */
export async function wrapUp(desk: Desk, agent: string, wish: WrapUpWish): Promise<void> {
  const current = wrappingUp(desk.core, agent);
  if (current === undefined || (wish.sessionId ?? current) !== current)
    return repeatedOrRefused(desk, agent, wish);
  const stored = await desk.submissions.wrapUpNote({
    sessionId: current,
    agentId: agent,
    note: wish.note,
    at: desk.now(),
    ...(wish.idempotencyKey !== undefined && { idempotencyKey: wish.idempotencyKey }),
  });
  if (stored.outcome === 'conflict') throw new Refused('idempotency_conflict');
  if (stored.sessionId === wrappingUp(desk.core, agent)) {
    submit(desk.core, { kind: 'agent.finishWrapUp', agentId: agentId(agent) });
  }
}

export interface WrapUpWish {
  readonly note: string;
  readonly sessionId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Nothing to wrap up: either the answer to this very wish got lost on its way, or it is too late. */
async function repeatedOrRefused({ submissions }: Desk, agent: string, wish: WrapUpWish): Promise<void> {
  const { idempotencyKey, note } = wish;
  const seen =
    idempotencyKey === undefined
      ? undefined
      : await submissions.noteSeen({ agentId: agent, note, idempotencyKey });
  if (seen === 'conflict') throw new Refused('idempotency_conflict');
  if (seen === undefined) throw new Refused('not_in_wrap_up');
}

/** The call this agent wraps up now. */
function wrappingUp(core: Core, agent: string): string | undefined {
  const view = core.view.agent(agentId(agent));
  return view?.activity === 'wrapUp' ? view.sessionId : undefined;
}

/**
 * Stores the stars of a call that is over, then tells the floor, which may have forgotten the call already.
 * @throws Refused, StorageUnavailable
 */
export async function rate(
  desk: Desk,
  session: string,
  wish: { readonly stars: number; readonly idempotencyKey?: string | undefined },
): Promise<void> {
  const id = sessionId(session);
  const live = desk.core.view.session(id);
  if (live && live.state !== 'ended') throw new Refused('wrong_state', 'A call is rated when it is over');
  const stored = await desk.submissions.rating({
    sessionId: session,
    stars: wish.stars,
    at: desk.now(),
    ...(wish.idempotencyKey !== undefined && { idempotencyKey: wish.idempotencyKey }),
  });
  if (stored.outcome === 'conflict') throw new Refused('idempotency_conflict');
  if (stored.outcome === 'stored')
    desk.core.submit({ kind: 'customer.rate', sessionId: id, stars: wish.stars });
}
