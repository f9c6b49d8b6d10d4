// One sound played to a channel, from PLAYBACK_START to PLAYBACK_STOP; whatever application plays it.
//
//   opening ──no such sound──> (missing)
//      └─> PLAYBACK_START ─> playing ─┬─ its end ─> PLAYBACK_STOP done ─> (done)
//                                     └─ stop() ──> PLAYBACK_STOP

import type { EventFields } from '../esl/event.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { preAnswer } from './life.ts';

const fileType = (path: string): string => /^(\w+):\/\//.exec(path)?.[1] ?? 'file';

/** See the file's head. */
export class PlayedSound {
  readonly #exchange: Exchange;
  readonly #channel: Channel;
  readonly #path: string;
  readonly #onEnd: (how: 'done' | 'missing') => void;
  readonly #play: string;
  #startedAt = 0;
  #state: 'opening' | 'playing' | 'over' = 'opening';

  /** @param onEnd it ended by itself; never called after `stop` */
  constructor(exchange: Exchange, channel: Channel, path: string, onEnd: (how: 'done' | 'missing') => void) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#path = path;
    this.#onEnd = onEnd;
    this.#play = exchange.newPlayId();
  }

  get #fields(): EventFields {
    return [
      ['Playback-File-Type', fileType(this.#path)],
      ['Playback-File-Path', this.#path],
    ];
  }

  start(): void {
    preAnswer(this.#exchange, this.#channel);
    void this.#open();
  }

  async #open(): Promise<void> {
    const { media, plays, clock, log } = this.#exchange;
    const leg = this.#channel.uuid;
    plays.set(this.#play, (samples) => this.#ended(samples));
    try {
      await media.call('play', { leg, play: this.#play, path: this.#path });
    } catch (error) {
      plays.delete(this.#play);
      if (this.#state === 'over') return;
      log(`${leg}: cannot play: ${error instanceof Error ? error.message : String(error)}`);
      this.#state = 'over';
      this.#onEnd('missing');
      return;
    }
    if (this.#state === 'over') {
      media.order({ order: 'stopPlay', leg, play: this.#play });
      return;
    }
    this.#state = 'playing';
    this.#startedAt = clock.now();
    this.#channel.raise('PLAYBACK_START', { extra: this.#fields });
  }

  /** The media thread says the sound is over. */
  #ended(samples: number): void {
    this.#exchange.plays.delete(this.#play);
    if (this.#state !== 'playing') return;
    this.#state = 'over';
    this.#raiseStop('done', samples);
    this.#onEnd('done');
  }

  /** Ends it now. @returns false when it was over before */
  stop(status: 'break' | 'done'): boolean {
    const state = this.#state;
    this.#state = 'over';
    this.#exchange.plays.delete(this.#play);
    if (state !== 'playing') return state === 'opening';
    this.#exchange.media.order({ order: 'stopPlay', leg: this.#channel.uuid, play: this.#play });
    const played = Math.max(0, this.#exchange.clock.now() - this.#startedAt);
    this.#raiseStop(status, Math.round((played * 8) / 1_000));
    return true;
  }

  get isPlaying(): boolean {
    return this.#state === 'playing';
  }

  #raiseStop(status: 'break' | 'done', samples: number): void {
    this.#channel.set('playback_last_offset_pos', samples);
    this.#channel.set('playback_samples', samples);
    this.#channel.set('playback_ms', Math.round(samples / 8));
    this.#channel.set('playback_seconds', Math.round(samples / 8_000));
    this.#channel.raise('PLAYBACK_STOP', {
      extra: [...this.#fields, ['Playback-Status', status]],
    });
  }
}
