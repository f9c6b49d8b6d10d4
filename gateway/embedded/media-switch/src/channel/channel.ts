// One leg: what FreeSWITCH calls a channel. State and its events only; what moves it is in the files beside this one.
//
//   CS_NEW → CS_INIT → CS_ROUTING → CS_EXECUTE (an application runs: park, …) ⇄ CS_SOFT_EXECUTE (first leg of a bridge)
//                                 → CS_CONSUME_MEDIA (outbound, ringing)      ⇄ CS_EXCHANGE_MEDIA (second leg)
//   any → CS_HANGUP → CS_REPORTING → CS_DESTROY                                ⇄ CS_PARK (parked without application)

import type { EventBus, EventContent } from '../esl/event-bus.ts';
import type { EventFields } from '../esl/event.ts';
import type { MediaSession } from '../sdp/negotiation.ts';
import type { AttachedBug } from './attached-bug.ts';
import type { Cause } from './causes.ts';
import { channelFields, otherLegFields, variableFields } from './fields.ts';
import { CALL_STATE_NUMBERS } from './states.ts';
import type { AnswerState, CallerProfile, CallState, ChannelState, ChannelTimes } from './states.ts';

/** The SIP side of a channel. Every method is a wish; what came of it arrives as a call on the exchange. */
export interface Signalling {
  /** 180 Ringing. */
  ring(): void;
  /** 183 with a description. */
  progress(sdp: string): void;
  /** 200 with a description. */
  accept(sdp: string): void;
  /** Refuses, cancels or ends the call, whichever fits; says which. */
  end(cause: Cause): 'send_refuse' | 'send_cancel' | 'send_bye';
  /** NOTIFY with an event the phone acts on: `talk` answers it, `hold` holds. @returns false when there is no dialog yet */
  notify(event: 'talk' | 'hold'): boolean;
  /** re-INVITE; resolves to the peer's answer. @throws when the peer refuses or is gone */
  reoffer(sdp: string): Promise<string>;
}

/** An application that runs on a channel. */
export interface RunningApplication {
  readonly name: string;
  readonly argument: string;
  readonly id: string;
  /** Ends it: `break` for uuid_break, `done` when something else takes the channel over. */
  stop(status: 'break' | 'done'): void;
  /** uuid_break: true when the application is over, false when it goes on (an endless one starts again). */
  interrupt(): boolean;
  /** A key press, which then goes no further. */
  digit?(digit: string): void;
  /** What a `sendevent` to the channel asks of it. */
  command?(text: string): void;
  /** Whatever else should run on the channel waits for its end. */
  readonly holdsMessages?: boolean;
}

/** Mute and level of one direction. */
export interface AudioLevels {
  readonly muted: boolean;
  readonly level: number;
}

/** Two channels that hear each other. */
export interface BridgePair {
  readonly first: Channel;
  readonly second: Channel;
  /** One of the two hung up: what becomes of the other is decided here. */
  lose(gone: Channel): void;
}

/** See the file's head. */
export class Channel {
  readonly uuid: string;
  readonly direction: 'inbound' | 'outbound';
  readonly name: string;
  readonly caller: CallerProfile;
  readonly variables = new Map<string, string>();
  readonly times: ChannelTimes;
  /** Nested applications, the newest last; the park or bridge underneath is not among them. */
  readonly applications: RunningApplication[] = [];
  /** Recordings by path, each with what cancels its time limit. */
  readonly recordings = new Map<string, () => void>();
  /** What else hangs on its sound, by name, in the order attached. */
  readonly bugs = new Map<string, AttachedBug>();
  /** uuid_audio: what it says, and what it hears. */
  readonly audio: Record<'read' | 'write', AudioLevels> = {
    read: { muted: false, level: 0 },
    write: { muted: false, level: 0 },
  };
  /** What waits for the newest application's end. */
  readonly waiting: (() => void)[] = [];
  state: ChannelState = 'CS_NEW';
  callState: CallState = 'DOWN';
  answerState: AnswerState = 'ringing';
  /** What `show channels` calls the application. */
  application = { name: '', argument: '' };
  /** The park application's id while it runs; undefined when not parked by it. */
  parkId: string | undefined;
  parked = false;
  signalling: Signalling | undefined;
  session: MediaSession | undefined;
  /** The offer of an unanswered inbound call; empty for a late offer. */
  remoteOffer = '';
  bridge: BridgePair | undefined;
  /** A bridge that was ordered and is not up yet. */
  bridging = false;
  /** The partner of the bridge, kept after it, as events do. */
  otherLeg: Channel | undefined;
  otherType: 'originator' | 'originatee' = 'originatee';
  hangupCause: Cause | undefined;
  holding = false;
  heldByPeer = false;
  transferSource = '';
  readonly #bus: EventBus;

  constructor(
    identity: {
      uuid: string;
      direction: 'inbound' | 'outbound';
      name: string;
      caller: CallerProfile;
      now: number;
    },
    bus: EventBus,
  ) {
    this.uuid = identity.uuid;
    this.direction = identity.direction;
    this.name = identity.name;
    this.caller = identity.caller;
    this.#bus = bus;
    const { now } = identity;
    this.times = {
      created: now,
      profileCreated: now,
      progress: 0,
      progressMedia: 0,
      answered: 0,
      bridged: 0,
      lastHold: 0,
      holdAccum: 0,
      transferred: 0,
      hungUp: 0,
    };
    this.set('direction', identity.direction);
    this.set('uuid', identity.uuid);
    this.set('call_uuid', identity.uuid);
    this.set('channel_name', identity.name);
  }

  get alive(): boolean {
    return this.hangupCause === undefined;
  }

  get answered(): boolean {
    return this.answerState === 'answered';
  }

  /** Whether sound can flow: answered, or early media. */
  get hasMedia(): boolean {
    return this.answerState === 'answered' || this.answerState === 'early';
  }

  /** The leg at the other end of the bridge, while there is one. */
  get partner(): Channel | undefined {
    if (!this.bridge) return undefined;
    return this.bridge.first === this ? this.bridge.second : this.bridge.first;
  }

  /** Sets a variable; undefined or empty unsets it. */
  set(name: string, value: string | number | undefined): void {
    if (value === undefined || value === '') this.variables.delete(name);
    else this.variables.set(name, String(value));
  }

  /** Whether a variable says yes, in FreeSWITCH's words for it. */
  isTrue(name: string): boolean {
    return /^(true|yes|on|enabled?|active|allow|t|y|[1-9]\d*)$/i.test(this.variables.get(name) ?? '');
  }

  /** Moves to a state and says so. */
  enter(state: ChannelState): void {
    this.state = state;
    this.raise('CHANNEL_STATE', { variables: false });
  }

  /** Moves the call state and says so. */
  enterCallState(state: CallState): void {
    if (this.callState === state) return;
    const before = this.callState;
    this.callState = state;
    this.raise('CHANNEL_CALLSTATE', {
      variables: false,
      extra: [
        ['Original-Channel-Call-State', before],
        ['Channel-Call-State-Number', String(CALL_STATE_NUMBERS[state])],
      ],
    });
  }

  /** Raises an event with the channel's headers. @param options.extra headers between channel and variables */
  raise(name: string, options: { variables?: boolean; extra?: EventFields; body?: string } = {}): void {
    this.#bus.raise(name, (): EventContent => this.content(options));
  }

  content(options: { variables?: boolean; extra?: EventFields; body?: string } = {}): EventContent {
    const fields = [
      ...channelFields(this),
      ...otherLegFields(this),
      ...(options.extra ?? []),
      ...(this.hangupCause ? [['Hangup-Cause', this.hangupCause] as const] : []),
      ...(this.transferSource ? [['Caller-Transfer-Source', this.transferSource] as const] : []),
      ...(options.variables === false ? [] : variableFields(this)),
    ];
    return options.body === undefined ? { fields } : { fields, body: options.body };
  }
}
