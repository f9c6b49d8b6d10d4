// playback and endless_playback.
//
//   CHANNEL_EXECUTE ─> opening ──no such sound──────────────────────────> CHANNEL_EXECUTE_COMPLETE
//                        └─> PLAYBACK_START ─> playing ─> PLAYBACK_STOP ─> CHANNEL_EXECUTE_COMPLETE
//                                  ^__________________________| endless

import { randomUUID } from 'node:crypto';
import type { EventFields } from '../esl/event.ts';
import type { Channel, RunningApplication } from './channel.ts';
import type { Exchange } from './exchange.ts';

/** What starts a playback. */
export interface PlaybackRequest {
  readonly name: 'playback' | 'endless_playback';
  readonly path: string;
  /** Event-UUID of the sendmsg that asked for it; it comes back as Application-UUID. */
  readonly id?: string;
  /** Called once it is over. */
  readonly onEnd?: () => void;
}

const fileType = (path: string): string => /^(\w+):\/\//.exec(path)?.[1] ?? 'file';

/** Starts a sound on a channel, above whatever plays there. */
export function play(exchange: Exchange, channel: Channel, request: PlaybackRequest): void {
  const playback = new Playback(exchange, channel, request);
  channel.applications.push(playback);
  playback.start();
}

class Playback implements RunningApplication {
  readonly name: string;
  readonly argument: string;
  readonly id: string;
  readonly #exchange: Exchange;
  readonly #channel: Channel;
  readonly #request: PlaybackRequest;
  #play = '';
  #startedAt = 0;
  #state: 'opening' | 'playing' | 'over' = 'opening';

  constructor(exchange: Exchange, channel: Channel, request: PlaybackRequest) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#request = request;
    this.name = request.name;
    this.argument = request.path;
    this.id = request.id ?? randomUUID();
  }

  get #fields(): EventFields {
    return [
      ['Application', this.name],
      ['Application-Data', this.argument],
      ['Application-UUID', this.id],
    ];
  }

  get #fileFields(): EventFields {
    return [
      ['Playback-File-Type', fileType(this.argument)],
      ['Playback-File-Path', this.argument],
    ];
  }

  start(): void {
    this.#channel.set('current_application', this.name);
    this.#channel.set('current_application_data', this.argument);
    this.#channel.application = { name: this.name, argument: this.argument };
    this.#channel.raise('CHANNEL_EXECUTE', { extra: this.#fields });
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
    const { applications } = this.#channel;
    const index = applications.indexOf(this);
    if (index >= 0) applications.splice(index, 1);
    this.#channel.set('current_application_response', response);
    const below = applications.at(-1);
    this.#channel.application = below
      ? { name: below.name, argument: below.argument }
      : this.#channel.bridge
        ? { name: 'uuid_bridge', argument: this.#channel.partner?.uuid ?? '' }
        : { name: this.#channel.parked ? 'park' : '', argument: '' };
    this.#channel.raise('CHANNEL_EXECUTE_COMPLETE', {
      extra: [...this.#fields, ['Application-Response', response]],
    });
    this.#request.onEnd?.();
  }
}
