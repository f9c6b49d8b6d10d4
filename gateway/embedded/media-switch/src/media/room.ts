// Legs that hear each other. A bridge is a room of two; a conference is a room whose members may be muted, deaf, louder,
// unheard by one another, played to and recorded.
//
//   per tick:  total = Σ said     heard(listener) = clamp(total − own − those she must not hear) + sounds for her alone

import { FRAME_SAMPLES, SILENCE } from '../audio/frame.ts';
import { applyGain, MixBus } from '../audio/mixer.ts';
import { TalkDetector } from '../audio/talk-detector.ts';
import type { MediaLeg } from './leg.ts';
import type { Recorder } from './recorder.ts';
import type { MemberRights } from './rights.ts';
import { SoundQueue, type Playing } from './sound-queue.ts';

/** What a room tells. */
export interface RoomReports {
  talking(leg: MediaLeg, talking: boolean, energy: number): void;
  playEnded(playing: Playing): void;
}

class Member {
  readonly leg: MediaLeg;
  readonly sounds: SoundQueue;
  rights: MemberRights;
  talk: TalkDetector | undefined;
  /** What she adds to the room this tick. */
  said: Readonly<Int16Array> | undefined;
  readonly #louder = new Int16Array(FRAME_SAMPLES);

  constructor(leg: MediaLeg, rights: MemberRights, onPlayEnd: (playing: Playing) => void) {
    this.leg = leg;
    this.rights = rights;
    this.sounds = new SoundQueue(onPlayEnd);
  }

  /** Takes this tick's voice, unless she may not speak or is away. */
  speak(): void {
    const { speaks, gainIn } = this.rights;
    this.said = undefined;
    if (!speaks || this.leg.isAway) return;
    const voice = this.leg.voice();
    if (gainIn === 1) this.said = voice;
    else {
      this.#louder.set(voice);
      applyGain(this.#louder, gainIn);
      this.said = this.#louder;
    }
  }
}

/** See the file's head. */
export class Room {
  /** Recordings of the whole room, by path. */
  readonly recorders = new Map<string, Recorder>();
  readonly #members = new Map<MediaLeg, Member>();
  /** Speaker → listeners who do not hear her. */
  readonly #unheard = new Map<MediaLeg, Set<MediaLeg>>();
  readonly #bus = new MixBus();
  readonly #sounds: SoundQueue;
  readonly #played = new Int16Array(FRAME_SAMPLES);
  readonly #reports: RoomReports;

  constructor(reports: RoomReports) {
    this.#reports = reports;
    this.#sounds = new SoundQueue((playing) => reports.playEnded(playing));
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Lets a leg in, or changes what it may. */
  admit(leg: MediaLeg, rights: MemberRights): void {
    const member =
      this.#members.get(leg) ?? new Member(leg, rights, (playing) => this.#reports.playEnded(playing));
    member.rights = rights;
    const { talkLevel } = rights;
    if (talkLevel === undefined) member.talk = undefined;
    else {
      member.talk ??= new TalkDetector(talkLevel);
      member.talk.level = talkLevel;
      if (!rights.speaks) member.talk.reset();
    }
    this.#members.set(leg, member);
  }

  remove(leg: MediaLeg): void {
    this.#members.get(leg)?.sounds.close();
    this.#members.delete(leg);
    this.#unheard.delete(leg);
    for (const listeners of this.#unheard.values()) listeners.delete(leg);
  }

  /** Whether `listener` hears `speaker`. */
  relate(speaker: MediaLeg, listener: MediaLeg, heard: boolean): void {
    const listeners = this.#unheard.get(speaker) ?? new Set();
    this.#unheard.set(speaker, listeners);
    if (heard) listeners.delete(listener);
    else listeners.add(listener);
  }

  /** Plays a sound to everybody, or to one member alone. @returns false when that one is not here */
  play(playing: Playing, options: { together: boolean; to?: MediaLeg }): boolean {
    const queue = options.to ? this.#members.get(options.to)?.sounds : this.#sounds;
    queue?.add(playing, options.together);
    return queue !== undefined;
  }

  stopPlay(id: string): void {
    this.#sounds.remove(id);
    for (const { sounds } of this.#members.values()) sounds.remove(id);
  }

  /** Sums this tick. */
  gather(): void {
    this.#bus.clear();
    for (const member of this.#members.values()) {
      member.speak();
      if (member.said) this.#bus.add(member.said);
      this.#noticeTalk(member);
    }
    this.#played.fill(0);
    this.#sounds.mixInto(this.#played);
    this.#bus.add(this.#played);
    this.#record();
  }

  #noticeTalk({ leg, talk, said }: Member): void {
    // While she is muted or away there is nothing to judge.
    const change = said && talk?.push(said);
    if (talk && change) this.#reports.talking(leg, change === 'started', talk.energy);
  }

  #record(): void {
    if (this.recorders.size === 0) return;
    const whole = new Int16Array(FRAME_SAMPLES);
    this.#bus.mixFor([], whole);
    for (const recorder of this.recorders.values()) recorder.add(whole, SILENCE);
  }

  /** So many frames had no tick. */
  skip(frames: number): void {
    for (const recorder of this.recorders.values())
      for (let frame = 0; frame < frames; frame++) recorder.add(SILENCE, SILENCE);
  }

  /** Writes what a member hears. */
  mixFor(leg: MediaLeg, into: Int16Array): void {
    const member = this.#members.get(leg);
    if (!member?.rights.hears) {
      into.fill(0);
      return;
    }
    const without = member.said ? [member.said] : [];
    for (const [speaker, listeners] of this.#unheard) {
      const said = speaker === leg ? undefined : this.#members.get(speaker)?.said;
      if (said && listeners.has(leg)) without.push(said);
    }
    this.#bus.mixFor(without, into);
    member.sounds.mixInto(into);
    applyGain(into, member.rights.gainOut);
  }

  /** Ends its sounds and takes its recordings off. @returns those, to be finished */
  close(): Recorder[] {
    this.#sounds.close();
    const recorders = [...this.recorders.values()];
    this.recorders.clear();
    return recorders;
  }
}
