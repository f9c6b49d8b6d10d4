// playback and endless_playback.
//
//   CHANNEL_EXECUTE ─> opening ──no such sound──────────────────────────> CHANNEL_EXECUTE_COMPLETE
//                        └─> PLAYBACK_START ─> playing ─> PLAYBACK_STOP ─> CHANNEL_EXECUTE_COMPLETE
//                                  ^__________________________| endless

import { randomUUID } from 'node:crypto';
import type { EventFields } from '../esl/event.ts';
import { beginApplication, completeApplication, type ApplicationRequest } from './applications.ts';
import type { Channel, RunningApplication } from './channel.ts';
import type { Exchange } from './exchange.ts';

const fileType = (path: string): string => /^(\w+):\/\//.exec(path)?.[1] ?? 'file';

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
  #play = '';
  #startedAt = 0;
  #state: 'opening' | 'playing' | 'over' = 'opening';

  constructor(exchange: Exchange, channel: Channel, request: ApplicationRequest) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#onEnd = request.onEnd;
    this.name = request.name;
    this.argument = request.argument;
    this.id = request.id ?? randomUUID();
  }

  get #fileFields(): EventFields {
    return [
      ['Playback-File-Type', fileType(this.argument)],
      ['Playback-File-Path', this.argument],
    ];
  }

  start(): void {
    void this.#open();
  }

  async #open(): Promise<void> {
    const play = this.#exchange.newPlayId();
    this.#play = play;
    this.#exchange.plays.set(play, (samples) => this.#ended(samples));
    const leg = this.#channel.uuid;
    try {
      await this.#exchange.media.call('play', { leg, play, path: this.argument });
    } catch (error) {
      this.#exchange.plays.delete(play);
      if (this.#state === 'over') return;
      this.#exchange.log(`${leg}: cannot play: ${error instanceof Error ? error.message : String(error)}`);
      this.#finish('FILE NOT FOUND');
      this.#onEnd?.();
      return;
    }
    if (this.#state === 'over') {
      this.#exchange.media.order({ order: 'stopPlay', leg, play });
      return;
    }
    this.#state = 'playing';
    this.#startedAt = this.#exchange.clock.now();
    this.#channel.raise('PLAYBACK_START', { extra: this.#fileFields });
  }

  /** The media thread says the sound is over. */
  #ended(samples: number): void {
    this.#exchange.plays.delete(this.#play);
    if (this.#state !== 'playing') return;
    this.#raiseStop('done', samples);
    if (this.name !== 'endless_playback') {
      this.#finish('FILE PLAYED');
      this.#onEnd?.();
      return;
    }
    this.#state = 'opening';
    void this.#open();
  }

  #raiseStop(status: 'break' | 'done', samples: number): void {
    this.#channel.set('playback_last_offset_pos', samples);
    this.#channel.set('playback_samples', samples);
    this.#channel.set('playback_ms', Math.round(samples / 8));
    this.#channel.set('playback_seconds', Math.round(samples / 8_000));
    this.#channel.raise('PLAYBACK_STOP', {
      extra: [...this.#fileFields, ['Playback-Status', status]],
    });
  }

  stop(status: 'break' | 'done'): void {
    if (this.#state === 'over') return;
    this.#silence(status);
    this.#finish(status === 'break' ? 'FILE PLAYED' : 'PLAYBACK ERROR');
    if (status === 'break') this.#onEnd?.();
  }

  #silence(status: 'break' | 'done'): void {
    this.#exchange.plays.delete(this.#play);
    if (this.#state !== 'playing') return;
    this.#exchange.media.order({ order: 'stopPlay', leg: this.#channel.uuid, play: this.#play });
    const played = Math.max(0, this.#exchange.clock.now() - this.#startedAt);
    this.#raiseStop(status, Math.round((played * 8) / 1_000));
  }

  interrupt(): boolean {
    if (this.name !== 'endless_playback') {
      this.stop('break');
      return true;
    }
    // uuid_break only starts an endless sound again, as in FreeSWITCH.
    if (this.#state === 'playing') {
      this.#silence('break');
      this.#state = 'opening';
      void this.#open();
    }
    return false;
  }

  #finish(response: string): void {
    this.#state = 'over';
    completeApplication(this.#channel, this, response);
  }
}
