// playback and endless_playback.
//
//   CHANNEL_EXECUTE ─> opening ──no such sound──────────────────────────> CHANNEL_EXECUTE_COMPLETE
//                        └─> PLAYBACK_START ─> playing ─> PLAYBACK_STOP ─> CHANNEL_EXECUTE_COMPLETE
//                                  ^__________________________| endless

import { randomUUID } from 'node:crypto';
import { beginApplication, completeApplication, type ApplicationRequest } from './applications.ts';
import type { Channel, RunningApplication } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { PlayedSound } from './played-sound.ts';

/** Starts a sound on a channel, above whatever plays there. */
export function play(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const playback = new Playback(exchange, channel, request);
  beginApplication(channel, playback);
  playback.start();
}

class Playback implements RunningApplication {
  readonly name: string;
  readonly argument: string;
  readonly id: string;
  readonly #exchange: Exchange;
  readonly #channel: Channel;
  readonly #onEnd: (() => void) | undefined;
  #sound: PlayedSound;
  #over = false;

  constructor(exchange: Exchange, channel: Channel, request: ApplicationRequest) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#onEnd = request.onEnd;
    this.name = request.name;
    this.argument = request.argument;
    this.id = request.id ?? randomUUID();
    this.#sound = this.#newSound();
  }

  #newSound(): PlayedSound {
    return new PlayedSound(this.#exchange, this.#channel, this.argument, (how) => {
      if (how === 'missing') this.#end('FILE NOT FOUND');
      else if (this.#isEndless) this.#again();
      else this.#end('FILE PLAYED');
    });
  }

  get #isEndless(): boolean {
    return this.name === 'endless_playback';
  }

  start(): void {
    this.#sound.start();
  }

  #again(): void {
    this.#sound = this.#newSound();
    this.#sound.start();
  }

  stop(status: 'break' | 'done'): void {
    if (this.#over) return;
    this.#sound.stop(status);
    if (status === 'break') this.#end('FILE PLAYED');
    else this.#complete('PLAYBACK ERROR');
  }

  interrupt(): boolean {
    if (!this.#isEndless) {
      this.stop('break');
      return true;
    }
    // uuid_break only starts an endless sound again, as in FreeSWITCH.
    if (this.#sound.isPlaying) {
      this.#sound.stop('break');
      this.#again();
    }
    return false;
  }

  #complete(response: string): void {
    this.#over = true;
    completeApplication(this.#channel, this, response);
  }

  #end(response: string): void {
    this.#complete(response);
    this.#onEnd?.();
  }
}
