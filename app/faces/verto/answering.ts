// A frame's requests, performed one after another, and what is said in return.

import { isSessid } from './sessions.ts';
import type { Client } from './client.ts';
import { callcenterMethods } from './callcenter.ts';
import { callMethods } from './call-methods.ts';
import { callVerbs } from './call-verbs.ts';
import { jsapi } from './jsapi.ts';
import { isKnown, logInOn, logOutFrom, nameOf } from './logging-in.ts';
import {
  errorAnswer,
  noSuchMethod,
  resultAnswer,
  RpcError,
  rpcCodes,
  type Frame,
  type Message,
  type RpcRequest,
} from './rpc.ts';
import { sessionMethods } from './session-methods.ts';
import type { Method, Stage } from './stage.ts';

const methods: Readonly<Record<string, Method>> = {
  ...sessionMethods,
  ...callcenterMethods,
  ...callVerbs,
  ...callMethods,
  jsapi,
};

/** What her budget says of a message. */
export type Admission = 'pass' | 'refuse' | 'leave';

/** @param admitted by message */
export async function answerFrame(
  client: Client,
  { batch, messages }: Frame,
  admitted: readonly Admission[],
  stage: Stage,
): Promise<void> {
  const answers: string[] = [];
  for (const [index, message] of messages.entries()) {
    const answer = admitted[index] === 'refuse' ? tooMany(message) : await answerTo(client, message, stage);
    if (answer !== undefined) answers.push(answer);
  }
  if (batch && answers.length > 0) client.say(`[${answers.join(',')}]`);
  else if (answers[0] !== undefined) client.say(answers[0]);
  client.answered();
}

async function answerTo(client: Client, message: Message, stage: Stage): Promise<string | undefined> {
  if (message.kind === 'answer' || client.over) return undefined;
  if (message.kind === 'wrong') return JSON.stringify(errorAnswer(message.id, message.error));
  const { request } = message;
  try {
    const result = await perform(client, request, stage);
    if (request.id === undefined) return undefined;
    const echoed = request.params['echoParams'] ? { requestParams: request.params } : {};
    const named = client.sessid === undefined ? {} : { sessid: client.sessid };
    return JSON.stringify(resultAnswer(request.id, { ...result, ...named, ...echoed }));
  } catch (error) {
    const shown = asRpcError(error);
    if (shown.code === rpcCodes.internal) stage.log.error({ err: error }, 'a verto request failed');
    return request.id === undefined ? undefined : JSON.stringify(errorAnswer(request.id, shown));
  }
}

async function perform(client: Client, { method, params }: RpcRequest, stage: Stage): Promise<object> {
  if (method === 'login') return logInOn(client, params, stage);
  if (!isKnown(client)) throw new RpcError(rpcCodes.authenticationRequired, 'Authentication Required');
  // The first name a client gives itself is its name from then on.
  if (isSessid(params['sessid'])) nameOf(client, params['sessid'], stage);
  if (method === 'logout') return logOutFrom(client, stage);
  const act = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!act) throw noSuchMethod();
  return act(client, params, stage);
}

function tooMany(message: Message): string | undefined {
  const error = new RpcError(rpcCodes.tooMany, 'Too many requests');
  if (message.kind === 'wrong') return JSON.stringify(errorAnswer(message.id, error));
  const asks = message.kind === 'request' && message.request.id !== undefined;
  return asks ? JSON.stringify(errorAnswer(message.request.id, error)) : undefined;
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  // What was parsed can be nested deeper than it can be written again; that is the client's doing.
  if (error instanceof RangeError) return new RpcError(rpcCodes.invalidRequest, 'Invalid Request');
  return new RpcError(rpcCodes.internal, 'Something went wrong on our side');
}
