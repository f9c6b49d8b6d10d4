// eavesdrop and three_way: a leg listens to another one, and is heard by its two sides as a digit says.
//
//   0 nobody · 1 whoever hears the target · 2 the target · 3 both · * ends it
//
// The digit comes from the leg's keypad or uuid_recv_dtmf, or, where the keypad must not decide, by sendevent.
//
//   CHANNEL_EXECUTE ─> waiting (the target has no sound yet) ─> MEDIA_BUG_START on the target ─> listening
//       listening ─┬─ target gone, * ────────────────> MEDIA_BUG_STOP, CHANNEL_EXECUTE_COMPLETE, the plan goes on
//                  └─ transferred, bridged, hung up ─> MEDIA_BUG_STOP, CHANNEL_EXECUTE_COMPLETE

import { randomUUID } from 'node:crypto';
import type { EavesdropMode } from '../media/eavesdrop-bug.ts';
import { beginApplication, completeApplication, type ApplicationRequest } from './applications.ts';
import type { Channel, RunningApplication } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { attachBug, detachBug } from './media-bugs.ts';

/** A target that is not up yet is waited for as long as FreeSWITCH does. */
const WAIT_MS = 6_000;
const LOOK_EVERY_MS = 100;

const MODES: ReadonlyMap<string, EavesdropMode> = new Map([
  ['0', { target: false, other: false }],
  ['1', { target: false, other: true }],
  ['2', { target: true, other: false }],
  ['3', { target: true, other: true }],
]);

/** Starts listening to the leg named by the argument. */
export function eavesdrop(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const eavesdropping = new Eavesdropping(exchange, channel, request);
  beginApplication(channel, eavesdropping);
  eavesdropping.start();
}

class Eavesdropping implements RunningApplication {
  readonly name: string;
  readonly argument: string;
  readonly id: string;
  readonly holdsMessages = true;
  readonly #exchange: Exchange;
  readonly #channel: Channel;
  readonly #onEnd: (() => void) | undefined;
  #mode: EavesdropMode;
  #target: Channel | undefined;
  #over = false;
  #cancelWait: (() => void) | undefined;

  constructor(exchange: Exchange, channel: Channel, request: ApplicationRequest) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#onEnd = request.onEnd;
    this.name = request.name;
    this.argument = request.argument;
    this.id = request.id ?? randomUUID();
    this.#mode = this.#firstMode();
  }

  get #bugName(): string {
    return `eavesdrop ${this.#channel.uuid}`;
  }

  start(waitedMs = 0): void {
    const target = this.#exchange.find(this.argument.trim());
    if (this.#over) return;
    if (!target || target === this.#channel || !this.#channel.hasMedia || waitedMs >= WAIT_MS) this.#end();
    else if (target.hasMedia) this.#listen(target);
    else
      this.#cancelWait = this.#exchange.clock.after(LOOK_EVERY_MS, () =>
        this.start(waitedMs + LOOK_EVERY_MS),
      );
  }

  #listen(target: Channel): void {
    const { uuid } = this.#channel;
    this.#target = target;
    this.#exchange.media.order({
      order: 'eavesdrop',
      leg: uuid,
      target: target.uuid,
      mode: this.#mode,
      hears: this.#hears(),
    });
    attachBug(target, this.#bugName, {
      function: 'eavesdrop',
      target: target.uuid,
      onChannelEnd: () => this.#end(),
    });
  }

  #firstMode(): EavesdropMode {
    if (this.name === 'three_way') return { target: true, other: true };
    // FreeSWITCH's names are the other way round than one would think: aleg is who hears the target.
    return {
      target: this.#channel.isTrue('eavesdrop_whisper_bleg'),
      other: this.#channel.isTrue('eavesdrop_whisper_aleg'),
    };
  }

  /** Both directions of the target, unless variables ask for one. */
  #hears(): { read: boolean; write: boolean } {
    if (this.name === 'three_way') return { read: true, write: true };
    const read = this.#channel.isTrue('eavesdrop_bridge_aleg');
    const write = this.#channel.isTrue('eavesdrop_bridge_bleg');
    return read || write ? { read, write } : { read: true, write: true };
  }

  get #takesDigits(): boolean {
    if (this.name === 'three_way') return false;
    const enabled = this.#channel.variables.get('eavesdrop_enable_dtmf');
    return enabled === undefined || this.#channel.isTrue('eavesdrop_enable_dtmf');
  }

  digit(digit: string): void {
    if (this.#takesDigits) this.command(digit);
  }

  command(text: string): void {
    for (const character of text) {
      if (character === '*') return this.#end();
      this.#mode = MODES.get(character) ?? this.#mode;
    }
    const { uuid } = this.#channel;
    if (this.#target) this.#exchange.media.order({ order: 'eavesdropMode', leg: uuid, mode: this.#mode });
  }

  interrupt(): boolean {
    return false;
  }

  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelWait?.();
    if (this.#target) {
      this.#exchange.media.order({ order: 'stopEavesdrop', leg: this.#channel.uuid });
      detachBug(this.#target, this.#bugName);
    }
    completeApplication(this.#channel, this);
  }

  #end(): void {
    if (this.#over) return;
    this.stop();
    this.#onEnd?.();
  }
}
