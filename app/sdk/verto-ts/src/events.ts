// What comes over the channels, as a union told apart by `eventType`. `vcc…` channels carry the callcenter's events; any other channel
// carries whatever was broadcast there. A newer server may send types that are not listed: leave a `default` branch.

/** `LOGGED_OUT`: signed out. `UNREADY`: on a break, `REST`: on a rest; both with a reason. `WRAPUP`: writing up the last call. */
export type AgentStateName =
  | 'LOGGED_OUT'
  | 'READY'
  | 'UNREADY'
  | 'REST'
  | 'RESERVED'
  | 'RINGING'
  | 'TALKING'
  | 'HELD'
  | 'CONSULTING'
  | 'CONFERENCING'
  /** Her page dropped out of the call, which is kept for her. */
  | 'RECONNECTING'
  | 'DIALING'
  | 'WRAPUP';

/** What every event carries, of whatever server. */
export interface EventEnvelope {
  /** Where it was published, for example `vcc.default.1007`. */
  readonly eventChannel: string;
  /** Which of our subscriptions it came by, for example `vcc.default`. Plain mod_verto leaves it out. */
  readonly subscribedChannel?: string;
  /** Grows by one per event of the subscribed channel. */
  readonly eventSerno?: number;
  /** ISO 8601, with milliseconds. */
  readonly eventTime?: string;
}

interface OfType<Type extends string, Body> extends EventEnvelope {
  readonly eventType: Type;
  readonly data: Body;
}

interface OfAgent {
  readonly queue: string;
  readonly agent: string;
}

/** callID is the session's: the same for all legs of one conversation. */
interface OfCall {
  readonly queue: string;
  readonly agent?: string;
  readonly callID: string;
}

/** Where a call goes, or who is asked. */
export interface Party {
  readonly kind: 'agent' | 'queue' | 'number';
  readonly agent?: string;
  readonly queue?: string;
}

export interface AgentState extends OfAgent {
  readonly extn: string;
  readonly state: AgentStateName;
  readonly prevState?: AgentStateName;
  readonly reason?: string;
  /** ISO 8601. */
  readonly since: string;
  readonly callID?: string;
  readonly cause?: string;
  /** Asked for during a call, applied at its end. */
  readonly next?: string;
  readonly reachable?: boolean;
}

export interface QueueStats {
  readonly queue: string;
  readonly open: boolean;
  readonly waiting: number;
  /** ISO 8601: since when the first in line waits. */
  readonly longestSince?: string;
  readonly agents: { readonly ready: number; readonly busy: number; readonly onBreak: number };
}

export interface CallState {
  readonly queue: string;
  readonly callID: string;
  readonly agent?: string;
  readonly [more: string]: unknown;
}

/** All that a channel is about, at one moment: the answer to `snapshot: true`, and what comes when events were missed for good. */
export interface Snapshot {
  readonly reason: 'asked' | 'gap' | 'slow';
  readonly agents: readonly AgentState[];
  readonly queues: readonly QueueStats[];
  readonly calls: readonly CallState[];
}

export type MissCause =
  'no_answer' | 'declined' | 'busy' | 'unreachable' | 'failed' | 'customer_left' | 'withdrawn';

export type CallcenterEvent =
  | OfType<'agent-login', OfAgent & { readonly extn: string }>
  | OfType<'agent-logout', OfAgent & { readonly reason?: string }>
  | OfType<'agent-state', AgentState>
  | OfType<'agent-next', OfAgent & { readonly next: string; readonly reason?: string }>
  | OfType<'agent-reachability', OfAgent & { readonly reachable: boolean; readonly why?: string }>
  | OfType<
      'queue-join',
      {
        readonly queue: string;
        readonly callID: string;
        readonly position?: number;
        readonly back?: 'own_place' | 'head';
      }
    >
  | OfType<'queue-leave', { readonly queue: string; readonly callID: string; readonly cause: string }>
  | OfType<'queue-stats', QueueStats>
  | OfType<'call-ringing', OfCall & { readonly callerNumber?: string; readonly callerName?: string }>
  | OfType<'call-missed', OfCall & { readonly cause: MissCause }>
  | OfType<'call-answered', OfCall>
  | OfType<'call-held', OfCall>
  | OfType<'call-resumed', OfCall>
  | OfType<'call-transferred', OfCall & { readonly to?: Party; readonly how?: 'blind' | 'attended' }>
  | OfType<
      'call-consult',
      OfCall & {
        readonly state:
          | 'started'
          | 'ringing'
          | 'answered'
          | 'toggled'
          | 'completed'
          | 'cancelled'
          | 'conference'
          | 'failed'
          | 'left';
        readonly to?: Party;
        readonly facing?: string;
        readonly cause?: string;
      }
    >
  | OfType<'call-conference', OfCall & { readonly state: 'started' | 'ended'; readonly left?: string }>
  | OfType<'call-returned', OfCall & { readonly back: string; readonly cause: string }>
  | OfType<'call-parked', OfCall & { readonly slot: string; readonly until: string }>
  | OfType<'call-picked-up', OfCall & { readonly slot: string }>
  | OfType<'call-muted', OfCall & { readonly muted: boolean }>
  | OfType<'call-recording', OfCall & { readonly state: 'on' | 'paused' | 'off' }>
  | OfType<
      'call-sound',
      OfCall & { readonly state: string; readonly playId: string; readonly soundId?: string }
    >
  | OfType<'call-customer-away', OfCall>
  | OfType<'call-customer-back', OfCall>
  | OfType<'call-agent-away', OfCall & { readonly until: string }>
  | OfType<'call-agent-back', OfCall>
  | OfType<'call-hold-reminder', OfCall>
  | OfType<'call-monitor', OfCall & { readonly [more: string]: unknown }>
  | OfType<'call-ended', OfCall & { readonly cause: string; readonly talkMs?: number }>
  | OfType<
      'dial-progress',
      {
        readonly agent: string;
        readonly callID: string;
        readonly queue?: string;
        readonly leg: 'agent' | 'dest';
        readonly state: 'dialing' | 'ringing' | 'early' | 'answered' | 'failed';
        readonly cause?: string;
      }
    >
  | OfType<'snapshot', Snapshot>
  | OfType<'broadcast', unknown>;

export type CallcenterEventType = CallcenterEvent['eventType'];

/** One kind of it: `CallcenterEventOf<'agent-state'>`. */
export type CallcenterEventOf<Type extends CallcenterEventType> = Extract<
  CallcenterEvent,
  { readonly eventType: Type }
>;

/** An event of a channel this package knows nothing about. */
export interface VertoEvent extends EventEnvelope {
  readonly eventType?: string;
  readonly data?: unknown;
  readonly [field: string]: unknown;
}

/** `vcc` (everything), `vcc.<queue>` (a group), `vcc.<queue>.<agent>` (one agent). */
export type CallcenterChannel = 'vcc' | `vcc.${string}`;

export type EventOn<Channel extends string> = Channel extends CallcenterChannel
  ? CallcenterEvent
  : VertoEvent;
