// A leg in a conference: what it may, how loud it is, whether it talks.

import { gainOfLevel } from '../audio/mixer.ts';
import type { Channel } from '../channel/channel.ts';
import type { EventFields } from '../esl/event.ts';
import type { MemberRights } from '../media/rights.ts';

const DEFAULT_ENERGY = 100;

/** What may follow when a member is sent away. */
export interface MemberExit {
  /** The conference is over for it; whatever its plan says follows. */
  kick(): void;
  /** Its call ends. */
  hangUp(): void;
}

/** `relate`: the other one does not hear this member (nospeak), this member does not hear the other one (nohear). */
export interface Relation {
  readonly nospeak: boolean;
  readonly nohear: boolean;
}

/** See the file's head. */
export class ConferenceMember {
  readonly id: number;
  readonly channel: Channel;
  readonly exit: MemberExit;
  readonly isModerator: boolean;
  readonly endsConference: boolean;
  /** Seconds since the epoch. */
  readonly joinedAt: number;
  canSpeak: boolean;
  canHear: boolean;
  talking = false;
  lastTalkedAt = 0;
  energyLevel = DEFAULT_ENERGY;
  energy = 0;
  volumeIn = 0;
  volumeOut = 0;
  /** What was set by `relate` from this member towards another. */
  readonly relations = new Map<ConferenceMember, Relation>();

  constructor(
    id: number,
    channel: Channel,
    how: { flags: ReadonlySet<string>; now: number; exit: MemberExit },
  ) {
    this.id = id;
    this.channel = channel;
    this.exit = how.exit;
    this.joinedAt = how.now;
    this.canSpeak = !how.flags.has('mute');
    this.canHear = !how.flags.has('deaf');
    this.isModerator = how.flags.has('moderator');
    this.endsConference = how.flags.has('endconf');
  }

  /** What the media thread is told. */
  get rights(): MemberRights {
    return {
      speaks: this.canSpeak,
      hears: this.canHear,
      gainIn: gainOfLevel(this.volumeIn),
      gainOut: gainOfLevel(this.volumeOut),
      talkLevel: this.energyLevel,
    };
  }

  /** Whether another member may hear this one. */
  isHeardBy(listener: ConferenceMember): boolean {
    return !this.relations.get(listener)?.nospeak && !listener.relations.get(this)?.nohear;
  }

  /** Its part of a conference event, between the conference's and the action's. @param hasFloor whether it holds the floor */
  fields(hasFloor: boolean): EventFields {
    return [
      ['Floor', String(hasFloor)],
      ...this.channel.content({ variables: false }).fields,
      ['Video', 'false'],
      ['Hear', String(this.canHear)],
      ['See', 'true'],
      ['Speak', String(this.canSpeak)],
      ['Talking', String(this.talking)],
      ['Mute-Detect', 'false'],
      ['Hold', 'false'],
      ['Member-ID', String(this.id)],
      ['Member-Type', this.isModerator ? 'moderator' : 'member'],
      ['Member-Ghost', 'false'],
      ['Energy-Level', String(this.energyLevel)],
      ['Current-Energy', String(this.energy)],
    ];
  }
}
