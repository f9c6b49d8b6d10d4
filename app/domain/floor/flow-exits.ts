// Out of a flow: into a line, to one agent, to a number. Where that cannot be, the flow goes on.

import { isAvailable } from '../agent.ts';
import type { FlowPlace, FlowStep } from '../flow.ts';
import type { SessionId } from '../ids.ts';
import { flowAtDoor, isClosed, refusalToJoin } from '../queue.ts';
import type { InFlow, Menu } from '../session.ts';
import { canRing } from './by-edge.ts';
import { moveSession, queueOf } from './books.ts';
import { outsideNumber } from './numbers.ts';
import { askConsent, consentOf, isAtConsent } from './consent.ts';
import { endSession } from './moves.ts';
import { offerTo } from './offers.ts';
import { callThird, newThird, refusalToCall } from './third.ts';
import type { Work } from './work.ts';

export type AtStep = Menu & { readonly step: InFlow };
type StepOf<K extends FlowStep['kind']> = Extract<FlowStep, { kind: K }>;

const placeFor = ({ floor }: Work, { sessionId, log }: AtStep) => ({
  sessionId,
  head: false,
  priority: log.priority,
  sequence: floor.sequence++,
});

const at = ({ step }: AtStep, name: string): FlowPlace => ({ flowId: step.flowId, step: name });

/** In line there; or what that queue says when it is closed, unless this step says something else. */
export function joinQueue(work: Work, session: AtStep, { queueId, otherwise }: StepOf<'queue'>): void {
  const { floor, now } = work;
  const { sessionId } = session;
  const queue = queueOf(floor, queueId);
  const closed = isClosed(queue, now);
  if (refusalToJoin(queue, now) === undefined) {
    line(work, session, sessionId, queueId);
    return;
  }
  const instead = closed ? flowNamed(work, flowAtDoor(queue, now)) : undefined;
  const place = otherwise === undefined ? instead : at(session, otherwise);
  if (place) work.onward.push({ sessionId, place, closed });
  else endSession(work, session, closed ? 'closed' : 'refused', { cause: closed ? 'closed' : 'queue_full' });
}

function flowNamed({ floor }: Work, flowId: string | undefined): FlowPlace | undefined {
  const flow = flowId === undefined ? undefined : floor.flows.get(flowId);
  return flow && { flowId: flow.flowId, step: flow.start };
}

function line(work: Work, session: AtStep, sessionId: SessionId, queueId: StepOf<'queue'>['queueId']): void {
  const place = placeFor(work, session);
  const consent = consentOf(queueOf(work.floor, queueId), place);
  const until = work.now + work.floor.rules.menuMs;
  const change = moveSession(work, sessionId, { kind: 'joinsLine', queueId, place, consent, until });
  if (change.outcome === 'moved' && change.to.at === 'menu' && isAtConsent(change.to))
    askConsent(work, change.to);
}

/** Offered to her alone. */
export function toAgent(work: Work, session: AtStep, { agentId, otherwise }: StepOf<'agent'>): void {
  const { sessionId, log } = session;
  const agent = work.floor.agents.get(agentId);
  if (agent === undefined || !isAvailable(agent) || !canRing(work.floor)) {
    work.onward.push({ sessionId, place: at(session, otherwise) });
    return;
  }
  const { queueId } = log;
  const place = placeFor(work, session);
  const until = work.now;
  const change = moveSession(work, sessionId, { kind: 'joinsLine', queueId, place, consent: null, until });
  if (change.outcome !== 'moved') return;
  offerTo(work, sessionId, agentId, { kind: 'flow', otherwise: at(session, otherwise) });
}

/** Through a trunk, by the rules for calls out, under the queue's own number. */
export function toNumber(work: Work, session: AtStep, step: StepOf<'number'>): void {
  const { sessionId, log } = session;
  const to = { kind: 'number', number: step.number } as const;
  const otherwise = at(session, step.otherwise);
  if (refusalToCall(work, to) !== undefined || !canRing(work.floor)) {
    work.onward.push({ sessionId, place: otherwise });
    return;
  }
  const third = newThird(work, session, to);
  const place = placeFor(work, session);
  const change = moveSession(work, sessionId, { kind: 'sentOut', third, otherwise, place });
  if (change.outcome !== 'moved') return;
  callThird(work, session, third, { number: outsideNumber(work, log.queueId), name: '' });
}
