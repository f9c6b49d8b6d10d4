// Event channels: names of segments between dots, heard by whoever subscribed to the name itself or to a beginning of it.
//
//   vcc                      everything of the call centre        vcc.default.1007 is heard on vcc, on vcc.default
//   vcc.<queue>              one queue and its agents             and on vcc.default.1007, once on each
//   vcc.<queue>.<agent>      one agent
//   chat.<queue>[.…]         free for its members                 user.<name>[.…]    one person's own pages among themselves
//
// A dot within a queue's or agent's name is written %2E. Who may hear or speak where is decided here and nowhere else.

import type { StaffPrincipal } from '../../auth/auth.ts';

/** What a person's channels follow from. */
export interface Listener {
  readonly role: StaffPrincipal['role'];
  readonly name: string;
  /** Set for agents. */
  readonly agentId?: string | undefined;
  /** An agent's queues; a supervisor's group. `all`: no bounds. */
  readonly queues: readonly string[] | 'all';
}

const channelName = /^[A-Za-z0-9_%-]{1,96}(?:\.[A-Za-z0-9_%-]{1,96}){0,4}$/;

export const isChannel = (name: unknown): name is string =>
  typeof name === 'string' && channelName.test(name);

export const segment = (name: string): string => name.replaceAll('%', '%25').replaceAll('.', '%2E');
const plain = (part: string): string => part.replaceAll('%2E', '.').replaceAll('%25', '%');

export const queueChannel = (queue: string): string => `vcc.${segment(queue)}`;
export const agentChannel = (queue: string, agent: string): string =>
  `${queueChannel(queue)}.${segment(agent)}`;

/** The name and every beginning of it, shortest first: `vcc`, `vcc.default`, `vcc.default.1007`. */
export function prefixesOf(channel: string): readonly string[] {
  const parts = channel.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

/** May she hear this channel and everything below it? */
export function mayHear(listener: Listener, channel: string): boolean {
  if (listener.role === 'admin') return true;
  const [family, first, second] = channel.split('.');
  switch (family) {
    case 'vcc':
      return mayHearQueue(listener, first, second);
    case 'chat':
      return hasQueue(listener, first);
    case 'user':
      return first !== undefined && plain(first) === listener.name;
    default:
      return false;
  }
}

/** May she say something there? States are the server's to tell, so an agent says nothing on `vcc`. */
export function maySpeak(listener: Listener, channel: string): boolean {
  if (listener.role === 'agent' && channel.split('.')[0] === 'vcc') return false;
  return mayHear(listener, channel);
}

function mayHearQueue(listener: Listener, queue: string | undefined, agent: string | undefined): boolean {
  if (listener.role === 'supervisor') return hasQueue(listener, queue);
  const own = agent !== undefined && plain(agent) === listener.agentId;
  return own && queue !== undefined && hasQueue(listener, queue);
}

const hasQueue = ({ queues }: Listener, queue: string | undefined): boolean =>
  queues === 'all' || (queue !== undefined && queues.includes(plain(queue)));

/** What she may subscribe to, for her to choose from. */
export function channelsOf(listener: Listener): readonly string[] {
  const { queues, agentId, role, name } = listener;
  const own = `user.${segment(name)}`;
  if (queues === 'all') return ['vcc', 'chat', own];
  const chats = queues.map((queue) => `chat.${segment(queue)}`);
  const vcc =
    role === 'agent'
      ? queues.flatMap((queue) => (agentId === undefined ? [] : agentChannel(queue, agentId)))
      : queues.map(queueChannel);
  return [...vcc, ...chats, own];
}
