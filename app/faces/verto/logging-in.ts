// How a connection becomes somebody's, and stops being it.
//
//   stranger ──login──▶ known, named by its sessid ──clientReady──▶ her calls of before        logout ──▶ her calls end, closed

import { closeCodes, type Client } from './client.ts';
import { hangUpOf } from './call-methods.ts';
import type { Page } from './media-desks.ts';
import { logIn } from './person.ts';
import { authenticationFailed, isObject, noSuchMethod, RpcError, rpcCodes } from './rpc.ts';
import { loginResult } from './session-methods.ts';
import { isSessid } from './sessions.ts';
import type { Known, Params, Stage } from './stage.ts';

const mostFailedLogins = 5;

export const isKnown = (client: Client): client is Known => client.person !== undefined;

/** @throws RpcError -32000, -32001 */
export async function logInOn(client: Client, params: Params, stage: Stage): Promise<object> {
  const { sessid = crypto.randomUUID() } = params;
  if (!isSessid(sessid)) throw authenticationFailed('Missing or improper credentials');
  const before = client.person;
  const person = await logIn(stage.door, params, client).catch((error: unknown) => {
    if (!isGuess(error)) throw error;
    client.failedLogins += 1;
    if (client.failedLogins >= mostFailedLogins)
      client.afterAnswer(() => client.close(closeCodes.policy, 'too many wrong log-ins'));
    throw error;
  });
  if (before && before.username !== person.username) throw authenticationFailed('Login Incorrect');
  client.person = person;
  if (!isKnown(client)) throw noSuchMethod();
  client.failedLogins = 0;
  // In line to be checked she could say nothing.
  client.heardAt = stage.now();
  const replaced = nameOf(client, sessid, stage);
  if (!before) await greet(client, replaced, params, stage);
  return loginResult(client, stage);
}

/** The first name a connection is given stays. @throws RpcError -32001 when it is somebody else's */
export function nameOf(client: Known, sessid: string, { sessions }: Stage): Client | undefined {
  if (client.sessid !== undefined) return undefined;
  try {
    return sessions.name(client, client.person, sessid);
  } catch (error) {
    client.afterAnswer(() => client.close(closeCodes.policy, 'session in use'));
    throw error;
  }
}

export function logOutFrom(client: Known, stage: Stage): object {
  hangUpOf(client, stage);
  stage.desks.leave(client);
  client.afterAnswer(() => client.close(closeCodes.goingAway, 'logged out'));
  return { message: 'logged out' };
}

/** Right after the answer: which calls of hers are up, and what waits for her in them. */
async function greet(
  client: Known,
  replaced: Client | undefined,
  params: Params,
  stage: Stage,
): Promise<void> {
  const { desks, fanOut, log } = stage;
  const page = pageOf(params);
  const standing = await desks.comeBack(client, replaced as Known | undefined, page);
  client.afterAnswer(() => {
    client.request(fanOut.nextId(), 'verto.clientReady', { reattached_sessions: standing });
    desks.of(client)?.resume();
    if (!page.takesCalls) return;
    desks.register(client).catch((error: unknown) => {
      log.info({ err: error, username: client.person.username }, 'a page could not become a phone');
    });
  });
}

function pageOf({ userVariables }: Params): Page {
  const { media, calls } = isObject(userVariables) ? userVariables : {};
  return {
    takesCalls: media === true || media === 'true',
    ...(Array.isArray(calls) && { calls: calls.filter(isSessid) }),
  };
}

/** Asking without credentials is no guess. */
const isGuess = (error: unknown): boolean =>
  !(error instanceof RpcError && error.code === rpcCodes.authenticationRequired);
