// The methods of mod_verto that are no calls: liveness, subscriptions, broadcasts.

import { z } from 'zod';
import { channelsOf, isChannel, mayHear, maySpeak } from './channels.ts';
import { membersOf } from './event-data.ts';
import { permissionDenied, RpcError, rpcCodes } from './rpc.ts';
import type { Known, Method, Params, Stage } from './stage.ts';

const mostSubscriptions = 64;
const longestBroadcast = 8 * 1024;

const channelList = z
  .union([z.string(), z.array(z.string()).max(mostSubscriptions)])
  .transform((value) => [...new Set(Array.isArray(value) ? value : [value])]);
const serno = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const subscribeParams = z.object({
  eventChannel: channelList,
  lastSerno: z.union([serno, z.record(z.string(), serno)]).optional(),
  snapshot: z.boolean().optional(),
});

export const sessionMethods: Readonly<Record<string, Method>> = {
  echo: (_client, params) => ({ ...params }),
  'verto.ping': () => ({ message: 'PONG' }),
  // The keep-alive of the XSwitch SDK; mod_verto does not know it.
  'Uas.Ping': (_client, { serno: said }) => ({
    message: 'PONG',
    ...(typeof said === 'number' && { serno: said }),
  }),
  'verto.subscribe': subscribe,
  'verto.unsubscribe': unsubscribe,
  'verto.broadcast': broadcast,
};

/** Fields of an answer that says something: mod_verto leaves empty lists out. */
const lists = (fields: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0));

function subscribe(client: Known, params: Params, { fanOut }: Stage): object {
  const { eventChannel, lastSerno, snapshot = false } = parse(subscribeParams, params);
  const already = eventChannel.filter((channel) => fanOut.isSubscribed(client, channel));
  const room = mostSubscriptions - fanOut.subscriptions(client).length;
  const wanted = eventChannel.filter((channel) => !already.includes(channel));
  const allowed = wanted
    .filter((channel) => isChannel(channel) && mayHear(client.person.listener, channel))
    .slice(0, room);
  const unauthorizedChannels = wanted.filter((channel) => !allowed.includes(channel));
  const sernos = Object.fromEntries(allowed.map((channel) => [channel, fanOut.subscribe(client, channel)]));
  const answer = lists({
    subscribedChannels: allowed,
    unauthorizedChannels,
    alreadySubscribedChannels: already,
  });
  if (allowed.length === 0) {
    if (unauthorizedChannels.length > 0) throw permissionDenied(answer);
    throw new RpcError(rpcCodes.permissionDenied, 'Already Subscribed', answer);
  }
  // Who is told what she missed must know first what she subscribed to.
  client.afterAnswer(() => {
    for (const channel of allowed) {
      const after = typeof lastSerno === 'number' ? lastSerno : lastSerno?.[channel];
      fanOut.begin(client, channel, { snapshot, ...(after !== undefined && { after }) });
    }
  });
  return { ...answer, sernos };
}

function unsubscribe(client: Known, params: Params, { fanOut }: Stage): object {
  const { eventChannel } = parse(z.object({ eventChannel: channelList }), params);
  const unsubscribedChannels = eventChannel.filter((channel) => fanOut.unsubscribe(client, channel));
  const notSubscribedChannels = eventChannel.filter((channel) => !unsubscribedChannels.includes(channel));
  return lists({ unsubscribedChannels, notSubscribedChannels });
}

/** The speaker hears herself only when she asks for it; who she is, the server says. */
function broadcast(client: Known, params: Params, { fanOut, now }: Stage): object {
  const { eventChannel, localBroadcast, sessid: _s, echoParams: _e, ...payload } = params;
  if (!isChannel(eventChannel)) throw new RpcError(rpcCodes.permissionDenied, 'eventChannel not specified.');
  if (!maySpeak(client.person.listener, eventChannel)) throw permissionDenied();
  const { subscribedChannel: _c, eventSerno: _n, ...said } = payload;
  const own = eventChannel.split('.')[0] === 'vcc' || said['eventType'] === undefined;
  const members = membersOf({
    ...said,
    ...(own && { eventType: 'broadcast' }),
    eventTime: new Date(now()).toISOString(),
    userid: client.person.username,
    sessid: client.sessid,
    fromDisplay: client.person.displayName,
  });
  if (members.length > longestBroadcast) throw new RpcError(rpcCodes.permissionDenied, 'Payload too long');
  fanOut.publish(
    { channels: [eventChannel], members: () => members },
    localBroadcast === true ? undefined : client,
  );
  fanOut.settle();
  return {};
}

/** @throws RpcError -32602 with what is wrong */
function parse<T>(schema: z.ZodType<T>, params: Params): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = issue ? `${issue.path.join('.')}: ${issue.message}` : 'params';
  throw new RpcError(rpcCodes.permissionDenied, what);
}

/** What a login answers about its person. */
export function loginResult({ person }: Known, { core }: Stage): object {
  const { listener, username, displayName, token } = person;
  const { role, agentId, queues } = listener;
  const all = core.view.queues().map(({ queueId }): string => queueId);
  return {
    message: 'logged in',
    'auth-expires': Math.floor(token.expiresAt / 1000),
    xui_sessid: token.token,
    user: {
      name: username,
      displayName,
      role,
      queues: queues === 'all' ? all : queues,
      ...(agentId !== undefined && { agent: agentId, extn: agentId, extns: [agentId, `browser-${agentId}`] }),
    },
    channels: channelsOf(listener),
  };
}
