// The switch's one piece of shared state: the channels, and what they all need around them.

import { Conferences } from '../conference/conferences.ts';
import type { EventBus } from '../esl/event-bus.ts';
import type { Media } from '../media/client.ts';
import type { Channel } from './channel.ts';

/** Time and turns, so that a test can hold both. */
export interface SwitchClock {
  /** Microseconds since the epoch. */
  now(): number;
  /** Runs after the current turn: what FreeSWITCH leaves to the channel's thread. */
  readonly soon: (call: () => void) => void;
  /** Runs after `ms`; returns what cancels it. */
  after(ms: number, call: () => void): () => void;
}

/** The machine's clock. */
export const realSwitchClock: SwitchClock = {
  now: () => Date.now() * 1_000,
  soon: (call) => void setImmediate(call),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** How many calls there were, for `status` and HEARTBEAT. */
export interface SessionCounters {
  sinceStartup: number;
  peak: number;
}

/** What happens to a channel that others wait for. */
export interface ChannelWaiters {
  /** The peer answered (outbound). */
  onAnswer?: () => void;
  /** Early media arrived (outbound). */
  onEarlyMedia?: () => void;
  /** CHANNEL_HANGUP_COMPLETE was raised. */
  onReported?: () => void;
}

/** See the file's head. */
export class Exchange {
  readonly bus: EventBus;
  readonly media: Media;
  readonly clock: SwitchClock;
  readonly maxSessions: number;
  /** SIP profile name in dial strings and channel names. */
  readonly profile: string;
  /** Variables every inbound channel starts with. */
  readonly inboundVariables: ReadonlyMap<string, string>;
  readonly counters: SessionCounters = { sinceStartup: 0, peak: 0 };
  /** Every channel not yet destroyed, hung up or not. */
  readonly channels = new Map<string, Channel>();
  readonly waiters = new Map<Channel, ChannelWaiters>();
  /** Running sounds by play id: what to do when the media thread says one ended. */
  readonly plays = new Map<string, (samples: number) => void>();
  readonly conferences: Conferences;
  #playNumber = 0;
  #sessionNumber = 0;
  /** One line for the operator. */
  readonly log: (line: string) => void;
  /** No new calls: shutting down. */
  closing = false;

  constructor(parts: {
    bus: EventBus;
    media: Media;
    clock: SwitchClock;
    maxSessions: number;
    profile: string;
    inboundVariables?: ReadonlyMap<string, string>;
    log: (line: string) => void;
  }) {
    this.bus = parts.bus;
    this.media = parts.media;
    this.clock = parts.clock;
    this.maxSessions = parts.maxSessions;
    this.profile = parts.profile;
    this.inboundVariables = parts.inboundVariables ?? new Map<string, string>();
    this.log = parts.log;
    this.conferences = new Conferences(this);
  }

  /** A channel that has not hung up. */
  find(uuid: string): Channel | undefined {
    const channel = this.channels.get(uuid);
    return channel?.alive ? channel : undefined;
  }

  get full(): boolean {
    return this.closing || this.channels.size >= this.maxSessions;
  }

  add(channel: Channel): void {
    this.channels.set(channel.uuid, channel);
    this.waiters.set(channel, {});
    this.counters.sinceStartup++;
    this.counters.peak = Math.max(this.counters.peak, this.channels.size);
    channel.set('session_id', ++this.#sessionNumber);
  }

  remove(channel: Channel): void {
    this.channels.delete(channel.uuid);
    this.waiters.delete(channel);
    this.conferences.forget(channel.uuid);
  }

  newPlayId(): string {
    return `play-${++this.#playNumber}`;
  }
}
