// What a fact about a conversation is called on the vcc channels, and what it says there. Numbers and file names are in none of them.

import type { Fact } from '../../domain/floor/facts.ts';
import type { PartyName } from '../../domain/floor/session-facts.ts';
import type { AgentId } from '../../domain/ids.ts';

export interface CallEvent {
  readonly eventType: string;
  readonly about: object;
  /** The agent whose affair it is; absent: whoever the call is with. */
  readonly agentId?: AgentId;
  /** Told on the queue's channel alone: an agent does not learn who listens to her. */
  readonly supervisorsOnly?: true;
}

type Of<K extends Fact['kind']> = Extract<Fact, { kind: K }>;
type Say = { readonly [K in Fact['kind']]?: (fact: Of<K>) => CallEvent };

const party = (to: PartyName): object => {
  switch (to.kind) {
    case 'agent':
      return { kind: 'agent', agent: to.agentId };
    case 'supervisor':
      return { kind: 'supervisor' };
    case 'queue':
      return { kind: 'queue', queue: to.queueId };
    case 'number':
      return { kind: 'number' };
  }
};

const by = (
  { agentId }: { readonly agentId?: AgentId },
  eventType: string,
  about: object = {},
): CallEvent => ({ eventType, about, ...(agentId !== undefined && { agentId }) });

const dialStates = { dialling: 'dialing', earlyMedia: 'early' } as const;

const conversation: Say = {
  'offer.ringing': (fact) => by(fact, 'call-ringing'),
  'offer.missed': (fact) => by(fact, 'call-missed', { cause: fact.miss }),
  'session.held': (fact) => by(fact, 'call-held'),
  'session.resumed': (fact) => by(fact, 'call-resumed'),
  'session.holdReminder': (fact) => by(fact, 'call-hold-reminder'),
  'session.transferred': (fact) => by(fact, 'call-transferred', { to: party(fact.to), how: fact.how }),
  'session.returned': (fact) => by(fact, 'call-returned', { back: fact.to, cause: fact.cause }),
  'session.parked': (fact) =>
    by(fact, 'call-parked', { slot: fact.slot, until: new Date(fact.until).toISOString() }),
  'session.pickedUp': (fact) => by(fact, 'call-picked-up', { slot: fact.slot }),
  'session.customerAway': () => ({ eventType: 'call-customer-away', about: {} }),
  'session.customerBack': () => ({ eventType: 'call-customer-back', about: {} }),
  'session.agentAway': (fact) => by(fact, 'call-agent-away', { until: new Date(fact.until).toISOString() }),
  'session.agentBack': (fact) => by(fact, 'call-agent-back'),
  'agent.muted': (fact) => by(fact, 'call-muted', { muted: fact.muted }),
};

const besides: Say = {
  'session.recordingStarted': () => ({ eventType: 'call-recording', about: { state: 'on' } }),
  'session.recordingPaused': (fact) => by(fact, 'call-recording', { state: 'paused' }),
  'session.recordingResumed': (fact) => by(fact, 'call-recording', { state: 'on' }),
  'session.recordingStopped': () => ({ eventType: 'call-recording', about: { state: 'off' } }),
  'session.soundStarted': ({ soundId, playId }) => ({
    eventType: 'call-sound',
    about: { state: 'started', soundId, playId },
  }),
  'session.soundEnded': ({ playId, how }) => ({ eventType: 'call-sound', about: { state: how, playId } }),
};

const threeParties: Say = {
  'consult.started': (fact) => by(fact, 'call-consult', { state: 'started', to: party(fact.to) }),
  'consult.ringing': ({ to }) => ({ eventType: 'call-consult', about: { state: 'ringing', to: party(to) } }),
  'consult.answered': ({ to }) => ({
    eventType: 'call-consult',
    about: { state: 'answered', to: party(to) },
  }),
  'consult.toggled': (fact) => by(fact, 'call-consult', { state: 'toggled', facing: fact.facing }),
  'consult.ended': (fact) =>
    by(fact, 'call-consult', { state: fact.how, ...(fact.cause !== undefined && { cause: fact.cause }) }),
  'conference.started': (fact) => by(fact, 'call-conference', { state: 'started' }),
  'conference.ended': (fact) => by(fact, 'call-conference', { state: 'ended', left: fact.left }),
};

const outgoing: Say = {
  'dial.progress': (fact) =>
    by(fact, 'dial-progress', {
      leg: fact.leg === 'agent' ? 'agent' : 'dest',
      state: dialStates[fact.state as keyof typeof dialStates] ?? fact.state,
      ...(fact.cause !== undefined && { cause: fact.cause }),
    }),
};

const monitored = (
  { supervisorId, ...rest }: { readonly supervisorId: string; readonly mode?: string; readonly how?: string },
  state: string,
): CallEvent => ({
  eventType: 'call-monitor',
  about: {
    state,
    supervisor: supervisorId,
    ...(rest.mode !== undefined && { mode: rest.mode }),
    ...(rest.how !== undefined && { how: rest.how }),
  },
  supervisorsOnly: true,
});

const supervision: Say = {
  'monitor.asked': (fact) => monitored(fact, 'asked'),
  'monitor.started': (fact) => monitored(fact, 'started'),
  'monitor.mode': (fact) => monitored(fact, 'mode'),
  'monitor.tookOver': (fact) => monitored(fact, 'took-over'),
  'monitor.ended': (fact) => monitored(fact, 'ended'),
};

const say: Say = { ...conversation, ...besides, ...threeParties, ...outgoing, ...supervision };

/** @returns undefined for facts that are no event of a conversation */
export function callEvent(fact: Fact): CallEvent | undefined {
  const write = say[fact.kind] as ((fact: Fact) => CallEvent) | undefined;
  return write?.(fact);
}
