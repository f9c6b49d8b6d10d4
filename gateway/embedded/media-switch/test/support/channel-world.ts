// The channel machine with everything around it imagined: for tests of whole calls.

import { createCommandSet } from '../../src/api/command-set.ts';
import { SwitchStatus } from '../../src/api/query-commands.ts';
import type { Cause } from '../../src/channel/causes.ts';
import { Channel, type Signalling } from '../../src/channel/channel.ts';
import { Exchange } from '../../src/channel/exchange.ts';
import { admitInbound } from '../../src/channel/life.ts';
import { EventBus } from '../../src/esl/event-bus.ts';
import type { SwitchEvent } from '../../src/esl/event.ts';
import type { CommandSet } from '../../src/esl/session.ts';
import { MediaFailure, type Media } from '../../src/media/client.ts';
import type { MediaCalls, MediaOrder, RtpCounters } from '../../src/media/protocol.ts';
import { MediaSession } from '../../src/sdp/negotiation.ts';

/** What the imagined phones offer and answer. */
export const OFFER =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

const COUNTERS: RtpCounters = {
  ...{ inPackets: 10, inBytes: 1_720, inMediaBytes: 1_600, inDtmfPackets: 0, inStrangerPackets: 0 },
  ...{ inLatePackets: 0, inCngPackets: 0, concealedFrames: 0, outPackets: 0, outBytes: 0, outMediaBytes: 0 },
  ...{ outDtmfPackets: 0, lostPackets: 0, largestDelayMs: 40, leastJitterMs: 0, mostJitterMs: 1 },
  ...{ meanIntervalMs: 20, rtcpPackets: 0, rtcpOctets: 0, peerLostPackets: 0 },
};

/** A media thread that does what it is told and remembers it. */
export class FakeMedia implements Media {
  readonly orders: MediaOrder[] = [];
  readonly played = new Map<string, string>();
  missing = new Set<string>();

  async call<N extends keyof MediaCalls>(name: N, args: MediaCalls[N][0]): Promise<MediaCalls[N][1]> {
    const { path = '', play = '' } = args as { path?: string; play?: string };
    if (['play', 'playRoom', 'displace'].includes(name) && this.missing.has(path))
      throw new MediaFailure(`${path}: missing`);
    if (name === 'startRecording' && path.startsWith('/proc')) throw new MediaFailure('not-writable');
    if (name === 'play' || name === 'playRoom') this.played.set(play, path);
    const results = {
      openLeg: { port: 20_000 },
      closeLeg: COUNTERS,
      startRecording: { path },
      stopRecording: { samples: 16_000, bytes: 64_044 },
      startRoomRecording: { path },
      stopRoomRecording: { samples: 16_000, bytes: 32_044 },
      play: {},
      playRoom: {},
      displace: {},
      counters: {},
    };
    return results[name];
  }

  order(order: MediaOrder): void {
    this.orders.push(order);
  }
}

/** One switch without network, sound or time: turns and timers are held by the test. */
export class World {
  readonly events: SwitchEvent[] = [];
  readonly media = new FakeMedia();
  readonly bus = new EventBus('127.0.0.1');
  readonly commands: CommandSet;
  readonly exchange: Exchange;
  readonly sent: string[] = [];
  readonly dialled: string[] = [];
  #turns: (() => void)[] = [];
  #timers: { at: number; call: () => void }[] = [];
  #now = 1_700_000_000_000_000;

  constructor() {
    this.bus.add({ wants: () => true, deliver: (event) => void this.events.push(event) });
    const clock = {
      now: () => this.#now,
      soon: (call: () => void) => void this.#turns.push(call),
      after: (ms: number, call: () => void) => {
        const timer = { at: this.#now + ms * 1_000, call };
        this.#timers.push(timer);
        return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
      },
    };
    this.exchange = new Exchange({
      bus: this.bus,
      media: this.media,
      clock,
      maxSessions: 4,
      profile: 'prof',
      log: () => undefined,
    });
    const around = {
      exchange: this.exchange,
      mediaAddress: '127.0.0.1',
      dial: (call: { channel: Channel; destination: string }) => {
        this.dialled.push(call.destination);
        return this.signalling(call.channel.uuid, () => call.channel.answerState !== 'answered');
      },
    };
    this.commands = createCommandSet(around, new SwitchStatus(this.exchange), () => '127.0.0.1:5080');
  }

  signalling(name: string, isRinging: () => boolean): Signalling {
    const note = (what: string) => void this.sent.push(`${name} ${what}`);
    return {
      ring: () => note('180'),
      progress: () => note('183'),
      accept: () => note('200'),
      end: (cause: Cause) => {
        const refused = isRinging();
        note(`${refused ? 'refuse' : 'bye'} ${cause}`);
        return refused ? 'send_refuse' : 'send_bye';
      },
      notify: () => true,
      reoffer: async () => OFFER,
    };
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 10; i++) await Promise.resolve();
      for (const turn of this.#turns.splice(0)) turn();
    }
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms * 1_000;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { call } of due) call();
    await this.settle();
  }

  get timers(): number {
    return this.#timers.length;
  }

  async api(command: string): Promise<string> {
    const answer = await this.commands.run(command);
    await this.settle();
    return answer;
  }

  async arrive(uuid: string): Promise<Channel> {
    const caller = {
      ...{
        username: '400',
        idName: '400',
        idNumber: '400',
        origIdName: '400',
        origIdNumber: '400',
        ani: '400',
      },
      ...{ networkAddress: '127.0.0.1', destination: 'queue', calleeName: '', calleeNumber: '' },
    };
    const channel = new Channel(
      { uuid, direction: 'inbound', name: `sofia/prof/${uuid}`, caller, now: this.#now },
      this.bus,
    );
    channel.remoteOffer = OFFER;
    channel.session = new MediaSession({ address: '127.0.0.1', port: 20_000 }, ['PCMU'], 1);
    channel.signalling = this.signalling(uuid, () => channel.times.answered === 0);
    admitInbound(this.exchange, channel);
    await this.settle();
    return channel;
  }

  async answered(uuid: string): Promise<Channel> {
    const channel = await this.arrive(uuid);
    await this.api(`uuid_answer ${uuid}`);
    return channel;
  }

  async bridged(): Promise<{ a: Channel; b: Channel }> {
    const a = await this.answered('A');
    const b = await this.answered('B');
    await this.api('uuid_bridge A B');
    this.events.length = 0;
    return { a, b };
  }

  /** One line per event: name, channel, states, and what tells it apart. */
  get story(): string[] {
    return this.events
      .filter(({ name }) => !['API', 'MEDIA_BUG_START', 'MEDIA_BUG_STOP'].includes(name))
      .map((event) => {
        const shown = ['Unique-ID', 'Channel-State', 'Channel-Call-State', 'Answer-State'].map((name) =>
          event.field(name),
        );
        const extras = [
          'Application',
          'Application-Data',
          'Hangup-Cause',
          'Original-Channel-Call-State',
          'Playback-Status',
        ];
        const more = extras.flatMap((name) => {
          const value = event.field(name);
          return value === undefined || value === '' ? [] : [value];
        });
        return [event.name, ...shown, ...more].join(' ');
      });
  }
}

/** What a BYE of the far end says. */
export const peerBye = { disposition: 'recv_bye', status: 200 } as const;
