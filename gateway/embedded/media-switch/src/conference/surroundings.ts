// What a conference needs of the switch around it.

import type { EventBus } from '../esl/event-bus.ts';
import type { Media } from '../media/client.ts';

/** See the file's head. */
export interface ConferenceSurroundings {
  readonly bus: EventBus;
  readonly media: Media;
  readonly clock: {
    /** Microseconds since the epoch. */
    now(): number;
    /** Runs after the current turn. */
    soon(call: () => void): void;
  };
  /** What to do when the media thread says a sound ended, by play id. */
  readonly plays: Map<string, (samples: number) => void>;
  newPlayId(): string;
  log(line: string): void;
}
