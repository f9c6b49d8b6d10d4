// What will be on the record, kept while the call lives: who, when, every offer, every leg, and what the call was doing at
// each moment without a gap. The record is made from it once, at the end.

import type { Announcing } from './announcement.ts';
import type { LegEnding, SessionEnding } from './ending.ts';
import type { FlowId } from './flow.ts';
import type { AgentId, Instant, LegId, QueueId, SessionId } from './ids.ts';
import type {
  CallRecord,
  LegRecord,
  OfferRecord,
  PartyRecord,
  RecordingRecord,
  Segment,
  SegmentKind,
} from './record.ts';
import type { Party } from './party.ts';
import type { SurveyAnswer } from './survey.ts';

/** A place in line: head of the line first, then the higher priority, then who came first. Unique by `sequence`. */
export interface Place {
  readonly sessionId: SessionId;
  /** Was talking already when the agent's leg died. */
  readonly head: boolean;
  readonly priority: number;
  readonly sequence: number;
}

export type Recording =
  | { readonly at: 'off' }
  /** Asked for and not stopped. */
  | { readonly at: 'on'; readonly legId: LegId }
  /** `legId` null: the file had to be closed instead; what comes after the pause is another. */
  | { readonly at: 'paused'; readonly legId: LegId | null };

export interface CallLog {
  readonly sessionId: SessionId;
  readonly source: 'web' | 'phone' | 'outbound';
  readonly queueId: QueueId;
  readonly priority: number;
  readonly customerNumber: string | null;
  readonly customerName: string | null;
  readonly dialledNumber: string | null;
  readonly requestedAt: Instant;
  readonly arrivedAt: Instant | null;
  readonly queuedAt: Instant | null;
  readonly connectedAt: Instant | null;
  /** Given once, at the first queueing, and kept through every miss; a new one in another queue. */
  readonly place: Place | null;
  readonly agentId: AgentId | null;
  /** Whose own number was called; offered to her first. */
  readonly wantedAgent: AgentId | null;
  /** Who calls is an agent herself, at her desk phone. */
  readonly callerAgent?: AgentId;
  /** The flow the number that was called leads to. */
  readonly flowId: FlowId | null;
  readonly recovered: boolean;
  /** Bridges the switch could not make. */
  readonly bridgeFailures: number;
  /** She said by a key that she is not to be recorded. */
  readonly optedOut: boolean;
  /** A flow found that nobody is there at this hour. */
  readonly closed: boolean;
  readonly recording: Recording;
  readonly recordings: readonly RecordingRecord[];
  /** What an agent plays into the call. */
  readonly playing: { readonly legId: LegId; readonly playId: string } | null;
  /** What she is told in line; null where nothing is. */
  readonly announcing: Announcing | null;
  /** What she answered after the call. */
  readonly survey: readonly SurveyAnswer[];
  readonly offers: readonly OfferRecord[];
  readonly legs: readonly LegRecord[];
  readonly segments: readonly Segment[];
  readonly open: OpenSegment;
}

interface OpenSegment {
  readonly kind: SegmentKind;
  readonly from: Instant;
  readonly agentId: AgentId | null;
  readonly third: PartyRecord | null;
  readonly queueId: QueueId | null;
}

export type Origin = Pick<
  CallLog,
  'sessionId' | 'source' | 'queueId' | 'priority' | 'customerNumber' | 'customerName' | 'dialledNumber'
> &
  Partial<Pick<CallLog, 'wantedAgent' | 'callerAgent'>> & {
    /** The flow the number leads to. */
    readonly flowId?: FlowId;
  };

/** @param kind what the call does first */
export function newCallLog(origin: Origin, now: Instant, kind: SegmentKind = 'arriving'): CallLog {
  return {
    ...origin,
    flowId: origin.flowId ?? null,
    requestedAt: now,
    arrivedAt: null,
    queuedAt: null,
    connectedAt: null,
    place: null,
    agentId: null,
    wantedAgent: origin.wantedAgent ?? null,
    recovered: false,
    bridgeFailures: 0,
    optedOut: false,
    closed: false,
    recording: { at: 'off' },
    recordings: [],
    playing: null,
    announcing: null,
    survey: [],
    offers: [],
    legs: [],
    segments: [],
    open: { kind, from: now, agentId: null, third: null, queueId: null },
  };
}

/** What a segment says besides its time. */
export type Doing = Omit<OpenSegment, 'from' | 'queueId'>;

/** From `now` on the call is doing that; what it did before is closed. Moments without length leave no segment. */
export function turn(log: CallLog, doing: Doing, now: Instant): CallLog {
  const { open } = log;
  if (open.kind === doing.kind && open.agentId === doing.agentId && sameParty(open.third, doing.third))
    return log;
  return { ...log, segments: closedSegments(log, now), open: { ...doing, from: now, queueId: open.queueId } };
}

function sameParty(a: PartyRecord | null, b: PartyRecord | null): boolean {
  return a === b || (a !== null && b !== null && partyKey(a) === partyKey(b));
}

function partyKey(party: PartyRecord): string {
  if (party.kind === 'agent') return `agent ${party.agentId}`;
  return party.kind === 'number' ? `number ${party.number}` : `supervisor ${party.supervisorId}`;
}

/** From here on another queue serves the call. */
export function inQueue(log: CallLog, queueId: QueueId, place: Place | null, now: Instant): CallLog {
  if (queueId === log.queueId) return { ...log, place };
  const open = { ...log.open, from: now, queueId };
  return { ...log, queueId, place, segments: closedSegments(log, now), open };
}

function closedSegments({ segments, open }: CallLog, now: Instant): readonly Segment[] {
  if (now <= open.from) return segments;
  const last: Segment = {
    kind: open.kind,
    from: open.from,
    to: now,
    ...(open.agentId !== null && { agentId: open.agentId }),
    ...(open.third !== null && { third: open.third }),
    ...(open.queueId !== null && { queueId: open.queueId }),
  };
  return [...segments, last];
}

export function closeLeg(log: CallLog, party: Party, ending: LegEnding, now: Instant): CallLog {
  const { leg, role, agentId, third, supervisorId } = party;
  const record: LegRecord = {
    legId: leg.legId,
    sessionId: log.sessionId,
    role,
    agentId,
    ...(supervisorId !== undefined && { supervisorId }),
    ...(third?.kind === 'supervisor' && { supervisorId: third.supervisorId }),
    ...(third?.kind === 'number' && { number: third.number }),
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

const inLine: readonly SegmentKind[] = ['waiting', 'ringing'];

/** When a caller who is about to be taken came into line; undefined when an agent was free for her at that moment. */
export function waitedSince({ segments, open }: CallLog): Instant | undefined {
  let [kind, from] = [open.kind, open.from];
  for (const segment of segments.toReversed()) {
    if (!inLine.includes(segment.kind) && segment.kind !== 'away') break;
    [kind, from] = [segment.kind, segment.from];
  }
  return kind === 'ringing' ? undefined : from;
}

const inConversation: readonly SegmentKind[] = [
  'talking',
  'held',
  'consulting',
  'conferencing',
  'transferred',
];

function total(segments: readonly Segment[], kinds: readonly SegmentKind[]): number {
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
    recordingFile: log.recordings[0]?.file ?? null,
    recordings: log.recordings,
    ...(log.survey.length > 0 && { survey: log.survey }),
  };
}
