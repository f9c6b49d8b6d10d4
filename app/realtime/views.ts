// What each audience may see of the floor. Projections only: a number a person may not see is masked here, before
// anything is sent, and what has no field in the target shape cannot travel.

import type { AgentView, FloorView, QueueView, SessionView, ThirdView } from '../domain/floor/view.ts';
import type { CallRecord, LegRecord, Segment } from '../domain/record.ts';
import type { RatedRecord, RecordDetail } from '../ports/records.ts';
import type { KeptRecording } from '../ports/recordings.ts';
import type { Agent, Queue } from '../contract/floor.ts';
import type { AgentSession, CustomerSession, SupervisorSession } from '../contract/sessions.ts';
import type { Call, CallDetail } from '../contract/calls.ts';
import { maskName, maskNumber } from './masking.ts';

/** The customer's own session. She learns the agent's display name once they are connected, never the agent's number. */
export function customerSession(view: FloorView, session: SessionView, rated: boolean): CustomerSession {
  const state = customerStateOf(session);
  const talks = state === 'talking' || state === 'held';
  const agent = talks && session.agentId !== undefined ? view.agent(session.agentId) : undefined;
  return {
    sessionId: session.sessionId,
    queueId: session.queueId,
    state,
    since: session.since,
    requestedAt: session.requestedAt,
    ...milestones(session),
    rated,
    ...(session.place !== undefined && { place: session.place }),
    ...(session.estimate && { estimate: { ...session.estimate } }),
    ...(session.keys && { keys: [...session.keys] }),
    ...(agent && { agentName: agent.displayName }),
    ...(session.ending && { ending: session.ending }),
  };
}

/** What she notices of it. */
function customerStateOf({ state, facing }: SessionView): CustomerSession['state'] {
  switch (state) {
    case 'dialling':
      return 'connecting';
    case 'conferencing':
    case 'transferred':
    case 'notifying':
      return 'talking';
    case 'consulting':
      return facing === 'customer' ? 'talking' : 'held';
    case 'parked':
    case 'rejoining':
    case 'transferring':
      return 'held';
    case 'surveying':
      return 'menu';
    case 'aside':
      return 'ended';
    default:
      return state;
  }
}

/** The same, of a session the floor has forgotten. */
export const customerSessionOf = (record: RatedRecord): CustomerSession => ({
  sessionId: record.sessionId,
  queueId: record.queueId,
  state: 'ended',
  since: record.endedAt,
  requestedAt: record.requestedAt,
  ending: record.ending,
  rated: record.stars !== null,
});

/** The call an agent has, with the numbers masked. Who listens in is not hers to know. */
export const agentSession = (session: SessionView): AgentSession => ({
  ...sessionCore(session),
  ...(session.third && { third: third(session.third, 'masked') }),
  ...(session.customerNumber !== undefined && { customerNumber: maskNumber(session.customerNumber) }),
  ...(session.customerName !== undefined && { customerName: maskName(session.customerName) }),
});

export const supervisorSession = (session: SessionView): SupervisorSession => ({
  ...sessionCore(session),
  ...(session.third && { third: third(session.third, 'full') }),
  ...(session.monitors && {
    monitors: session.monitors.map(({ supervisorId, mode, state }) => ({ supervisorId, mode, state })),
  }),
  ...(session.customerNumber !== undefined && { customerNumber: session.customerNumber }),
  ...(session.customerName !== undefined && { customerName: session.customerName }),
  ...(session.place !== undefined && { place: session.place }),
  ...(session.agentId !== undefined && { agentId: session.agentId }),
});

const sessionCore = (session: SessionView): AgentSession => ({
  sessionId: session.sessionId,
  source: session.source,
  queueId: session.queueId,
  state: session.state,
  since: session.since,
  requestedAt: session.requestedAt,
  ...milestones(session),
  away: session.away,
  ...(session.facing && { facing: session.facing }),
  ...(session.slot !== undefined && { slot: session.slot }),
  ...(session.flow && { flow: { ...session.flow } }),
  ...(session.muted !== undefined && { muted: session.muted }),
  ...(session.recording && { recording: session.recording }),
  ...(session.playId !== undefined && { playing: true }),
  ...(session.ending && { ending: session.ending }),
});

const milestones = ({ queuedAt, connectedAt }: SessionView) => ({
  ...(queuedAt !== undefined && { queuedAt }),
  ...(connectedAt !== undefined && { connectedAt }),
});

const third = (party: ThirdView, numbers: 'full' | 'masked'): NonNullable<AgentSession['third']> => ({
  kind: party.kind,
  state: party.state,
  ...(party.agentId !== undefined && { agentId: party.agentId }),
  ...(numbers === 'full' && party.supervisorId !== undefined && { supervisorId: party.supervisorId }),
  ...(party.number !== undefined && {
    number: numbers === 'full' ? party.number : maskNumber(party.number),
  }),
});

/** An agent as her own page and supervisors see her. */
export const ownAgent = (agent: AgentView): Agent => ({
  ...colleague(agent),
  ...(agent.sessionId !== undefined && { sessionId: agent.sessionId }),
});

/** An agent as other agents see her: what she does, not with whom. */
export const colleague = (agent: AgentView): Agent => ({
  agentId: agent.agentId,
  displayName: agent.displayName,
  queues: [...agent.queues],
  presence: agent.presence,
  presenceSince: agent.presenceSince,
  activity: agent.activity,
  activitySince: agent.activitySince,
  reachable: agent.reachability.reachable,
  ...(agent.breakReason !== undefined && { breakReason: agent.breakReason }),
  ...(agent.next && { next: agent.next }),
  ...(agent.wrapUpUntil !== undefined && { wrapUpUntil: agent.wrapUpUntil }),
  ...(agent.device && { device: agent.device.kind }),
  ...(agent.line && { line: agent.line.state }),
  ...(!agent.reachability.reachable && { unreachableWhy: agent.reachability.why }),
});

export const queue = (view: QueueView): Queue => ({
  queueId: view.queueId,
  open: view.open,
  waiting: view.waiting,
  agents: { ...view.agents },
  record: view.record,
  ...(view.opensAt !== undefined && { opensAt: view.opensAt }),
  ...(view.longestSince !== undefined && { longestSince: view.longestSince }),
  ...(view.estimate && { estimate: { ...view.estimate } }),
  ...(view.callerNumbers && { callerNumbers: [...view.callerNumbers] }),
});

/** A call record for supervisors (`full`) or agents (`masked`). The recording's file name stays on the server. */
export function call(record: RatedRecord, numbers: 'full' | 'masked'): Call {
  const { offers: _o, segments: _s, recordings: _r, survey: _a, recordingFile, ...rest } = record;
  const shown = { ...rest, recorded: recordingFile !== null };
  return numbers === 'full' ? shown : { ...shown, ...maskedParties(record) };
}

export function callDetail({ record, legs, notes }: RecordDetail, numbers: 'full' | 'masked'): CallDetail {
  return {
    ...call(record, numbers),
    offers: [...record.offers],
    segments: record.segments.map((segment) => shownSegment(segment, numbers)),
    legs: legs.map((leg) => shownLeg(leg, numbers)),
    recordings: record.recordings.map((recording) => shownRecording(recording, numbers)),
    ...(record.survey && { survey: record.survey.map((answer) => ({ ...answer })) }),
    notes: [...notes],
  };
}

/** Agents learn when and how long; what is kept of it, and why, is the supervisors' affair. */
function shownRecording(
  recording: KeptRecording,
  numbers: 'full' | 'masked',
): CallDetail['recordings'][number] {
  const { recordingId, startedAt, durationMs, pauses, kind = 'call', hold, deletesAt, deleted } = recording;
  const shown: CallDetail['recordings'][number] = { kind, startedAt, durationMs, pauses: [...pauses] };
  if (numbers === 'masked') return shown;
  const deletion = { deletedAt: deleted?.at ?? null, ...(deleted && { deletedWhy: deleted.why }) };
  return { ...shown, recordingId, hold, deletesAt, ...deletion };
}

function shownSegment({ third, ...segment }: Segment, numbers: 'full' | 'masked') {
  if (third === undefined) return segment;
  if (third.kind !== 'number' || numbers === 'full') return { ...segment, third };
  return { ...segment, third: { ...third, number: maskNumber(third.number) } };
}

function shownLeg({ sessionId: _, number, ...leg }: LegRecord, numbers: 'full' | 'masked') {
  if (number === undefined) return leg;
  return { ...leg, number: numbers === 'full' ? number : maskNumber(number) };
}

const maskedParties = ({ customerNumber, customerName }: CallRecord) => ({
  customerNumber: customerNumber === null ? null : maskNumber(customerNumber),
  customerName: customerName === null ? null : maskName(customerName),
});
