// The call-centre verbs, cc.*: each is one command of the floor, given by the person herself. What is possible is the floor's to say; a
// wish it refuses changes nothing and comes back as a code.
//
//   400 not as it should be · 401 not signed in · 403 not yours · 404 no such thing · 409 not now · 480 phone not registered

import { z } from 'zod';
import type { Input } from '../../domain/floor/inputs.ts';
import type { AgentView } from '../../domain/floor/view.ts';
import { agentId, sessionId } from '../../domain/ids.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import { LineError } from '../../ports/browser-lines.ts';
import { deviceOf } from '../../realtime/commands.ts';
import { agentState, nextState, restReason } from './agent-states.ts';
import { iso } from './event-data.ts';
import { RpcError } from './rpc.ts';
import type { Known, Method, Params, Stage } from './stage.ts';

const name = z
  .union([z.string().max(64), z.number().int().min(0)])
  .transform(String)
  .optional();
const reason = z
  .string()
  .trim()
  .max(64)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'no control characters')
  .optional();
/** What every verb may say: in which group and queue, for whom, about which call. */
export const wishFields = { group: name, queue: name, agent: name, extn: name, callID: name };
const common = z.object({ ...wishFields, reason });
type Wish = z.infer<typeof common>;

/** Who shall do it: herself, in a queue of hers. */
export interface Actor {
  readonly agent: AgentView;
  readonly queue: string;
}

export const ccCodes = {
  badParams: 400,
  notSignedIn: 401,
  notPermitted: 403,
  notFound: 404,
  conflict: 409,
  notRegistered: 480,
  busy: 486,
} as const;

export const ccError = (code: number, message: string, refusal?: string): RpcError =>
  new RpcError(code, message, refusal === undefined ? undefined : { refusal });

const refusedWith: Partial<Record<RefusalCode, number>> = {
  not_signed_in: ccCodes.notSignedIn,
  unknown_device: ccCodes.notPermitted,
  not_your_call: ccCodes.notPermitted,
  unknown_agent: ccCodes.notFound,
  unknown_queue: ccCodes.notFound,
  unknown_session: ccCodes.notFound,
  slot_empty: ccCodes.notFound,
  bad_number: ccCodes.badParams,
  bad_digits: ccCodes.badParams,
  not_allowed: ccCodes.notPermitted,
  caller_number_not_allowed: ccCodes.notPermitted,
  agent_unavailable: ccCodes.busy,
};

/** What one plain verb submits. */
type Verb = (actor: Actor, wish: Wish) => Input;

const verbs: Readonly<Record<string, Verb>> = {
  'cc.ready': ({ agent }) => ({ kind: 'agent.ready', agentId: agent.agentId }),
  'cc.break': ({ agent }, wish) => ({
    kind: 'agent.break',
    agentId: agent.agentId,
    reason: wish.reason === undefined || wish.reason === '' ? 'BREAK' : wish.reason,
  }),
  'cc.rest': ({ agent }, wish) => ({
    kind: 'agent.break',
    agentId: agent.agentId,
    reason: restReason(wish.reason === '' ? undefined : wish.reason),
  }),
  'cc.answer': ({ agent }) => ({ kind: 'agent.answer', agentId: agent.agentId }),
  'cc.decline': ({ agent }) => ({ kind: 'agent.decline', agentId: agent.agentId }),
  'cc.hold': ({ agent }) => ({ kind: 'agent.hold', agentId: agent.agentId }),
  'cc.unhold': ({ agent }) => ({ kind: 'agent.resume', agentId: agent.agentId }),
  'cc.hangup': ({ agent }) => ({ kind: 'agent.hangUp', agentId: agent.agentId }),
  'cc.wrapup': ({ agent }) => ({ kind: 'agent.finishWrapUp', agentId: agent.agentId }),
};

export const callcenterMethods: Readonly<Record<string, Method>> = {
  ...Object.fromEntries(Object.entries(verbs).map(([method, verb]) => [method, plain(verb)])),
  'cc.login': signIn,
  'cc.logout': signOut,
  'cc.status': status,
  'cc.token': token,
};

function plain(verb: Verb): Method {
  return (client, params, stage) => {
    const wish = parseWish(params);
    const actor = actorOf(client, wish, stage);
    if (wish.callID !== undefined) callOf(actor.agent, wish.callID, stage);
    submit(stage, verb(actor, wish));
    return done(stage, actor);
  };
}

/** Any of her own devices: her desk phone unless she names her browser's. She takes calls once she says `cc.ready`. */
async function signIn(client: Known, params: Params, stage: Stage): Promise<object> {
  const wish = parseWish(params);
  const actor = actorOf(client, wish, stage);
  const { agentId: id } = actor.agent;
  const kind = wish.extn === `browser-${id}` ? 'browser' : 'sip';
  if (kind === 'sip' && wish.extn !== undefined && wish.extn !== '' && wish.extn !== id)
    throw ccError(ccCodes.notPermitted, `Extension ${wish.extn} is not bound to agent ${id}`);
  const device = deviceOf(kind, id);
  // Her browser is a phone once this page answers for it; one that answers through /janus already stays as it is.
  if (kind === 'browser' && !(await stage.registered(device.address)))
    await stage.desks.register(client).catch(noPhone);
  if (!(await stage.registered(device.address)))
    throw ccError(ccCodes.notRegistered, `Extension ${device.address} is not registered`);
  submit(stage, { kind: 'agent.signIn', agentId: id, device, onBreak: 'LOGIN' });
  return done(stage, actor);
}

function noPhone(error: unknown): void {
  if (!(error instanceof RpcError) && !(error instanceof LineError)) throw error;
}

/** Her own; a supervisor may sign anybody of her queues out. */
function signOut(client: Known, params: Params, stage: Stage): object {
  const wish = parseWish(params);
  const { listener, username } = client.person;
  if (listener.role === 'agent') {
    const actor = actorOf(client, wish, stage);
    submit(stage, { kind: 'agent.signOut', agentId: actor.agent.agentId });
    return done(stage, actor);
  }
  const agent = wish.agent === undefined ? undefined : stage.core.view.agent(agentId(wish.agent));
  if (!agent) throw ccError(ccCodes.notFound, 'No such agent');
  const hers = agent.queues.some((queue) => listener.queues === 'all' || listener.queues.includes(queue));
  if (!hers) throw ccError(ccCodes.notPermitted, 'Not an agent of your group');
  submit(stage, { kind: 'supervisor.signOutAgent', agentId: agent.agentId, by: username });
  return done(stage, { agent, queue: queueOf(agent, wish, stage) });
}

/** How things are, as far as she may see. */
function status(client: Known, params: Params, stage: Stage): object {
  const wish = parseWish(params);
  const { listener } = client.person;
  const queue = named(wish, stage);
  if (queue !== undefined && listener.queues !== 'all' && !listener.queues.includes(queue))
    throw ccError(ccCodes.notPermitted, 'Not a queue of yours');
  const queues = queue === undefined ? listener.queues : [queue];
  const agent = listener.role === 'agent' ? listener.agentId : wish.agent;
  if (listener.role === 'agent' && wish.agent !== undefined && wish.agent !== agent)
    throw ccError(ccCodes.notPermitted, 'Not yourself');
  const { pictures, fanOut } = stage;
  const frame = { ...(queues !== 'all' && { queues }), ...(agent !== undefined && { agent }) };
  const channels = fanOut.subscriptions(client);
  return {
    code: 200,
    message: 'OK',
    agents: pictures.agents(frame),
    queues: pictures.queues(frame),
    calls: pictures.calls(frame, client.audience),
    sernos: Object.fromEntries(channels.map((channel) => [channel, fanOut.serno(channel)])),
  };
}

/** A fresh token of the same person, for the next connection. */
async function token(client: Known, _params: Params, stage: Stage): Promise<object> {
  const fresh = await stage.door.auth.renew(client.person.token.token);
  if (!fresh) throw ccError(ccCodes.notPermitted, 'The shift is over; log in again');
  client.person.token = fresh;
  return { xui_sessid: fresh.token, 'auth-expires': Math.floor(fresh.expiresAt / 1000) };
}

/** @throws RpcError 400 */
export function parseParams<T>(schema: z.ZodType<T>, params: Params): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw ccError(ccCodes.badParams, `Bad params: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

const parseWish = (params: Params): Wish => parseParams(common, params);

/** @throws RpcError 403, 404 */
export function actorOf(client: Known, wish: Pick<Wish, 'group' | 'queue' | 'agent'>, stage: Stage): Actor {
  const { role, agentId: own } = client.person.listener;
  if (role !== 'agent' || own === undefined) throw ccError(ccCodes.notPermitted, 'Only agents do this');
  if (wish.agent !== undefined && wish.agent !== '' && wish.agent !== own)
    throw ccError(
      stage.core.view.agent(agentId(wish.agent)) ? ccCodes.notPermitted : ccCodes.notFound,
      `Not agent ${wish.agent}`,
    );
  const agent = stage.core.view.agent(agentId(own));
  if (!agent) throw ccError(ccCodes.notFound, 'No such agent');
  return { agent, queue: queueOf(agent, wish, stage) };
}

/** The queue she names must be one of hers; who names none means her first. */
function queueOf(agent: AgentView, wish: Pick<Wish, 'group' | 'queue'>, stage: Stage): string {
  const queue = named(wish, stage);
  const queues: readonly string[] = agent.queues;
  if (queue === undefined) return queues[0] ?? '';
  if (!queues.includes(queue)) throw ccError(ccCodes.notPermitted, `Not an agent of queue ${queue}`);
  return queue;
}

/** A group is a queue by another name; `default` is also everybody's, whatever the queues are called. */
function named({ group, queue }: Pick<Wish, 'group' | 'queue'>, { core }: Stage): string | undefined {
  const known = (id: string): boolean => core.view.queues().some(({ queueId }) => queueId === id);
  if (group !== undefined && group !== '' && group !== 'default' && !known(group))
    throw ccError(ccCodes.notFound, `No such group: ${group}`);
  if (queue !== undefined && queue !== '') {
    if (!known(queue)) throw ccError(ccCodes.notFound, `No such queue: ${queue}`);
    return queue;
  }
  return group === undefined || group === '' || group === 'default' ? undefined : group;
}

/** @throws RpcError 404 when the call she names is not the one she has */
export function callOf({ sessionId: own }: AgentView, callID: string, { core }: Stage): void {
  const session = own === undefined ? undefined : core.view.session(own);
  if (!session || (callID !== own && callID !== session.agentLeg))
    throw ccError(ccCodes.notFound, `No such call: ${callID}`);
}

/** Late and repeated wishes count as done. @throws RpcError */
export function submit({ core }: Stage, input: Input): void {
  const answer = core.submit(input);
  if (answer.outcome !== 'refused') return;
  const { code } = answer;
  throw ccError(refusedWith[code] ?? ccCodes.conflict, code.replaceAll('_', ' '), code);
}

/** What every verb answers: what she is now, and what she will be when the call is over. */
export function done({ core }: Stage, { agent: before, queue }: Actor, more: object = {}): object {
  const agent = core.view.agent(before.agentId) ?? before;
  const call = agent.sessionId === undefined ? undefined : core.view.session(sessionId(agent.sessionId));
  return {
    code: 200,
    message: 'OK',
    agent: {
      queue,
      agent: agent.agentId,
      ...(agent.device && { extn: agent.device.address }),
      ...agentState(agent),
      since: iso(agent.activity === 'idle' ? agent.presenceSince : agent.activitySince),
      ...(agent.next && { next: nextState(agent.next).state }),
      ...(call && { callID: call.sessionId }),
      reachable: agent.reachability.reachable,
    },
    ...more,
  };
}
