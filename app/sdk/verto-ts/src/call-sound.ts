// The media of one dialog through its life: described once, answered once, begun afresh when the server attaches the call to a new
// connection. The page hears no gap it need not hear: the microphone stays open, and the new path takes over when it stands.

import type { CallMedia, MediaOptions, OpenMedia } from './media.ts';
import type { DeviceChoice } from './media-choice.ts';
import { Player } from './player.ts';

export interface SoundEvents {
  remote(stream: MediaStream): void;
  broken(): void;
}

export class CallSound {
  readonly #open: OpenMedia;
  readonly #events: SoundEvents;
  readonly #player: Player;
  #options: MediaOptions;
  #media: CallMedia | undefined;
  /** Their answer to our offer has been taken: early media and the answer both bring one. */
  #accepted = false;
  #muted = false;

  constructor(open: OpenMedia, options: MediaOptions, events: SoundEvents) {
    this.#open = open;
    this.#options = options;
    this.#events = events;
    this.#player = new Player(options.tag);
  }

  get muted(): boolean {
    return this.#muted;
  }
  get alive(): boolean {
    return this.#media?.alive === true;
  }
  get local(): MediaStream | undefined {
    return this.#media?.local;
  }
  get remote(): MediaStream | undefined {
    return this.#media?.remote;
  }

  /** What the page chose when it answered. */
  choose(options: MediaOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  offer(): Promise<string> {
    this.#media = this.#fresh(this.#options);
    return this.#media.offer();
  }

  /** New ICE credentials for the same media: the network has changed. @throws VertoError `media-failed` */
  async restart(): Promise<string> {
    this.#accepted = false;
    return (this.#media ??= this.#fresh(this.#options)).offer(true);
  }

  /** Answers an offer; the one before, if any, is left when the new one stands. */
  async answer(sdp: string): Promise<string> {
    const before = this.#media;
    const media = this.#fresh({ ...this.#options, ...(before?.local && { useStream: before.local }) });
    this.#media = media;
    const answer = await media.answer(sdp);
    before?.close(true);
    return answer;
  }

  async accept(sdp: string): Promise<void> {
    if (this.#accepted || sdp === '') return;
    this.#accepted = true;
    await this.#media?.accept(sdp);
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#media?.setMuted(muted);
  }

  async useMicrophone(choice: DeviceChoice): Promise<void> {
    await this.#media?.useMicrophone(choice);
  }

  useSpeaker(choice: DeviceChoice): Promise<void> {
    return this.#player.useSpeaker(choice);
  }

  async stats(): Promise<RTCStatsReport | undefined> {
    return this.#media?.stats();
  }

  close(): void {
    this.#media?.close();
    // A microphone that was handed on from media to media is nobody's stream in particular, except the page's own.
    if (this.local && this.local !== this.#options.useStream)
      for (const track of this.local.getTracks()) track.stop();
    this.#player.stop();
  }

  #fresh(options: MediaOptions): CallMedia {
    const media: CallMedia = this.#open(options, {
      remote: (stream) => {
        if (this.#media !== media) return;
        this.#player.play(stream);
        this.#events.remote(stream);
      },
      broken: () => {
        if (this.#media === media) this.#events.broken();
      },
    });
    media.setMuted(this.#muted);
    return media;
  }
}
