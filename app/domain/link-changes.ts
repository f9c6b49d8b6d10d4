// What the switch says of who is joined with whom, and what was asked of it.

import type { CallLog } from './call-log.ts';
import { ignored } from './change.ts';
import type { Instant, LegId } from './ids.ts';
import type { Connecting, LiveSession } from './session.ts';
import { to, type Of, type SessionChange } from './session-moves.ts';
import { legsOf, linkOf, wiringOf } from './wiring.ts';
import type { Link } from './link.ts';

export type Linked = Extract<LiveSession, { link: Link }>;

const isLinked = (session: LiveSession): session is Linked => linkOf(session) !== undefined;

export function changeLink(
  session: LiveSession,
  event: Of<'bridgeAsked' | 'bridged' | 'joined' | 'unbridged' | 'bridgeFailed'>,
  now: Instant,
): SessionChange {
  if (!isLinked(session)) return ignored('no bridge wanted');
  const { link } = session;
  switch (event.kind) {
    case 'bridgeAsked':
      return to(session, { ...session, link: { ...link, asked: link.asked + 1 } }, now);
    case 'bridged':
      if (link.made) return ignored('already joined');
      return made(session, link.joined, now);
    case 'joined':
      return joined(session, event.legId, now);
    case 'unbridged':
      return parted(session, event.legId, now);
    case 'bridgeFailed': {
      const log = { ...session.log, bridgeFailures: session.log.bridgeFailures + 1 };
      return to(session, { ...session, log }, now);
    }
  }
}

function made(session: Linked, joined: readonly LegId[], now: Instant): SessionChange {
  const link: Link = { made: true, asked: 0, joined };
  return session.at === 'connecting' ? connected(session, link, now) : to(session, { ...session, link }, now);
}

export function connected(session: Connecting, link: Link, now: Instant): SessionChange {
  const { sessionId, agent } = session;
  const { agentId } = agent;
  const log: CallLog = { ...session.log, connectedAt: session.log.connectedAt ?? now, agentId };
  return to(session, { ...session, at: 'talking', log, link }, now, [
    { kind: 'session.connected', sessionId, agentId },
  ]);
}

/** One more is in the room. */
function joined(session: Linked, legId: LegId, now: Instant): SessionChange {
  const { link } = session;
  const wanted = legsOf(wiringOf(session).together);
  if (link.joined.includes(legId) || !wanted.includes(legId)) return ignored('already joined');
  const all = [...link.joined, legId];
  if (all.length === wanted.length) return made(session, all, now);
  return to(session, { ...session, link: { ...link, joined: all } }, now);
}

function parted(session: Linked, legId: LegId | undefined, now: Instant): SessionChange {
  const { link } = session;
  const isIn = legId === undefined ? link.made : link.joined.includes(legId);
  if (session.at === 'connecting' || !isIn) return ignored('not joined');
  const joined = link.joined.filter((other) => other !== legId);
  return to(session, { ...session, link: { made: false, asked: 0, joined } }, now);
}
