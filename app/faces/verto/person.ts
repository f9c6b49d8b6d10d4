// Who is on the other end of a socket: password or token in, a person out, and kept as long as the shift lasts.

import type { Auth, StaffToken } from '../../auth/auth.ts';
import { scopeOf, type Groups } from '../../auth/groups.ts';
import type { Core } from '../../engine/core.ts';
import { agentId } from '../../domain/ids.ts';
import type { Listener } from './channels.ts';
import { authenticationFailed, isObject, RpcError, rpcCodes } from './rpc.ts';

export interface Person {
  readonly username: string;
  readonly displayName: string;
  readonly listener: Listener;
  /** Renewed while she is connected. */
  token: StaffToken;
}

export interface Door {
  readonly auth: Auth;
  readonly core: Core;
  /** Domains a login may name; absent: any, for there is one floor. */
  readonly domains?: readonly string[] | undefined;
  readonly groups: Groups;
}

const longestSecret = 2048;

/** Who asks to be let in. */
export interface Caller {
  readonly address: string;
  /** She has left meanwhile. */
  readonly over: boolean;
}

/** @throws RpcError -32001, told apart only where mod_verto does */
export async function logIn(
  door: Door,
  params: Readonly<Record<string, unknown>>,
  caller: Caller,
): Promise<Person> {
  const { login, passwd, loginParams } = params;
  const token = isObject(loginParams) ? loginParams['xui_sessid'] : undefined;
  // verto.js asks without credentials first, and gives them when it hears that they are needed.
  if (login === undefined) throw new RpcError(rpcCodes.authenticationRequired, 'Authentication Required');
  if (typeof login !== 'string' || login === '' || login.length > 320)
    throw authenticationFailed('Missing or improper credentials');
  const [username = '', domain] = splitLogin(login);
  if (typeof token === 'string' && token !== '') return byToken(door, username, domain, token);
  if (typeof passwd !== 'string' || passwd === '') throw authenticationFailed('Missing passwd');
  if (passwd.length > 256) throw authenticationFailed('Login Incorrect');
  const answer = await door.auth.signIn(username.slice(0, 64), passwd, caller.address, () => !caller.over);
  if (answer.outcome === 'tooMany')
    throw authenticationFailed('Too many attempts', { retryAfterMs: answer.retryAfterMs });
  // After the password: a wrong domain must not tell whether the name exists.
  if (answer.outcome === 'wrong' || !domainFits(door, domain)) throw authenticationFailed('Login Incorrect');
  return personOf(door, answer);
}

async function byToken(
  door: Door,
  username: string,
  domain: string | undefined,
  token: string,
): Promise<Person> {
  const principal = token.length > longestSecret ? undefined : door.auth.principal(token);
  const hers = principal && principal.role !== 'customer' && principal.username === username;
  const fresh = hers && domainFits(door, domain) ? await door.auth.renew(token) : undefined;
  if (!fresh) throw authenticationFailed('Authentication Failure');
  return personOf(door, fresh);
}

const splitLogin = (login: string): readonly string[] => {
  const at = login.lastIndexOf('@');
  return at < 0 ? [login] : [login.slice(0, at), login.slice(at + 1)];
};

const domainFits = ({ domains }: Door, domain: string | undefined): boolean =>
  domains === undefined || domain === undefined || domains.includes(domain);

function personOf(door: Door, token: StaffToken): Person {
  const { username, displayName, role, agentId: agent } = token.account;
  const queues = (): readonly string[] | 'all' => {
    if (role === 'agent') return door.core.view.agent(agentId(agent ?? username))?.queues ?? [];
    return scopeOf(door.groups, { role, username }).queues;
  };
  const listener: Listener = {
    role,
    name: username,
    agentId: role === 'agent' ? (agent ?? username) : undefined,
    // Asked each time: an administrator may have changed them since.
    get queues() {
      return queues();
    },
  };
  return { username, displayName, listener, token };
}
