// Who hears whom. It follows from the state alone, and this is the one place that says how: the floor compares the wiring of a
// session before and after each step and asks the switch for the difference (floor/wire.ts); the reconciler holds it against
// what the switch shows; the model tests hold it against what anybody could hear.
//
//   talking        customer ═ agent                       away: the agent hears music
//   held           customer ♪ · agent silence
//   consulting     agent ═ third · customer ♪             unanswered: the agent hears it ring; facing the customer: third ♪
//   conferencing   room: customer ═ agent ═ third
//   transferring   customer hears it ring                 transferred: customer ═ third        aside: agent ═ third
//   rejoining      customer ♪
//   dialling       agent hears it ring, or early sound    waiting, ringing, parked: customer ♪

import type { LegId } from './ids.ts';
import type { Link } from './link.ts';
import type { Leg } from './party.ts';
import type { Consulting, Customer, Dialling, Session, Third } from './session.ts';

export type Together =
  | { readonly kind: 'apart' }
  | { readonly kind: 'pair'; readonly a: LegId; readonly b: LegId }
  | { readonly kind: 'room'; readonly legs: readonly LegId[] };

export interface Wiring {
  readonly together: Together;
  /** False while a leg has not answered: bridging it would end both (FreeSWITCH). */
  readonly ready: boolean;
  /** What the others hear; nothing where nothing is said. */
  readonly hears: ReadonlyMap<LegId, 'music' | 'ringback'>;
}

const apart: Together = { kind: 'apart' };
const nothing: Wiring = { together: apart, ready: true, hears: new Map() };

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function wiringOf(session: Session): Wiring {
  switch (session.at) {
    case 'waiting':
    case 'offered':
    case 'parked':
    case 'held':
    case 'rejoining':
      return hearing('music', here(session.customer));
    case 'connecting':
    case 'talking':
      return withCustomer(session.customer, session.agent.leg);
    case 'consulting':
      return consulting(session);
    case 'conferencing':
      return room([here(session.customer), session.agent.leg, session.third.leg]);
    case 'transferring':
      return hearing('ringback', here(session.customer));
    case 'transferred':
      return withCustomer(session.customer, session.third.leg);
    case 'aside':
      return pair(session.agent.leg, session.third.leg);
    case 'dialling':
      return dialling(session);
    case 'arriving':
    case 'menu':
    case 'notifying':
    case 'surveying':
    case 'ended':
      return nothing;
  }
}

const here = (customer: Customer): Leg | undefined => (customer.at === 'here' ? customer.leg : undefined);

function hearing(what: 'music' | 'ringback', ...legs: readonly (Leg | undefined)[]): Wiring {
  const hears = legs.flatMap((leg) => (leg ? [[leg.legId, what] as const] : []));
  return { ...nothing, hears: new Map(hears) };
}

function pair(a: Leg, b: Leg): Wiring {
  const ready = a.answeredAt !== null && b.answeredAt !== null;
  return { together: { kind: 'pair', a: a.legId, b: b.legId }, ready, hears: new Map() };
}

/** Whoever has a customer who is away hears music until she is back. */
function withCustomer(customer: Customer, other: Leg): Wiring {
  return customer.at === 'here' ? pair(customer.leg, other) : hearing('music', other);
}

function room(legs: readonly (Leg | undefined)[]): Wiring {
  const present = legs.filter((leg) => leg !== undefined);
  const ready = present.every(({ answeredAt }) => answeredAt !== null);
  return { together: { kind: 'room', legs: present.map(({ legId }) => legId) }, ready, hears: new Map() };
}

function consulting({ customer, agent, third, facing }: Consulting): Wiring {
  if (facing === 'customer') return both(withCustomer(customer, agent.leg), hearing('music', third.leg));
  const waits = hearing('music', here(customer));
  return both(isThere(third) ? pair(agent.leg, third.leg) : hearing('ringback', agent.leg), waits);
}

const isThere = (third: Third): boolean => third.progress === 'answered';

function both(first: Wiring, second: Wiring): Wiring {
  return { ...first, hears: new Map([...first.hears, ...second.hears]) };
}

function dialling({ agent, stage }: Dialling): Wiring {
  if (stage.at !== 'destination') return nothing;
  // Early sound: the switch bridges a leg that has it before its answer.
  if (!stage.early) return hearing('ringback', agent.leg);
  return { ...pair(agent.leg, stage.leg), ready: true };
}

/** Two wirings of one key ask the same of the switch. */
export function keyOf(together: Together): string {
  switch (together.kind) {
    case 'apart':
      return '';
    case 'pair':
      return [together.a, together.b].sort().join('=');
    case 'room':
      return ['room', ...together.legs].join('=');
  }
}

export function legsOf(together: Together): readonly LegId[] {
  if (together.kind === 'apart') return [];
  return together.kind === 'pair' ? [together.a, together.b] : together.legs;
}

/** What the switch has confirmed so far; undefined where nobody is to be joined. */
export function linkOf(session: Session): Link | undefined {
  return 'link' in session && wiringOf(session).together.kind !== 'apart' ? session.link : undefined;
}
