// No leg is in two conversations, and nobody hears whom she should not: what the floor wants joined, held against what the switch
// has joined.

import type { SessionView } from '../../app/domain/floor/view.ts';
import type { Evidence, SwitchLeg } from './invariants.ts';

export const graceMs = 5_000;

/** Every leg a session says it has. */
export function legsOf({ customerLeg, agentLeg, third, monitors = [] }: SessionView): readonly string[] {
  const legs = [customerLeg, agentLeg, third?.legId, ...monitors.map(({ legId }) => legId)];
  return legs.filter((leg) => leg !== undefined);
}

export function sharedLegs(sessions: readonly SessionView[]): readonly string[] {
  const owners = new Map<string, string>();
  const found: string[] = [];
  for (const session of sessions) {
    if (session.state === 'ended') continue;
    for (const leg of legsOf(session)) {
      const other = owners.get(leg);
      if (other !== undefined) found.push(`leg ${leg} is in sessions ${other} and ${session.sessionId}`);
      owners.set(leg, session.sessionId);
    }
  }
  return found;
}

/** Whoever is joined on the switch is meant to be, by the one session both are in. */
export function overheard(
  sessions: readonly SessionView[],
  legs: readonly SwitchLeg[],
  { now, graceMs: grace = graceMs }: Evidence,
): readonly string[] {
  const sessionOf = new Map(
    sessions.flatMap((session) => legsOf(session).map((leg) => [leg, session] as const)),
  );
  return legs.flatMap(({ legId, bridgedTo, room }) => {
    const session = sessionOf.get(legId);
    if (session === undefined || now - session.since < grace) return [];
    const together: readonly string[] = session.together ?? [];
    if (bridgedTo !== undefined && !(together.includes(legId) && together.includes(bridgedTo)))
      return [`leg ${legId} hears ${bridgedTo}, and session ${session.sessionId} is ${session.state}`];
    const conferring = session.state === 'conferencing' && session.sessionId === room;
    if (room !== undefined && !(conferring && together.includes(legId)))
      return [`leg ${legId} is in room ${room}, and session ${session.sessionId} is ${session.state}`];
    const isAlone = bridgedTo === undefined && room === undefined;
    if (session.joined === true && isAlone && together.includes(legId))
      return [`leg ${legId} hears nobody, and session ${session.sessionId} says it is joined`];
    return [];
  });
}
