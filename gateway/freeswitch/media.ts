// The media port on FreeSWITCH (or on anything that speaks its event socket): wiring of connection, liveness, the inward and
// the outward half. See docs/adr/0004-freeswitch-parks-we-decide.md for why the switch only parks.

import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import type { LegId } from '../../app/domain/ids.ts';
import type { LiveLeg } from '../../app/domain/floor/inputs.ts';
import type { Clock } from '../../app/ports/clock.ts';
import { MediaError, type Media, type MediaSignal } from '../../app/ports/media.ts';
import { BrowserLines } from './browser-lines.ts';
import * as commands from './commands.ts';
import { EslConnection, type EslEvent } from './connection.ts';
import { filters, subscription, translate } from './events.ts';
import { happen } from './happenings.ts';
import { LegTable } from './legs.ts';
import { Liveness, type Opening } from './liveness.ts';
import { perform } from './performing.ts';
import { liveLegs, resync, showLagMs } from './recovery.ts';
import { Repeating } from './repeating.ts';
import { safePath } from './safe-text.ts';
import { soundFiles } from './sound-files.ts';
import { parseSwitchUrl } from './switch-url.ts';
import type { Log, Switchboard } from './switchboard.ts';

export interface FreeswitchOptions {
  /** `esl://:password@host:port` */
  readonly url: string;
  /** What signals of its loss call it. */
  readonly name?: string;
  /** The SIP profile of freeswitch-conf. Default `cordboard`. */
  readonly profile?: string;
  /** `host:port` of the SIP edge, as the switch reaches it. */
  readonly edge: string;
  /** Absolute folder for recordings, as the switch sees it. */
  readonly recordingsDir: string;
  /** Absolute folder of sounds (`<id>.wav`), as the switch sees it. Without one only tones can be played. */
  readonly soundsDir?: string;
  /** For the SIP edge, which knows a leg's dialog by its Call-ID. */
  readonly dialogs?: {
    /** The leg is gone in the ordinary way: both ends know. */
    ended(callId: string): void;
    /** All there are on the switch of this name, from a fresh look at it. */
    live(name: string, callIds: ReadonlySet<string>): void;
    /** The switch of this name died, and these with it: nobody has told the far ends. */
    lost(name: string, callIds: readonly string[]): void;
  };
  readonly clock: Clock;
  readonly log: Log;
  /** An agent's leg without sound for this long is ended as `media_lost`, ms. Default 60 000. */
  readonly mediaTimeoutMs?: number;
  /** Milliseconds; for tests. Defaults 1000, 2500, 5000, 3000, 20000, 4000. */
  readonly timing?: {
    readonly pingMs?: number;
    readonly suspectMs?: number;
    readonly silenceMs?: number;
    readonly graceMs?: number;
    readonly startMs?: number;
    readonly replyMs?: number;
  };
}

export interface FreeswitchMedia extends Media {
  /** Resolves when commands are answered; at once when they are already. */
  whenUp(): Promise<void>;
  /** What is kept for calls now; all zero when there are none. */
  readonly vitals: { readonly legs: number; readonly repliesAwaited: number };
  /** It has or had this leg. */
  knows(leg: LegId): boolean;
  /** It had this leg, and has it no more. */
  hasEnded(leg: LegId): boolean;
  /** Given up: whatever it held is dead. */
  readonly isLost: boolean;
  /** Core-UUID of the switch as it was last reached: another after each of its starts. */
  readonly core: string | undefined;
}

/**
 * Connects, and keeps connecting, from the moment of the call. What is signalled before anybody subscribes (callers who waited
 * for us) is kept for the first who does.
 * @throws MediaError `refused` for a setting that cannot be used, saying which
 */
export function createFreeswitchMedia(options: FreeswitchOptions): FreeswitchMedia {
  return new Adapter(options);
}

class Adapter implements FreeswitchMedia {
  readonly #clock: Clock;
  readonly #dialogs: FreeswitchOptions['dialogs'];
  readonly #log: Log;
  readonly #connection: EslConnection;
  readonly #liveness: Liveness;
  readonly #board: Switchboard;
  readonly #listeners = new Set<(signal: MediaSignal) => void>();
  /** Signals nobody could hear yet; undefined once somebody has subscribed. */
  #unheard: MediaSignal[] | undefined = [];
  readonly #waiting = new Set<() => void>();
  readonly #repeating = new Repeating(() => this.#liveness.state === 'away');
  readonly #pingMs: number;
  readonly #named: { readonly switch?: string };
  #cancelPing: (() => void) | undefined;
  #cancelSecondLook: (() => void) | undefined;
  #closed = false;

  constructor(options: FreeswitchOptions) {
    const { clock, log, timing = {} } = options;
    const { host, port, password } = parseSwitchUrl(options.url);
    this.#clock = clock;
    this.#named = options.name === undefined ? {} : { switch: options.name };
    this.#dialogs = options.dialogs;
    this.#log = log;
    this.#pingMs = timing.pingMs ?? 1_000;
    this.#board = this.#switchboard(options);
    this.#liveness = new Liveness({
      clock,
      suspectMs: timing.suspectMs ?? 2_500,
      silenceMs: timing.silenceMs ?? 5_000,
      graceMs: timing.graceMs ?? 3_000,
      startMs: timing.startMs ?? 20_000,
      onLost: (why) => this.#lost(why),
    });
    this.#connection = new EslConnection({
      host,
      port,
      password,
      events: subscription,
      filters,
      clock,
      ...(timing.replyMs === undefined ? {} : { replyMs: timing.replyMs }),
      listener: {
        opened: (coreUuid) => this.#opened(coreUuid),
        event: (event) => this.#event(event),
        heard: () => this.#liveness.heard(),
        closed: (why) => this.#disconnected(why),
      },
    });
    this.#connection.start();
  }

  async perform(effect: MediaEffect): Promise<void> {
    return this.#repeating.perform(effect, (wished) => perform(this.#board, wished));
  }

  subscribe(listener: (signal: MediaSignal) => void): () => void {
    this.#listeners.add(listener);
    const unheard = this.#unheard;
    this.#unheard = undefined;
    unheard?.forEach((signal) => listener(signal));
    return () => void this.#listeners.delete(listener);
  }

  async liveLegs(): Promise<readonly LiveLeg[]> {
    const legs = await liveLegs(this.#board);
    this.#dialogs?.live(
      this.#named.switch ?? '',
      new Set(this.#board.legs.all().flatMap(({ callId }) => callId ?? [])),
    );
    return legs;
  }

  health(): ReturnType<Media['health']> {
    return this.#liveness.health();
  }

  whenUp(): Promise<void> {
    if (this.#liveness.state === 'up') return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  get vitals(): FreeswitchMedia['vitals'] {
    return { legs: this.#board.legs.all().length, repliesAwaited: this.#connection.repliesAwaited };
  }

  knows(leg: LegId): boolean {
    return this.#board.legs.get(leg) !== undefined || this.hasEnded(leg);
  }

  hasEnded(leg: LegId): boolean {
    return this.#board.legs.hasEnded(leg);
  }

  get isLost(): boolean {
    return this.#liveness.state === 'lost';
  }

  get core(): string | undefined {
    return this.#liveness.core;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPing?.();
    this.#liveness.stop();
    this.#connection.close();
    this.#repeating.settle(false);
    // Deadlines and doubts of legs are timers too.
    this.#board.legs.clear();
    this.#listeners.clear();
  }

  #switchboard(options: FreeswitchOptions): Switchboard {
    const { profile = 'cordboard', edge } = options;
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(profile))
      throw new MediaError('refused', `not a SIP profile's name: ${profile}`);
    if (!/^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/.test(edge)) {
      throw new MediaError('refused', `the SIP edge must be host:port, not ${edge}`);
    }
    const browsers = new BrowserLines(options.clock);
    return {
      legs: new LegTable((leg) => {
        if (leg.callId !== undefined) options.dialogs?.ended(leg.callId);
        browsers.ended(leg);
      }),
      browsers,
      clock: options.clock,
      log: options.log,
      place: {
        profile,
        edge,
        ...(options.mediaTimeoutMs === undefined ? {} : { mediaTimeoutMs: options.mediaTimeoutMs }),
      },
      recordingsDir: safePath(options.recordingsDir),
      sounds: soundFiles(options.soundsDir),
      plays: new Map(),
      emit: (signal) => this.#emit(signal),
      api: async (command) => this.#connection.api(command),
      background: (command, jobId) => this.#connection.background(command, jobId),
      queueEvent: (headers) => this.#connection.sendEvent(headers),
      watch: (event) => this.#connection.watch(event),
    };
  }

  #opened(coreUuid: string): void {
    const opening = this.#liveness.opened(coreUuid);
    this.#log.info({ coreUuid, opening }, 'connected to the media switch');
    this.#tellOf(opening);
    this.#ping();
    this.#resync();
    // A second look, for channels that were too young to be listed at the first.
    this.#cancelSecondLook = this.#clock.wakeAt(this.#clock.now() + showLagMs, () => this.#resync());
    this.#repeating.settle(opening === 'same');
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #resync(): void {
    if (!this.#connection.isOpen) return;
    resync(this.#board).catch((error: unknown) => {
      if (!(error instanceof MediaError)) throw error;
      // Without a complete picture nothing that follows can be trusted: begin again.
      if (!this.#closed) this.#connection.drop(`resync failed: ${error.message}`);
    });
  }

  #tellOf(opening: Opening): void {
    if (opening === 'restarted') this.#forsake();
    if (opening === 'restarted' || opening === 'back') this.#emit({ kind: 'switch.back', ...this.#named });
  }

  /** Every leg died with the switch. */
  #forsake(): void {
    const { legs } = this.#board;
    const dead = legs.all();
    this.#dialogs?.lost(
      this.#named.switch ?? '',
      dead.flatMap(({ callId }) => callId ?? []),
    );
    legs.clear();
    for (const { unwatch } of this.#board.plays.values()) unwatch();
    this.#board.plays.clear();
    this.#emit({ kind: 'switch.lost', ...this.#named, legs: dead.map(({ id }) => id) });
  }

  #disconnected(why: string): void {
    this.#cancelPing?.();
    this.#cancelSecondLook?.();
    if (this.#closed) return;
    if (this.#liveness.state === 'up')
      this.#log.warn({ why }, 'the connection to the media switch is gone; reconnecting');
    this.#liveness.closed(why);
  }

  #lost(why: string): void {
    this.#log.error({ why }, 'the media switch is lost');
    this.#repeating.settle(false);
    this.#forsake();
    // A frozen switch keeps its socket open; on a fresh one it can show that it is back.
    this.#connection.drop(why);
  }

  #event(event: EslEvent): void {
    happen(this.#board, translate(event));
  }

  /**
   * A reply counts as heard; its absence is liveness's business, so a failed ping needs no handling of its own. A switch that is silent is
   * dialled anew while there is time: it may be only this connection that is dead.
   */
  #ping(): void {
    const due = this.#clock.now() + this.#pingMs;
    this.#cancelPing = this.#clock.wakeAt(due, () => {
      if (!this.#connection.isOpen) return;
      const overslept = this.#clock.now() - due > this.#pingMs;
      if (this.#liveness.isSuspect && !overslept) return this.#connection.drop('the switch is silent');
      this.#connection.api(commands.ping).catch((error: unknown) => {
        if (!(error instanceof MediaError)) throw error;
      });
      this.#ping();
    });
  }

  #emit(signal: MediaSignal): void {
    if (this.#unheard) this.#unheard.push(signal);
    for (const listener of this.#listeners) listener(signal);
  }
}
