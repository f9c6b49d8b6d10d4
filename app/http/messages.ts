// Messages callers left, for those who serve their queues.

import type { StaffPrincipal } from '../auth/auth.ts';
import { agentId } from '../domain/ids.ts';
import type { Core } from '../engine/core.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { Message, Messages } from '../ports/messages.ts';
import { Refused, submit } from '../realtime/commands.ts';
import { maskName, maskNumber } from '../realtime/masking.ts';
import type { Implementation } from './routes.ts';

interface Options {
  readonly core: Core;
  readonly messages: Messages;
  readonly recordings: { readonly accounts: Accounts };
  readonly now: () => number;
}

export function messages(options: Options): Pick<Implementation, 'listMessages' | 'handleMessage'> {
  const { core, messages: kept, now } = options;
  return {
    async listMessages({ principal, query: { handled, limit } }) {
      const queues = await queuesOf(options, principal);
      const found = await kept.list({
        limit,
        ...(queues && { queues }),
        ...(handled !== undefined && { handled: handled === 'true' }),
      });
      return { messages: found.map((message) => shown(message, principal)) };
    },

    async handleMessage({ principal, param }) {
      const recordingId = param('recordingId');
      const [found, queues] = [await kept.find(recordingId), await queuesOf(options, principal)];
      if (!found || (queues && !queues.includes(found.queueId))) throw new Refused('not_found');
      await kept.handle(recordingId, principal.username, now());
      submit(core, { kind: 'message.handled', ...about(found), by: principal.username });
      return { ok: true };
    },
  };
}

const about = ({ sessionId, queueId }: Message) => ({ sessionId, queueId });

/** Whose messages she sees; undefined: everybody's. */
async function queuesOf(
  { core, recordings }: Options,
  { role, username, agentId: id }: StaffPrincipal,
): Promise<readonly string[] | undefined> {
  if (role === 'admin') return undefined;
  if (role === 'agent') return core.view.agent(agentId(id ?? username))?.queues ?? [];
  return (await recordings.accounts.account(username))?.queues;
}

function shown(message: Message, { role }: StaffPrincipal) {
  const { customerNumber: number, customerName: name, ...rest } = message;
  if (role !== 'agent') return message;
  return {
    ...rest,
    customerNumber: number === null ? null : maskNumber(number),
    customerName: name === null ? null : maskName(name),
  };
}
