// What each operation of /api/v1 does: a few lines each, the decisions are elsewhere.

import { agentId, queueId, sessionId } from '../domain/ids.ts';
import { scopeOf, type Groups, type Scope } from '../auth/groups.ts';
import type { Auth, CustomerPrincipal, StaffPrincipal } from '../auth/auth.ts';
import { iceServersFor, turnCredentialsMs, type TurnServer } from '../auth/turn.ts';
import type { SignedIn } from '../contract/access.ts';
import { callCommands, type CallCommand, type MonitorCommand } from '../contract/call-control.ts';
import { callOperation } from '../contract/operations.ts';
import type { SessionMade } from '../contract/sessions.ts';
import type { Records, RecordDetail } from '../ports/records.ts';
import {
  signInInput,
  agentInput,
  callInput,
  dial,
  monitorInput,
  notify,
  rate,
  Refused,
  submit,
  supervise,
  wrapUp,
  type Desk,
  type PlainAgentCommand,
} from '../realtime/commands.ts';
import {
  call,
  callDetail,
  colleague,
  customerSession,
  customerSessionOf,
  ownAgent,
  queue,
} from '../realtime/views.ts';
import type { Messages } from '../ports/messages.ts';
import { figures } from './figures.ts';
import { messages } from './messages.ts';
import { recordings, type RecordingDoor } from './recordings.ts';
import { supervisors } from './supervisors.ts';
import { telephony, type TelephonyDoor } from './telephony.ts';
import { bearerToken, type Asked, type Implementation } from './routes.ts';

export interface ApiOptions extends Desk {
  readonly auth: Auth;
  readonly groups: Groups;
  readonly records: Records;
  readonly recordings: RecordingDoor;
  readonly telephony: TelephonyDoor;
  readonly messages: Messages;
  /** Ids of what can be played into a call. */
  readonly sounds: () => Promise<readonly string[]>;
  /** TURN servers browsers may use. */
  readonly turn: readonly TurnServer[];
  /** A random uuid v4. */
  readonly newId: () => string;
  /** Without a slash at its end. */
  readonly publicUrl: () => string;
}

const done = { ok: true } as const;

export function createApi(options: ApiOptions): Implementation {
  return {
    ...access(options),
    ...customer(options),
    ...agent(options),
    ...callControl(options),
    ...monitoring(options),
    ...supervisors(options),
    ...floor(options),
    ...calls(options),
    ...recordings(options),
    ...telephony(options.telephony),
    ...messages(options),
    ...figures(options),
  };
}

type Access = 'signIn' | 'renewToken' | 'readLink' | 'makeLink' | 'readIceServers';

function access({ auth, groups, core, publicUrl, turn, now }: ApiOptions): Pick<Implementation, Access> {
  return {
    async signIn({ body, context }) {
      const answer = await auth.signIn(body.username, body.password, context.ip);
      if (answer.outcome === 'signedIn') return signedIn(answer);
      if (answer.outcome === 'wrong')
        throw new Refused('wrong_credentials', 'The user name or the password is wrong');
      context.set('Retry-After', String(Math.ceil(answer.retryAfterMs / 1000)));
      throw new Refused('too_many_attempts', 'Too many failed attempts; try again later');
    },
    async renewToken({ context }) {
      const answer = await auth.renew(bearerToken(context) ?? '');
      if (!answer) throw new Refused('unauthenticated');
      return signedIn(answer);
    },
    readLink({ param }) {
      const terms = openLink(auth, param('token'));
      const queue = core.view.queues().find(({ queueId: id }) => id === terms.queueId);
      const { open = false, takesCalls = false, opensAt } = queue ?? {};
      return { ...terms, open, takesCalls, ...(opensAt !== undefined && { opensAt }) };
    },
    makeLink({ principal, body }) {
      const scope = scopeOf(groups, principal);
      if (!core.view.queues().some(({ queueId: id }) => id === body.queueId && scope.queue(id)))
        throw new Refused('unknown_queue');
      const { label, expiresAt } = body;
      const token = auth.makeLink({
        queueId: body.queueId,
        ...(label !== undefined && { label }),
        ...(expiresAt !== undefined && { expiresAt }),
      });
      return { token, path: `/c/${token}`, url: `${publicUrl()}/c/${token}` };
    },
    readIceServers({ principal }) {
      const person = principal.role === 'customer' ? principal.sessionId : principal.username;
      const iceServers = iceServersFor(turn, person, now());
      return {
        iceServers: iceServers.map(({ urls, ...rest }) => ({ urls: [...urls], ...rest })),
        expiresAt: now() + turnCredentialsMs,
      };
    },
  };
}

const signedIn = ({ token, expiresAt, account }: Awaited<ReturnType<Auth['renew']>> & object): SignedIn => ({
  token,
  expiresAt,
  role: account.role,
  username: account.username,
  displayName: account.displayName,
  ...(account.agentId !== undefined && { agentId: account.agentId }),
});

function openLink(auth: Auth, token: string) {
  const link = auth.openLink(token);
  if (link.outcome === 'open') return link.terms;
  if (link.outcome === 'expired') throw new Refused('link_expired', 'This link is no longer good');
  throw new Refused('link_invalid', 'This link is not one of ours');
}

type Customer = 'makeSession' | 'readSession' | 'hangUpSession' | 'rateSession';

function customer(options: ApiOptions): Pick<Implementation, Customer> {
  const { auth, core, records } = options;

  const read = async (id: string) => {
    const live = core.view.session(sessionId(id));
    const kept = live && live.state !== 'ended' ? undefined : await records.find(id);
    if (live) return customerSession(core.view, live, (kept?.record.stars ?? null) !== null);
    if (kept) return customerSessionOf(kept.record);
    throw new Refused('unknown_session');
  };

  const answer = async (id: string, queue: string): Promise<SessionMade> => ({
    sessionId: id,
    ...auth.sessionToken(id, queue),
    session: await read(id),
  });

  return {
    async makeSession({ body, idempotencyKey }) {
      const terms = openLink(auth, body.link);
      const id =
        idempotencyKey === undefined ? options.newId() : auth.sessionIdFor(body.link, idempotencyKey);
      const made = idempotencyKey !== undefined && (await isKnown(options, id));
      if (!made) {
        const { displayName } = body;
        const wish = {
          kind: 'customer.request',
          sessionId: sessionId(id),
          queueId: queueId(terms.queueId),
        } as const;
        submit(core, { ...wish, ...(displayName !== undefined && { displayName }) });
      }
      return answer(id, terms.queueId);
    },
    readSession: (asked) => read(ownSession(asked)),
    hangUpSession(asked) {
      submit(core, { kind: 'customer.hangUp', sessionId: sessionId(ownSession(asked)) });
      return done;
    },
    async rateSession(asked) {
      await rate(options, ownSession(asked), { ...asked.body, idempotencyKey: asked.idempotencyKey });
      return done;
    },
  };
}

/** A repeated key after the answer got lost, even across a restart: the session is on the floor, or on record. */
const isKnown = async ({ core, records }: ApiOptions, id: string): Promise<boolean> =>
  core.view.session(sessionId(id)) !== undefined || (await records.find(id)) !== undefined;

/** Somebody else's session looks exactly like one that does not exist. */
function ownSession({
  principal,
  param,
}: {
  principal: CustomerPrincipal;
  param: (name: string) => string;
}): string {
  if (param('sessionId') !== principal.sessionId) throw new Refused('unknown_session');
  return principal.sessionId;
}

type Agent =
  | 'readOwnAgent'
  | 'agentSignIn'
  | 'agentSignOut'
  | 'agentReady'
  | 'agentBreak'
  | 'agentAnswer'
  | 'agentDecline'
  | 'agentHold'
  | 'agentResume'
  | 'agentHangUp'
  | 'agentWrapUp';

function agent(options: ApiOptions): Pick<Implementation, Agent> {
  const { core } = options;
  const plain =
    (name: PlainAgentCommand) =>
    ({ principal }: { principal: StaffPrincipal }) => {
      submit(core, agentInput(name, ownId(principal)));
      return done;
    };
  return {
    readOwnAgent({ principal }) {
      const view = core.view.agent(agentId(ownId(principal)));
      if (!view) throw new Refused('unknown_agent');
      return ownAgent(view);
    },
    agentSignIn({ principal, body }) {
      const id = ownId(principal);
      submit(core, signInInput(body, id));
      return done;
    },
    agentBreak({ principal, body }) {
      submit(core, { kind: 'agent.break', agentId: agentId(ownId(principal)), reason: body.reason });
      return done;
    },
    async agentWrapUp({ principal, body, idempotencyKey }) {
      await wrapUp(options, ownId(principal), { ...body, idempotencyKey });
      return done;
    },
    agentSignOut: plain('signOut'),
    agentReady: plain('ready'),
    agentAnswer: plain('answer'),
    agentDecline: plain('decline'),
    agentHold: plain('hold'),
    agentResume: plain('resume'),
    agentHangUp: plain('hangUp'),
  };
}

type CallControl = `agent${Capitalize<CallCommand>}`;

/** One operation for each command, and the outgoing calls, which answer with the id of their session. */
function callControl(
  options: ApiOptions,
): Pick<Implementation, CallControl | 'agentDial' | 'listSounds' | 'requestNotification'> {
  const { core, sounds } = options;
  const perform = (name: CallCommand) => [
    callOperation(name),
    ({ principal, body }: { principal: StaffPrincipal; body: never }) => {
      submit(core, callInput(name, body, ownId(principal)));
      return done;
    },
  ];
  return {
    ...(Object.fromEntries((Object.keys(callCommands) as CallCommand[]).map(perform)) as Pick<
      Implementation,
      CallControl
    >),
    listSounds: async () => ({ sounds: (await sounds()).map((soundId) => ({ soundId })) }),
    agentDial: ({ principal, body }) => ({ sessionId: dial(options, ownId(principal), body) }),
    requestNotification: ({ principal, body }) => ({
      sessionId: notify(options, principal.username, body),
    }),
  };
}

function monitoring({ core, groups }: ApiOptions): Pick<Implementation, MonitorCommand> {
  const perform =
    <Name extends MonitorCommand>(name: Name) =>
    ({ principal, param, body }: Asked<Name>) => {
      const wish = { ...(body as object), sessionId: param('sessionId') };
      const by = principal as StaffPrincipal;
      supervise(core, scopeOf(groups, by), monitorInput(name, wish as never, by.username));
      return done;
    };
  return {
    monitor: perform('monitor'),
    monitorMode: perform('monitorMode'),
    takeOver: perform('takeOver'),
    stopMonitoring: perform('stopMonitoring'),
  };
}

const ownId = ({ agentId: id, username }: StaffPrincipal): string => id ?? username;

type Floor = 'listAgents' | 'listQueues' | 'signOutAgent' | 'endSession';

function floor({ core, groups }: ApiOptions): Pick<Implementation, Floor> {
  return {
    listAgents({ principal }) {
      const shown = core.view.agents().filter(scopeOf(groups, principal).agent);
      return { agents: shown.map(principal.role === 'agent' ? colleague : ownAgent) };
    },
    listQueues({ principal }) {
      const scope = scopeOf(groups, principal);
      return {
        queues: core.view
          .queues()
          .filter(({ queueId: id }) => scope.queue(id))
          .map(queue),
      };
    },
    signOutAgent({ principal, param }) {
      supervise(core, scopeOf(groups, principal), {
        kind: 'supervisor.signOutAgent',
        agentId: agentId(param('agentId')),
        by: principal.username,
      });
      return done;
    },
    endSession({ principal, param }) {
      supervise(core, scopeOf(groups, principal), {
        kind: 'supervisor.endSession',
        sessionId: sessionId(param('sessionId')),
        by: principal.username,
      });
      return done;
    },
  };
}

type Calls = 'listCalls' | 'readCall';

function calls({ records, groups }: ApiOptions): Pick<Implementation, Calls> {
  return {
    async listCalls({ principal, query }) {
      const { limit, after, queueId: ofQueue, agentId: ofAgent, ending, from, to } = query;
      const asked = {
        queueId: ofQueue,
        ending,
        from,
        to,
        after,
        agentId: principal.role === 'agent' ? ownId(principal) : ofAgent,
      };
      const { queues } = scopeOf(groups, principal);
      const bounds = queues === 'all' ? {} : { queues };
      const page = await records.list({ limit, ...defined(asked), ...bounds });
      return { calls: page.calls.map((record) => call(record, numbersFor(principal))), next: page.next };
    },
    async readCall({ principal, param }) {
      const found = await records.find(param('sessionId'));
      if (!found || !maySee(principal, scopeOf(groups, principal), found))
        throw new Refused('unknown_session');
      return callDetail(found, numbersFor(principal));
    },
  };
}

const numbersFor = ({ role }: StaffPrincipal) => (role === 'agent' ? 'masked' : 'full');

/** An agent sees the calls that were offered to her or that she had; a supervisor those of her group. */
const maySee = (principal: StaffPrincipal, scope: Scope, { record }: RecordDetail): boolean =>
  (principal.role !== 'agent' && scope.session(record)) ||
  record.agentId === ownId(principal) ||
  record.offers.some((offer) => offer.agentId === ownId(principal));

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
