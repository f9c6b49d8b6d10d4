// Who may sit at a browser's end of the Janus proxy, and what is written into her calls: identity from auth, the rest from the floor.

import type { Auth } from './auth/auth.ts';
import type { Core } from './engine/core.ts';
import { sessionId } from './domain/ids.ts';
import type { Speaker } from '../gateway/janus/speaker.ts';

export const janusSpeakers =
  (auth: Auth, core: Core) =>
  (token: string): Speaker | undefined => {
    const principal = auth.principal(token);
    if (principal?.role === 'customer') return customer(principal, auth, core);
    if (principal?.role !== 'agent' || principal.agentId === undefined) return undefined;
    const { agentId } = principal;
    return {
      role: 'agent',
      agentId,
      sip: { username: `browser-${agentId}`, password: auth.browserDevicePassword(agentId) },
    };
  };

function customer(call: { sessionId: string; queueId: string }, auth: Auth, core: Core): Speaker | undefined {
  const live = () => {
    const session = core.view.session(sessionId(call.sessionId));
    return session?.state === 'ended' ? undefined : session;
  };
  const session = live();
  if (!session) return undefined;
  return {
    role: 'customer',
    ...call,
    ...(session.customerName !== undefined && { displayName: session.customerName }),
    callTicket: () => (live() ? auth.makeTicket(call) : undefined),
  };
}
