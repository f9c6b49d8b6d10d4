// What will be on the record, kept while the call lives: who, when, every offer, every leg, and what the call was doing at
// each moment without a gap. The record is made from it once, at the end.

import type { LegEnding, SessionEnding } from './ending.ts';
import type { AgentId, Instant, LegId, QueueId, SessionId } from './ids.ts';
import type { CallRecord, LegRecord, OfferRecord, Segment } from './record.ts';

/** A place in line: head of the line first, then the higher priority, then who came first. Unique by `sequence`. */
export interface Place {
  readonly sessionId: SessionId;
  /** Was talking already when the agent's leg died. */
  readonly head: boolean;
  readonly priority: number;
  readonly sequence: number;
}

export interface Leg {
  readonly legId: LegId;
  readonly createdAt: Instant;
  readonly answeredAt: Instant | null;
}

export interface CallLog {
  readonly sessionId: SessionId;
  readonly source: 'web' | 'phone';
  readonly queueId: QueueId;
  readonly priority: number;
  readonly customerNumber: string | null;
  readonly customerName: string | null;
  readonly dialledNumber: string | null;
  readonly requestedAt: Instant;
  readonly arrivedAt: Instant | null;
  readonly queuedAt: Instant | null;
  readonly connectedAt: Instant | null;
  /** Given once, at the first queueing, and kept through every miss. */
  readonly place: Place | null;
  readonly agentId: AgentId | null;
  readonly recovered: boolean;
  /** Bridges the switch could not make. */
  readonly bridgeFailures: number;
  /** The leg whose recording was asked for and not stopped. */
  readonly recordingLeg: LegId | null;
  readonly recordingFile: string | null;
  readonly offers: readonly OfferRecord[];
  readonly legs: readonly LegRecord[];
  readonly segments: readonly Segment[];
  readonly open: { readonly kind: Segment['kind']; readonly from: Instant; readonly agentId: AgentId | null };
}

export type Origin = Pick<
  CallLog,
  'sessionId' | 'source' | 'queueId' | 'priority' | 'customerNumber' | 'customerName' | 'dialledNumber'
>;

export function newCallLog(origin: Origin, now: Instant): CallLog {
  return {
    ...origin,
    requestedAt: now,
    arrivedAt: null,
    queuedAt: null,
    connectedAt: null,
    place: null,
    agentId: null,
    recovered: false,
    bridgeFailures: 0,
    recordingLeg: null,
    recordingFile: null,
    offers: [],
    legs: [],
    segments: [],
    open: { kind: 'arriving', from: now, agentId: null },
  };
}

/** From `now` on the call is doing `kind`; what it did before is closed. Moments without length leave no segment. */
export function turn(log: CallLog, kind: Segment['kind'], agentId: AgentId | null, now: Instant): CallLog {
  if (log.open.kind === kind && log.open.agentId === agentId) return log;
  return { ...log, segments: closedSegments(log, now), open: { kind, from: now, agentId } };
}

function closedSegments({ segments, open }: CallLog, now: Instant): readonly Segment[] {
  if (now <= open.from) return segments;
  const last: Segment = {
    kind: open.kind,
    from: open.from,
    to: now,
    ...(open.agentId !== null && { agentId: open.agentId }),
  };
  return [...segments, last];
}

export function closeLeg(
  log: CallLog,
  leg: Leg,
  of: { readonly agentId: AgentId | null },
  ending: LegEnding,
  now: Instant,
): CallLog {
  const record: LegRecord = {
    legId: leg.legId,
    sessionId: log.sessionId,
    role: of.agentId === null ? 'customer' : 'agent',
    agentId: of.agentId,
    createdAt: leg.createdAt,
    answeredAt: leg.answeredAt,
    endedAt: now,
    ending,
  };
  return { ...log, legs: [...log.legs, record] };
}

export function closeOffer(log: CallLog, offer: OfferRecord): CallLog {
  return { ...log, offers: [...log.offers, offer] };
}

const inLine: readonly Segment['kind'][] = ['waiting', 'ringing'];
const inConversation: readonly Segment['kind'][] = ['talking', 'held'];

function total(segments: readonly Segment[], kinds: readonly Segment['kind'][]): number {
  return segments.reduce((sum, { kind, from, to }) => (kinds.includes(kind) ? sum + (to - from) : sum), 0);
}

/** The one record of the call. Its segments run without a gap from `requestedAt` to `endedAt` (N2). */
export function callRecord(log: CallLog, ending: SessionEnding, endedAt: Instant): CallRecord {
  const segments = closedSegments(log, endedAt);
  return {
    sessionId: log.sessionId,
    source: log.source,
    queueId: log.queueId,
    customerNumber: log.customerNumber,
    customerName: log.customerName,
    dialledNumber: log.dialledNumber,
    requestedAt: log.requestedAt,
    arrivedAt: log.arrivedAt,
    queuedAt: log.queuedAt,
    connectedAt: log.connectedAt,
    endedAt,
    talkMs: total(segments, inConversation),
    heldMs: total(segments, ['held']),
    waitMs: total(segments, inLine),
    agentId: log.agentId,
    ending,
    recovered: log.recovered,
    offers: log.offers,
    segments,
    recordingFile: log.recordingFile,
  };
}
