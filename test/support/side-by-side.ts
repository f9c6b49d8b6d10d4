// What two supervisors heard of the same floor, one over Verto and one over Socket.IO, in the same words: so that the lists can be held
// against each other.

import type { Board } from './people.ts';
import type { VertoClient } from './verto-client.ts';

/** States of an agent that are about a call; what she is between calls is told of her presence. */
const callStates: Readonly<Record<string, string>> = {
  offered: 'RESERVED',
  ringing: 'RINGING',
  dialling: 'DIALING',
  talking: 'TALKING',
  held: 'HELD',
  consulting: 'CONSULTING',
  conferencing: 'CONFERENCING',
  reconnecting: 'RECONNECTING',
  wrapUp: 'WRAPUP',
};
const callEvents: Readonly<Record<string, string>> = {
  'session.queued': 'queue-join',
  'offer.ringing': 'call-ringing',
  'offer.missed': 'call-missed',
  'session.connected': 'call-answered',
  'session.held': 'call-held',
  'session.resumed': 'call-resumed',
  'session.agentAway': 'call-agent-away',
  'session.agentBack': 'call-agent-back',
  'session.ended': 'call-ended',
};
const states = new Set(Object.values(callStates));
const events = new Set(Object.values(callEvents));

/** `1002 TALKING`, `call-held <call>`, in the order they came by this subscription. */
export const overVerto = (client: VertoClient, channel: string): readonly string[] =>
  client.events.flatMap(({ subscribedChannel, eventType, data }) => {
    if (subscribedChannel !== channel) return [];
    if (events.has(eventType)) return [`${eventType} ${String(data['callID'])}`];
    const state = String(data['state']);
    return eventType === 'agent-state' && states.has(state) ? [`${String(data['agent'])} ${state}`] : [];
  });

export const overSocket = ({ facts }: Board): readonly string[] =>
  facts.flatMap(({ fact }) => {
    const event = callEvents[fact.kind];
    if (event !== undefined) return [`${event} ${String(fact['sessionId'])}`];
    const state = fact.kind === 'agent.activity' ? callStates[String(fact['activity'])] : undefined;
    return state === undefined ? [] : [`${String(fact['agentId'])} ${state}`];
  });
