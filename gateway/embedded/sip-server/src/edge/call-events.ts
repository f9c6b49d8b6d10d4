// Call events, for whichever application asked for them by routing `cdr:attempt`, `cdr:start` or `cdr:stop`: an INVITE came or went, a
// call was answered, it is over. Each is told by the message that made it so, with its source: the network, or an application. A call
// through us has two sides, and each is told of; those of one event go round among the applications that asked for it.
//
//   INVITE ─► attempt        2xx ─► start (role)        final failure, CANCEL, BYE ─► stop (reason)

import { serialise, type SipMessage } from '@cordboard/sip-stack';
import { cdrFrame } from '../control/frames.ts';
import type { Edge } from './edge.ts';

type Source = 'network' | 'application';
type Role = 'uac' | 'uas' | 'proxy-uac' | 'proxy-uas';
/** The last: a BYE of ours. */
type Reason = 'call-rejected' | 'call-canceled' | 'normal-release' | 'system-initiated-termination';

function tell(edge: Edge, event: string, source: Source, detail: string, message: SipMessage): void {
  const app = edge.routes.pick(event);
  app?.send(cdrFrame(event, source, detail, serialise(message)));
}

export const attempted = (edge: Edge, source: Source, invite: SipMessage): void =>
  tell(edge, 'cdr:attempt', source, '', invite);

/** A final response to the INVITE that begins a call. */
export function decided(
  edge: Edge,
  source: Source,
  role: Role,
  response: SipMessage & { status: number },
): void {
  const { status } = response;
  if (status < 200) return;
  if (status < 300) return tell(edge, 'cdr:start', source, role, response);
  stopped(edge, source, status === 487 ? 'call-canceled' : 'call-rejected', response);
}

/** @param message the BYE, the INVITE that was cancelled, or the answer that refused it */
export const stopped = (edge: Edge, source: Source, reason: Reason, message: SipMessage): void =>
  tell(edge, 'cdr:stop', source, reason, message);
