// The rooms of the media thread by name: who sits where, and what is played into and recorded from each. A room lives as long
// as somebody is in it.

import type { MediaLeg } from './leg.ts';
import type { RecordingLength, RoomOrder } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { FULL_RIGHTS, type MemberRights } from './rights.ts';
import { Room, type RoomReports } from './room.ts';
import type { Playing } from './sound-queue.ts';

/** The caller named a room that is not (any more) here. */
export class NoSuchRoom extends Error {
  override readonly name = 'NoSuchRoom';
}

/** See the file's head. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #seats = new Map<MediaLeg, { readonly name: string; readonly room: Room }>();
  readonly #reports: RoomReports;

  constructor(reports: RoomReports) {
    this.#reports = reports;
  }

  /** The room a leg is in. */
  of(leg: MediaLeg): Room | undefined {
    return this.#seats.get(leg)?.room;
  }

  #room(name: string): Room {
    const room = this.#rooms.get(name);
    if (!room) throw new NoSuchRoom(name);
    return room;
  }

  /** Brings a leg into a room, out of where it was, or changes what it may there. */
  admit(leg: MediaLeg, name: string, rights: MemberRights = FULL_RIGHTS): void {
    if (this.#seats.get(leg)?.name !== name) this.leave(leg);
    const room = this.#rooms.get(name) ?? new Room(this.#reports);
    this.#rooms.set(name, room);
    room.admit(leg, rights);
    this.#seats.set(leg, { name, room });
  }

  leave(leg: MediaLeg): void {
    const seat = this.#seats.get(leg);
    if (!seat) return;
    this.#seats.delete(leg);
    seat.room.remove(leg);
    if (!seat.room.isEmpty) return;
    this.#rooms.delete(seat.name);
    for (const recorder of seat.room.close()) void recorder.finish().catch(() => undefined);
  }

  /** Carries out an order; one for a room or a leg that is gone is late, not wrong. */
  obey(order: Exclude<RoomOrder, { order: 'join' }>, find: (leg: string) => MediaLeg | undefined): void {
    const room = this.#rooms.get(order.room);
    if (!room) return;
    switch (order.order) {
      case 'relate': {
        const [speaker, listener] = [find(order.speaker), find(order.listener)];
        if (speaker && listener) room.relate(speaker, listener, order.heard);
        return;
      }
      case 'stopRoomPlay':
        return room.stopPlay(order.play);
      case 'pauseRoomRecording': {
        const recorder = room.recorders.get(order.path);
        if (recorder) recorder.paused = order.paused;
      }
    }
  }

  /** @throws NoSuchRoom when room or member is gone; the sound is closed then */
  play(name: string, playing: Playing, options: { together: boolean; to?: MediaLeg }): void {
    if (this.#rooms.get(name)?.play(playing, options)) return;
    playing.source.close();
    throw new NoSuchRoom(name);
  }

  /** @throws NoSuchRoom */
  record(name: string, path: string, recorder: Recorder): void {
    this.#room(name).recorders.set(path, recorder);
  }

  /** @throws NoSuchRoom when nothing is recorded at that path */
  async stopRecording(name: string, path: string): Promise<RecordingLength> {
    const { recorders } = this.#room(name);
    const recorder = recorders.get(path);
    if (!recorder) throw new NoSuchRoom(`${name}: not recording ${path}`);
    recorders.delete(path);
    return recorder.finish();
  }

  gather(): void {
    for (const room of this.#rooms.values()) room.gather();
  }

  skip(frames: number): void {
    for (const room of this.#rooms.values()) room.skip(frames);
  }
}
