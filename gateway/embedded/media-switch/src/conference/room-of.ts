// What sounds and recordings need of the conference they belong to.

import type { EventFields } from '../esl/event.ts';
import type { ConferenceMember } from './member.ts';
import type { ConferenceSurroundings } from './surroundings.ts';

/** See the file's head; the conference itself. */
export interface RoomOf {
  readonly mediaRoom: string;
  readonly around: ConferenceSurroundings;
  tell(action: string, member?: ConferenceMember, extra?: EventFields): void;
}
