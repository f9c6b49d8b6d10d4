// One conference: its members, who has the floor, and what it tells. It begins with its first member and ends with its last.

import { randomUUID } from 'node:crypto';
import type { Channel } from '../channel/channel.ts';
import type { EventFields } from '../esl/event.ts';
import { ConferenceMember, type MemberExit, type Relation } from './member.ts';
import { ConferenceRecordings } from './recordings.ts';
import { ConferenceSounds } from './sounds.ts';
import type { ConferenceSurroundings } from './surroundings.ts';

/** Actions that a profile other than `default` keeps to itself, as FreeSWITCH's suppress-events does. */
const CHATTER: ReadonlySet<string> = new Set(['start-talking', 'stop-talking', 'floor-change']);

/** See the file's head. */
export class Conference {
  readonly name: string;
  readonly profile: string;
  readonly uuid = randomUUID();
  readonly around: ConferenceSurroundings;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  readonly sounds: ConferenceSounds;
  readonly recordings: ConferenceRecordings;
  locked = false;
  /** In the order they came. */
  readonly #members = new Map<number, ConferenceMember>();
  #floor: ConferenceMember | undefined;
  readonly #onEmpty: () => void;

  constructor(name: string, profile: string, around: ConferenceSurroundings, onEmpty: () => void) {
    this.name = name;
    this.profile = profile;
    this.around = around;
    this.startedAt = seconds(around.clock.now());
    this.#onEmpty = onEmpty;
    this.sounds = new ConferenceSounds(this);
    this.recordings = new ConferenceRecordings(this);
    this.tell('conference-create');
  }

  /** The name the media thread knows it by; no channel has it. */
  get mediaRoom(): string {
    return `conference ${this.uuid}`;
  }

  get now(): number {
    return seconds(this.around.clock.now());
  }

  /** Members, the newest first, as FreeSWITCH lists them. */
  get members(): ConferenceMember[] {
    return [...this.#members.values()].reverse();
  }

  get size(): number {
    return this.#members.size;
  }

  member(id: number): ConferenceMember | undefined {
    return this.#members.get(id);
  }

  memberOf(leg: string): ConferenceMember | undefined {
    return [...this.#members.values()].find(({ channel }) => channel.uuid === leg);
  }

  hasFloor(member: ConferenceMember): boolean {
    return this.#floor === member;
  }

  /** Lets a leg in. @param how.flags as behind `+flags` */
  admit(
    channel: Channel,
    how: { readonly id: number; readonly flags: ReadonlySet<string>; readonly exit: MemberExit },
  ): ConferenceMember {
    const member = new ConferenceMember(how.id, channel, { flags: how.flags, now: this.now, exit: how.exit });
    this.#members.set(member.id, member);
    channel.set('conference_name', this.name);
    channel.set('conference_member_id', member.id);
    channel.set('conference_moderator', String(member.isModerator));
    channel.set('conference_ghost', 'false');
    channel.set('conference_uuid', this.uuid);
    this.applyRights(member);
    this.tell('add-member', member);
    if (!this.#floor) this.#giveFloor(member);
    return member;
  }

  /** A member is gone, for whatever reason. */
  remove(member: ConferenceMember): void {
    if (this.#members.get(member.id) !== member) return;
    if (this.#floor === member) this.#giveFloor(undefined);
    this.#members.delete(member.id);
    this.around.media.order({ order: 'leave', leg: member.channel.uuid });
    for (const other of this.#members.values()) other.relations.delete(member);
    this.tell('del-member', member);
    if (this.size === 0) this.#end();
    else if (member.endsConference) for (const other of this.members) other.exit.kick();
    else if (!this.#floor) this.#giveFloor(this.members.find(({ talking }) => talking) ?? this.members[0]);
  }

  #end(): void {
    this.sounds.stopAll();
    this.recordings.end();
    this.around.clock.soon(() => this.tell('conference-destroy'));
    this.#onEmpty();
  }

  /** Tells the media thread what a member may, after a change. */
  applyRights(member: ConferenceMember): void {
    const { rights } = member;
    this.around.media.order({ order: 'admit', leg: member.channel.uuid, room: this.mediaRoom, rights });
  }

  /** Adds to what `member` set towards `other`, or with undefined clears it. */
  relate(member: ConferenceMember, other: ConferenceMember, more: Relation | undefined): void {
    const before = member.relations.get(other);
    if (!more) member.relations.delete(other);
    else
      member.relations.set(other, {
        nospeak: more.nospeak || (before?.nospeak ?? false),
        nohear: more.nohear || (before?.nohear ?? false),
      });
    this.#orderHearing(member, other);
    this.#orderHearing(other, member);
  }

  #orderHearing(speaker: ConferenceMember, listener: ConferenceMember): void {
    this.around.media.order({
      order: 'relate',
      room: this.mediaRoom,
      speaker: speaker.channel.uuid,
      listener: listener.channel.uuid,
      heard: speaker.isHeardBy(listener),
    });
  }

  /** The media thread heard a member begin or end to talk. */
  noteTalking(leg: string, talking: boolean, energy: number): void {
    const member = this.memberOf(leg);
    if (!member || member.talking === talking) return;
    member.talking = talking;
    if (talking) member.energy = energy;
    else member.lastTalkedAt = this.now;
    this.tell(talking ? 'start-talking' : 'stop-talking', member);
    if (talking && this.#floor !== member && !this.#floor?.talking) this.#giveFloor(member);
  }

  #giveFloor(member: ConferenceMember | undefined): void {
    const before = this.#floor;
    this.#floor = member;
    const extra: EventFields = [
      ['Old-ID', before ? String(before.id) : 'none'],
      ['New-ID', member ? String(member.id) : 'none'],
    ];
    this.tell('floor-change', member, extra);
  }

  /** conference::maintenance. @param extra headers behind the action */
  tell(action: string, member?: ConferenceMember, extra: EventFields = []): void {
    if (this.profile !== 'default' && CHATTER.has(action)) return;
    this.around.bus.raise(
      'CUSTOM',
      () => ({
        fields: [
          ['Conference-Name', this.name],
          ['Conference-Domain', 'cluecon.com'],
          ['Conference-Size', String(this.size)],
          ['Conference-Ghosts', '0'],
          ['Conference-Profile-Name', this.profile],
          ['Conference-Unique-ID', this.uuid],
          ...(member ? member.fields(this.hasFloor(member)) : []),
          ['Action', action],
          ...extra,
        ],
      }),
      'conference::maintenance',
    );
  }
}

const seconds = (micros: number): number => Math.floor(micros / 1_000_000);
