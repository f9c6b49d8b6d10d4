// Everything that can happen to the floor. Three kinds: *commands* people give (imperative; may be refused), *signals* the
// wire reports (past tense; late and double ones are ignored), and *timers* that ran out.

import type { Announcements } from '../announcement.ts';
import type { Device, Reachability } from '../device.ts';
import type { LegEnding } from '../ending.ts';
import type { Flow, FlowId } from '../flow.ts';
import type { OpeningHours } from '../hours.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from '../ids.ts';
import type { Survey } from '../survey.ts';
import type { LegRole, MonitorMode, Timer } from './effects.ts';

export type CustomerCommand =
  /** A web customer pressed Call: a session is made; her browser's leg follows under this session id. */
  | {
      readonly kind: 'customer.request';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly displayName?: string;
    }
  | { readonly kind: 'customer.hangUp'; readonly sessionId: SessionId }
  /** 1 to 5 stars, after the call. */
  | { readonly kind: 'customer.rate'; readonly sessionId: SessionId; readonly stars: number };

/** She dialled it at the phone she is to be rung at, which is in that call for a moment more. */
type ByCode = true;

export type AgentCommand =
  /** `onBreak`: with that reason, so that nothing is offered before she says that she is ready. */
  | {
      readonly kind: 'agent.signIn';
      readonly agentId: AgentId;
      readonly device: Device;
      readonly onBreak?: string;
      readonly byCode?: ByCode;
      /** Her phone is rung once and stays on the line from call to call. */
      readonly nailedUp?: boolean;
    }
  | { readonly kind: 'agent.signOut'; readonly agentId: AgentId }
  | { readonly kind: 'agent.ready'; readonly agentId: AgentId; readonly byCode?: ByCode }
  | { readonly kind: 'agent.break'; readonly agentId: AgentId; readonly reason: string }
  /** Accept a ringing offer from the page: a desk phone is asked to auto-answer, a browser answers itself. */
  | { readonly kind: 'agent.answer'; readonly agentId: AgentId }
  | { readonly kind: 'agent.decline'; readonly agentId: AgentId }
  | { readonly kind: 'agent.hold'; readonly agentId: AgentId }
  | { readonly kind: 'agent.resume'; readonly agentId: AgentId }
  | { readonly kind: 'agent.hangUp'; readonly agentId: AgentId }
  | { readonly kind: 'agent.mute'; readonly agentId: AgentId; readonly muted: boolean }
  /** To whomever she talks with: 1 to 32 of `0-9A-D*#`. */
  | { readonly kind: 'agent.sendDigits'; readonly agentId: AgentId; readonly digits: string }
  /** Blind: she leaves at once. */
  | { readonly kind: 'agent.transfer'; readonly agentId: AgentId; readonly to: TransferTarget }
  /** The customer hears music while she asks somebody. */
  | { readonly kind: 'agent.consult'; readonly agentId: AgentId; readonly to: ConsultTarget }
  | { readonly kind: 'agent.completeTransfer'; readonly agentId: AgentId }
  | { readonly kind: 'agent.cancelConsult'; readonly agentId: AgentId }
  /** Back to the customer while the consulted party waits, and the other way round. */
  | { readonly kind: 'agent.toggle'; readonly agentId: AgentId }
  | { readonly kind: 'agent.conference'; readonly agentId: AgentId }
  | {
      readonly kind: 'agent.dropParty';
      readonly agentId: AgentId;
      readonly party: 'customer' | 'third';
    }
  | { readonly kind: 'agent.park'; readonly agentId: AgentId }
  | { readonly kind: 'agent.pickUp'; readonly agentId: AgentId; readonly slot: number }
  /** Her own phone first, then the number. The session id is made by whoever asks. */
  | {
      readonly kind: 'agent.dial';
      readonly agentId: AgentId;
      readonly sessionId: SessionId;
      readonly number: string;
      /** One of the queue's numbers; the first of them when not given. */
      readonly callerNumber?: string;
      /** Whose settings hold for this call; her first queue when not given. */
      readonly queueId?: QueueId;
      readonly earlyMedia?: boolean;
    }
  | {
      readonly kind: 'agent.play';
      readonly agentId: AgentId;
      readonly soundId: string;
      readonly mix: boolean;
      readonly volume: number;
      readonly times: number;
    }
  | { readonly kind: 'agent.stopPlaying'; readonly agentId: AgentId }
  | {
      readonly kind: 'agent.recording';
      readonly agentId: AgentId;
      readonly wish: 'start' | 'stop' | 'pause' | 'resume';
    }
  /** Ends wrap-up early, with the note the agent wrote (already committed by the edge). */
  | { readonly kind: 'agent.finishWrapUp'; readonly agentId: AgentId };

export type SupervisorCommand =
  | { readonly kind: 'supervisor.endSession'; readonly sessionId: SessionId; readonly by: string }
  | { readonly kind: 'supervisor.signOutAgent'; readonly agentId: AgentId; readonly by: string }
  /** Her phone rings (a desk phone answers by itself); from its answer on she takes part in `mode`. */
  | {
      readonly kind: 'supervisor.join';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly device: Device;
      readonly mode: MonitorMode;
    }
  | {
      readonly kind: 'supervisor.mode';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly mode: MonitorMode;
    }
  /** She stays with the customer, the agent leaves. */
  | {
      readonly kind: 'supervisor.takeOver';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
    }
  | { readonly kind: 'supervisor.leave'; readonly sessionId: SessionId; readonly supervisorId: string };

/** A number is called and hears a sound so many times; nobody is on the line. */
export interface NotificationCommand {
  readonly kind: 'notification.request';
  readonly sessionId: SessionId;
  /** Whose numbers and settings hold. */
  readonly queueId: QueueId;
  readonly number: string;
  readonly soundId: string;
  readonly times: number;
  readonly callerNumber?: string;
  readonly by: string;
}

/** Somebody has seen to a message; written down already, the floor passes it on. */
export interface MessageCommand {
  readonly kind: 'message.handled';
  readonly sessionId: SessionId;
  readonly queueId: QueueId;
  readonly by: string;
}

export type ConsultTarget =
  | { readonly kind: 'agent'; readonly agentId: AgentId }
  | { readonly kind: 'number'; readonly number: string };

export type TransferTarget = ConsultTarget | { readonly kind: 'queue'; readonly queueId: QueueId };

/** What the settings say now; sent at start and whenever an administrator changes something. */
export type SettingsInput =
  | { readonly kind: 'settings.queue'; readonly queue: QueueSettings }
  | { readonly kind: 'settings.agent'; readonly agent: AgentSettings }
  /** All there are; one that is missing exists no longer. */
  | { readonly kind: 'settings.flows'; readonly flows: readonly Flow[] };

export interface QueueSettings {
  readonly queueId: QueueId;
  /** Longest time one offer may ring, milliseconds. */
  readonly ringMs: number;
  readonly wrapUpMs: number;
  /** Misses in a row after which the agent goes on break. */
  readonly maxMisses: number;
  /** Most callers that may wait; the next is refused with `queue_full`. */
  readonly maxWaiting: number;
  /** `onDemand`: when an agent asks. */
  readonly record: 'always' | 'onDemand' | 'never';
  readonly open: boolean;
  /** How long a parked caller waits for somebody to pick her up, milliseconds. */
  readonly parkMs?: number;
  /** Played before a caller is put in line; the key says that she does not want to be recorded. */
  readonly consent?: { readonly soundId: string; readonly optOutDigit: string };
  /** Numbers an outgoing call may show, the usual one first. */
  readonly callerNumbers?: readonly string[];
  /** Always open when absent. */
  readonly hours?: OpeningHours;
  /** The flow of whoever calls while it is closed; without one she is refused. */
  readonly closedFlow?: FlowId;
  /** The flow its callers meet first. */
  readonly firstFlow?: FlowId;
  /** Keys that lead a caller out of its line, each to a flow. */
  readonly keys?: Readonly<Record<string, FlowId>>;
  /** What those in its line are told. */
  readonly announce?: Announcements;
  /** What its callers are asked once the agent has hung up. */
  readonly survey?: Survey;
}

export interface AgentSettings {
  readonly agentId: AgentId;
  readonly displayName: string;
  readonly queues: readonly QueueId[];
}

export type Signal =
  /** An inbound leg is parked on the switch. `sessionId` is set for web customers (from their signed session). */
  | {
      readonly kind: 'leg.arrived';
      readonly legId: LegId;
      readonly source: 'web' | 'phone';
      readonly sessionId?: SessionId;
      readonly queueId?: QueueId;
      /** Her own number was called: she is rung first, then her queue serves the caller. */
      readonly agentId?: AgentId;
      /** It is an agent who calls, at her desk phone. */
      readonly callerAgent?: AgentId;
      /** The number that was called leads to a flow. */
      readonly flowId?: FlowId;
      /** 0 is ordinary; a higher number goes first. */
      readonly priority?: number;
      readonly from?: string;
      readonly fromName?: string;
      readonly to?: string;
    }
  | { readonly kind: 'leg.ringing'; readonly legId: LegId }
  /** The far side sends sound before its answer (183); only after a dial that asked for it. */
  | { readonly kind: 'leg.earlyMedia'; readonly legId: LegId }
  | { readonly kind: 'leg.answered'; readonly legId: LegId }
  | { readonly kind: 'legs.bridged'; readonly a: LegId; readonly b: LegId }
  /** The pair is apart again; each leg that lives on is parked. */
  | { readonly kind: 'legs.unbridged'; readonly a: LegId; readonly b: LegId }
  /** A leg taken out of a bridge into the room gives `legs.unbridged` first. */
  | { readonly kind: 'conference.joined'; readonly legId: LegId; readonly room: SessionId }
  | { readonly kind: 'conference.left'; readonly legId: LegId; readonly room: SessionId }
  | {
      readonly kind: 'sound.ended';
      readonly legId: LegId;
      readonly playId: string;
      readonly how: 'done' | 'stopped' | 'failed';
    }
  | { readonly kind: 'eavesdrop.started'; readonly legId: LegId; readonly on: LegId }
  | {
      readonly kind: 'leg.ended';
      readonly legId: LegId;
      readonly ending: LegEnding;
      readonly detail?: string;
    }
  | { readonly kind: 'leg.digit'; readonly legId: LegId; readonly digit: string }
  | { readonly kind: 'recording.started'; readonly legId: LegId; readonly file: string }
  | {
      readonly kind: 'recording.stopped';
      readonly legId: LegId;
      readonly file: string;
      readonly durationMs: number;
    }
  /** An effect could not be carried out; `effect` names it (`bridge`, `dial`, …). */
  | {
      readonly kind: 'effect.failed';
      readonly effect: string;
      readonly legId?: LegId;
      readonly reason: string;
    }
  | { readonly kind: 'device.changed'; readonly address: string; readonly reachability: Reachability }
  /**
   * A media switch is gone (crashed, frozen or cut off for good): every leg on it is dead. `legs` are those, as far as known; with
   * `othersUp` calls go on, and come in, on other switches.
   */
  | {
      readonly kind: 'switch.lost';
      readonly switch?: string;
      readonly legs?: readonly LegId[];
      readonly othersUp?: boolean;
    }
  | { readonly kind: 'switch.back'; readonly switch?: string }
  /** The SIP edge has lost its server or has it back. Calls that are up are not touched. */
  | { readonly kind: 'edge.changed'; readonly up: boolean };

/** What the reconciler found the switch to hold; the floor adopts or lets go. */
export interface Reconciled {
  readonly kind: 'reconciled';
  readonly legs: readonly LiveLeg[];
  /** When the switch was asked; legs younger than that are not judged by this list. */
  readonly askedAt?: Instant;
  /**
   * The first look after a restart, and when the floor was put back: a leg from before that is not in the list is gone for certain. One that
   * has come since may have come too late for the list.
   */
  readonly restoredAt?: Instant;
}

/** A channel as the switch knows it, with what the control plane left on it as channel variables. */
export interface LiveLeg {
  readonly legId: LegId;
  readonly role: LegRole | 'unknown';
  readonly sessionId?: SessionId;
  readonly agentId?: AgentId;
  readonly offerId?: OfferId;
  readonly supervisorId?: string;
  /** An agent's nailed-up line. */
  readonly standing?: true;
  readonly state: 'ringing' | 'answered';
  readonly bridgedTo?: LegId;
  /** The conference it is in. */
  readonly room?: SessionId;
  /** A supervisor's leg: the leg it is laid over. */
  readonly listensTo?: LegId;
  readonly muted?: boolean;
  readonly createdAt: Instant;
  /** What `leg.arrived` said or would have said of an inbound leg: calls that came while nobody was here are taken in by it. */
  readonly arrival?: Omit<Extract<Signal, { kind: 'leg.arrived' }>, 'kind' | 'legId'>;
}

export interface TimerInput {
  readonly kind: 'timer';
  readonly timer: Timer;
}

export type Command =
  CustomerCommand | AgentCommand | SupervisorCommand | NotificationCommand | MessageCommand;
export type Input = Command | SettingsInput | Signal | Reconciled | TimerInput;

/** Time and chance, handed to every step. */
export interface Moment {
  readonly now: Instant;
  /** A fresh random id (uuid v4 form), used for offers and for legs we originate. */
  readonly newId: () => string;
}
