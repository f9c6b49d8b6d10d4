// The verbs within a call that need more than a name: to whom, how, with what. What they ask is checked for its shape here and for its
// sense by the floor.

import { z } from 'zod';
import type { ConsultTarget, Input, TransferTarget } from '../../domain/floor/inputs.ts';
import { agentId, queueId, sessionId, type AgentId } from '../../domain/ids.ts';
import {
  actorOf,
  callOf,
  ccCodes,
  ccError,
  done,
  parseParams,
  submit,
  wishFields,
  type Actor,
} from './callcenter.ts';
import type { Method, Stage } from './stage.ts';

const text = z.union([z.string().max(64), z.number().int().min(0)]).transform(String);
const target = z.object({
  to: z.object({ agent: text.optional(), queue: text.optional(), number: text.optional() }).optional(),
  destNumber: text.optional(),
});

/** A verb with parameters of its own. */
function verb<T extends z.ZodRawShape>(
  shape: z.ZodObject<T>,
  input: (agentId: AgentId, wish: z.infer<z.ZodObject<T>>, stage: Stage) => Input,
): Method {
  const schema = z.intersection(z.object(wishFields), shape);
  return (client, params, stage) => {
    const wish = parseParams(schema, params);
    const actor: Actor = actorOf(client, wish, stage);
    if (wish.callID !== undefined) callOf(actor.agent, wish.callID, stage);
    submit(stage, input(actor.agent.agentId, wish, stage));
    return done(stage, actor);
  };
}

const plain = (
  kind: 'completeTransfer' | 'cancelConsult' | 'toggle' | 'conference' | 'park' | 'stopPlaying',
) => verb(z.object({}), (id) => ({ kind: `agent.${kind}`, agentId: id }));

export const callVerbs: Readonly<Record<string, Method>> = {
  'cc.transfer': verb(target, (id, wish, stage) => ({
    kind: 'agent.transfer',
    agentId: id,
    to: transferTarget(wish, stage),
  })),
  'cc.consult': verb(target, (id, wish, stage) => {
    const to = transferTarget(wish, stage);
    if (to.kind === 'queue') throw ccError(ccCodes.badParams, 'Bad params: to: an agent or a number');
    return { kind: 'agent.consult', agentId: id, to };
  }),
  'cc.completeTransfer': plain('completeTransfer'),
  'cc.cancelConsult': plain('cancelConsult'),
  'cc.toggle': plain('toggle'),
  'cc.conference': plain('conference'),
  'cc.park': plain('park'),
  'cc.stopPlaying': plain('stopPlaying'),
  'cc.dropParty': verb(z.object({ party: z.enum(['customer', 'third']) }), (id, { party }) => ({
    kind: 'agent.dropParty',
    agentId: id,
    party,
  })),
  'cc.mute': verb(z.object({ muted: z.boolean().default(true) }), (id, { muted }) => ({
    kind: 'agent.mute',
    agentId: id,
    muted,
  })),
  'cc.dtmf': verb(z.object({ digits: text.pipe(z.string().regex(/^[0-9A-D*#]{1,32}$/)) }), (id, wish) => ({
    kind: 'agent.sendDigits',
    agentId: id,
    digits: wish.digits,
  })),
  'cc.pickup': verb(z.object({ slot: z.coerce.number().int().min(0).max(9_999) }), (id, { slot }) => ({
    kind: 'agent.pickUp',
    agentId: id,
    slot,
  })),
  'cc.recording': verb(z.object({ wish: z.enum(['start', 'stop', 'pause', 'resume']) }), (id, { wish }) => ({
    kind: 'agent.recording',
    agentId: id,
    wish,
  })),
  'cc.play': verb(
    z.object({
      soundId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
      mix: z.boolean().default(true),
      volume: z.number().int().min(-4).max(4).default(0),
      times: z.number().int().min(1).max(100).default(1),
    }),
    (id, { soundId, mix, volume, times }) => ({
      kind: 'agent.play',
      agentId: id,
      soundId,
      mix,
      volume,
      times,
    }),
  ),
  'cc.dial': dial,
};

const dialParams = z.object({
  ...wishFields,
  cidNumber: text.optional(),
  destNumber: text.pipe(z.string().regex(/^\+?[0-9]{1,32}$/)),
  earlyMedia: z.boolean().optional(),
});

/** Her own phone first, then the number; how it goes is told by events. */
async function dial(...[client, params, stage]: Parameters<Method>): Promise<object> {
  const wish = parseParams(dialParams, params);
  const actor = actorOf(client, wish, stage);
  const { agent } = actor;
  const { agentId: id, device, activity } = agent;
  if (!device) throw ccError(ccCodes.notSignedIn, 'not signed in', 'not_signed_in');
  if (wish.extn !== undefined && wish.extn !== '' && wish.extn !== device.address)
    throw ccError(ccCodes.notPermitted, `Extension ${wish.extn} is not the one agent ${id} signed in with`);
  if (activity !== 'idle' && activity !== 'wrapUp') throw ccError(ccCodes.busy, 'In a call', 'wrong_state');
  if (!(await stage.registered(device.address)))
    throw ccError(ccCodes.notRegistered, `Extension ${device.address} is not registered`);
  const callID = crypto.randomUUID();
  const { cidNumber, destNumber, earlyMedia } = wish;
  submit(stage, {
    kind: 'agent.dial',
    agentId: id,
    sessionId: sessionId(callID),
    number: destNumber,
    ...(actor.queue !== '' && { queueId: queueId(actor.queue) }),
    ...(cidNumber !== undefined && cidNumber !== '' && { callerNumber: cidNumber }),
    ...(earlyMedia !== undefined && { earlyMedia }),
  });
  return done(stage, actor, { callID });
}

/** By its kind, or a bare word: an agent's name, else a queue's, else a number. @throws RpcError 400, 404 */
export function transferTarget(wish: z.infer<typeof target>, { core }: Stage): TransferTarget {
  const { agent, queue, number = undefined } = wish.to ?? {};
  const word = wish.destNumber;
  const isAgent = (id: string): boolean => core.view.agent(agentId(id)) !== undefined;
  const isQueue = (id: string): boolean => core.view.queues().some((known) => known.queueId === id);
  if (agent !== undefined) return isAgent(agent) ? toAgent(agent) : notFound('agent', agent);
  if (queue !== undefined) return isQueue(queue) ? toQueue(queue) : notFound('queue', queue);
  if (number !== undefined) return toNumber(number);
  if (word === undefined || word === '') throw ccError(ccCodes.badParams, 'Bad params: to: nobody named');
  if (isAgent(word)) return toAgent(word);
  return isQueue(word) ? toQueue(word) : toNumber(word);
}

const toAgent = (id: string): ConsultTarget => ({ kind: 'agent', agentId: agentId(id) });
const toQueue = (id: string): TransferTarget => ({ kind: 'queue', queueId: queueId(id) });

function toNumber(number: string): ConsultTarget {
  const digits = number.replace(/[\s().-]/g, '');
  if (!/^\+?[0-9]{1,32}$/.test(digits))
    throw ccError(ccCodes.badParams, `Bad params: to: not a number: ${number}`);
  return { kind: 'number', number: digits };
}

function notFound(what: string, id: string): never {
  throw ccError(ccCodes.notFound, `No such ${what}: ${id}`);
}
