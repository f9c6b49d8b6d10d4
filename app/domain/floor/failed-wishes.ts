// What an agent wished for herself and the switch would not do. The floor must not go on saying that it is so: she would believe that
// nobody hears her, or that a card number is in no file.

import { ignored } from '../change.ts';
import type { Party } from '../party.ts';
import type { LiveSession } from '../session.ts';
import { customerLegOf } from '../session-parts.ts';
import { moveSession } from './books.ts';
import { done, type Outcome, type Work } from './work.ts';

export type Wish = 'leg.mute' | 'recording.start' | 'recording.pause' | 'recording.resume';

export function wishFailed(
  work: Work,
  wish: Wish,
  session: LiveSession,
  { leg }: Party,
  reason: string,
): Outcome {
  if (reason === 'no_such_leg') return ignored('its end will tell');
  switch (wish) {
    case 'leg.mute':
      moveSession(work, session.sessionId, { kind: 'muted', legId: leg.legId, muted: leg.muted !== true });
      return done;
    case 'recording.start':
      moveSession(work, session.sessionId, { kind: 'recordingAsked', legId: null });
      return done;
    case 'recording.pause':
      return cut(work, session);
    case 'recording.resume':
      return beginAnew(work, session);
  }
}

/** What cannot be paused is stopped: nothing of a pause may be in any file. */
function cut(work: Work, { sessionId, log }: LiveSession): Outcome {
  const { recording } = log;
  if (recording.at !== 'paused' || recording.legId === null) return ignored('not paused');
  moveSession(work, sessionId, { kind: 'recordingCut' });
  work.effects.push({ kind: 'recording.stop', legId: recording.legId, sessionId });
  return done;
}

/** The file stays silent from here on; the rest of the call is in another. */
function beginAnew(work: Work, session: LiveSession): Outcome {
  const leg = customerLegOf(session);
  const { sessionId, log } = session;
  if (leg === undefined || log.recording.at !== 'on') return ignored('not recording');
  moveSession(work, sessionId, { kind: 'recordingAsked', legId: leg.legId });
  work.effects.push({ kind: 'recording.start', legId: leg.legId, sessionId });
  return done;
}
