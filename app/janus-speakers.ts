// Who may sit at a browser's end of the Janus proxy, and what is written into her calls: identity from auth, the rest from the floor.

import type { Auth, StaffPrincipal } from './auth/auth.ts';
import type { Core } from './engine/core.ts';
import { sessionId } from './domain/ids.ts';
import type { Speaker, StaffSpeaker } from '../gateway/janus/speaker.ts';

export const janusSpeakers =
  (auth: Auth, core: Core) =>
  (token: string): Speaker | undefined => {
    const principal = auth.principal(token);
    if (principal?.role === 'customer') return customer(principal, auth, core);
    const name = principal && phoneUser(principal);
    return name === undefined ? undefined : staffSpeaker(auth, name);
  };

/** Somebody of the staff whose browser is a phone, by the name her phones have. */
export const staffSpeaker = (auth: Auth, name: string): StaffSpeaker => ({
  role: 'staff',
  name,
  sip: { username: `browser-${name}`, password: auth.browserDevicePassword(name) },
});

/** An agent's phones are named after her seat, a supervisor's after her account. */
const phoneUser = (principal: StaffPrincipal): string | undefined =>
  principal.role === 'agent' ? principal.agentId : principal.username;

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
