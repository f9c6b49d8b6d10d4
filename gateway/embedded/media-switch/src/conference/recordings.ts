// Recordings of a whole conference: one mono file each, from start to stop or to the conference's end.

import type { RoomOf } from './room-of.ts';

/** See the file's head. */
export class ConferenceRecordings {
  readonly #room: RoomOf;
  readonly #paths = new Set<string>();

  constructor(room: RoomOf) {
    this.#room = room;
  }

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** Starts one. @returns false when that file is being written already */
  start(path: string): boolean {
    if (this.#paths.has(path)) return false;
    this.#paths.add(path);
    void this.#open(path);
    return true;
  }

  async #open(path: string): Promise<void> {
    const { around, mediaRoom } = this.#room;
    try {
      await around.media.call('startRoomRecording', { room: mediaRoom, path });
      this.#room.tell('start-recording', undefined, [['Path', path]]);
    } catch (error) {
      around.log(`cannot record a conference: ${error instanceof Error ? error.message : String(error)}`);
      this.#paths.delete(path);
      this.#room.tell('start-recording', undefined, [
        ['Path', path],
        ['Error', 'File could not be opened for recording'],
      ]);
    }
  }

  /** Leaves out what follows, until resumed. @returns false when nothing is written there */
  pause(path: string, paused: boolean): boolean {
    if (!this.#paths.has(path)) return false;
    this.#room.around.media.order({
      order: 'pauseRoomRecording',
      room: this.#room.mediaRoom,
      path,
      paused,
    });
    this.#room.tell(paused ? 'pause-recording' : 'resume-recording', undefined, [['Path', path]]);
    return true;
  }

  /** Ends one. @returns false when nothing is written there */
  stop(path: string): boolean {
    if (!this.#paths.delete(path)) return false;
    void this.#close(path);
    return true;
  }

  async #close(path: string): Promise<void> {
    const { around, mediaRoom } = this.#room;
    try {
      const { samples, bytes } = await around.media.call('stopRoomRecording', { room: mediaRoom, path });
      this.#tellStop(path, samples, bytes);
    } catch {
      // The last member was faster: the media thread finished the file with the room.
      this.#tellStop(path);
    }
  }

  #tellStop(path: string, samples?: number, bytes?: number): void {
    this.#room.tell('stop-recording', undefined, [
      ['Path', path],
      ...(samples === undefined
        ? []
        : [
            ['Samples-Out', String(samples)] as const,
            ['Samplerate', '8000'] as const,
            ['Milliseconds-Elapsed', String(Math.round(samples / 8))] as const,
          ]),
      ...(bytes === undefined ? [] : [['Record-File-Size', String(bytes)] as const]),
    ]);
  }

  /** The conference is over: the media thread finished the files with the room. */
  end(): void {
    for (const path of this.#paths) this.#tellStop(path);
    this.#paths.clear();
  }
}
