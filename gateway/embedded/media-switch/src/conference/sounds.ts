// Sounds played into a conference, to all or to one member: told when they are asked for, and when they are over.

import type { ConferenceMember } from './member.ts';
import type { RoomOf } from './room-of.ts';

interface Sound {
  readonly id: string;
  readonly path: string;
  readonly together: boolean;
  readonly member: ConferenceMember | undefined;
}

/** Which sounds a stop means. */
export type StopWhich = 'current' | 'all' | 'async' | 'last';

/** See the file's head. */
export class ConferenceSounds {
  readonly #room: RoomOf;
  readonly #sounds = new Map<string, Sound>();

  constructor(room: RoomOf) {
    this.#room = room;
  }

  /**
   * Plays a sound: in turn, or with `together` at once.
   * @param member who alone hears it; everybody when left out
   * @returns false when there is no such sound
   */
  async play(path: string, together: boolean, member?: ConferenceMember): Promise<boolean> {
    const { around, mediaRoom } = this.#room;
    const id = around.newPlayId();
    const sound: Sound = { id, path, together, member };
    around.plays.set(id, (samples) => this.#ended(sound, samples));
    this.#sounds.set(id, sound);
    try {
      const leg = member && { leg: member.channel.uuid };
      await around.media.call('playRoom', { room: mediaRoom, play: id, path, together, ...leg });
    } catch (error) {
      around.log(`cannot play into a conference: ${error instanceof Error ? error.message : String(error)}`);
      around.plays.delete(id);
      this.#sounds.delete(id);
      if (!member) this.#tellStart(sound, [['Error', 'File could not be played']]);
      return false;
    }
    this.#tellStart(sound, []);
    return true;
  }

  #tellStart({ path, together, member }: Sound, extra: readonly (readonly [string, string])[]): void {
    const async = member ? [] : [['Async', String(together)] as const];
    this.#room.tell(`play-file${member ? '-member' : ''}`, member, [['File', path], ...async, ...extra]);
  }

  #ended({ id, path, together, member }: Sound, samples: number): void {
    this.#room.around.plays.delete(id);
    this.#sounds.delete(id);
    this.#room.tell(`play-file${member ? '-member' : ''}-done`, member, [
      ['seconds', String(Math.floor(samples / 8_000))],
      ['milliseconds', String(Math.round(samples / 8))],
      ['samples', String(samples)],
      ['File', path],
      ...(together ? [['Async', 'true'] as const] : []),
    ]);
  }

  /** Stops sounds of the conference, or those of one member. @returns how many */
  stop(which: StopWhich, member?: ConferenceMember): number {
    const own = [...this.#sounds.values()].filter((sound) => sound.member === member);
    const inTurn = own.filter(({ together }) => !together);
    const chosen = {
      all: own,
      async: own.filter(({ together }) => together),
      current: inTurn.slice(0, 1),
      last: inTurn.slice(-1),
    }[which];
    for (const { id } of chosen)
      this.#room.around.media.order({ order: 'stopRoomPlay', room: this.#room.mediaRoom, play: id });
    return chosen.length;
  }

  /** The conference is over. */
  stopAll(): void {
    for (const { id } of this.#sounds.values()) this.#room.around.plays.delete(id);
    this.#sounds.clear();
  }
}
