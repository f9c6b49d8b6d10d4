// What is recorded of a call, what of it is left out, and what is played into it.

import type { CallLog } from './call-log.ts';
import { ignored, refused } from './change.ts';
import type { SessionFact } from './floor/session-facts.ts';
import type { Instant, SessionId } from './ids.ts';
import type { Pause, RecordingRecord } from './record.ts';
import type { LiveSession } from './session.ts';
import { noted, type Of, type SessionChange } from './session-moves.ts';

type Records = Of<
  | 'plays'
  | 'played'
  | 'digitsSent'
  | 'recordingAsked'
  | 'recordingPaused'
  | 'recordingCut'
  | 'recordingResumed'
  | 'recordingStarted'
  | 'recordingStopped'
>;

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function changeRecording(session: LiveSession, event: Records, now: Instant): SessionChange {
  const { sessionId, log } = session;
  switch (event.kind) {
    case 'plays': {
      const { legId, playId, soundId, agentId } = event;
      return noted(
        session,
        { ...log, playing: { legId, playId } },
        {
          kind: 'session.soundStarted',
          sessionId,
          soundId,
          playId,
          agentId,
        },
      );
    }
    case 'played': {
      const { playId, how } = event;
      if (log.playing?.playId !== playId) return ignored('not being played');
      return noted(
        session,
        { ...log, playing: null },
        { kind: 'session.soundEnded', sessionId, playId, how },
      );
    }
    case 'digitsSent': {
      const { agentId, count } = event;
      return noted(session, log, { kind: 'session.digitsSent', sessionId, agentId, count });
    }
    case 'recordingAsked': {
      const { legId } = event;
      return noted(session, { ...unpaused(log, now), recording: legId === null ? off : { at: 'on', legId } });
    }
    case 'recordingCut':
      if (log.recording.at !== 'paused') return ignored('not paused');
      return noted(session, { ...log, recording: { at: 'paused', legId: null } });
    case 'recordingPaused':
    case 'recordingResumed':
      return pauseOrResume(session, event, now);
    case 'recordingStarted': {
      const { file, legId } = event;
      if (log.recordings.some((recording) => recording.file === file)) return ignored('known recording');
      const pauses: readonly Pause[] = log.recording.at === 'paused' ? [{ from: now, to: null }] : [];
      const kind = session.at === 'menu' ? ({ kind: 'message' } as const) : {};
      const recording = { file, ...kind, legId, startedAt: now, durationMs: null, pauses };
      const recordings = [...log.recordings, recording];
      return noted(session, { ...log, recordings }, { kind: 'session.recordingStarted', sessionId, file });
    }
    case 'recordingStopped': {
      const { file, durationMs } = event;
      const recordings = log.recordings.map((other) =>
        other.file === file ? { ...other, durationMs } : other,
      );
      return noted(session, { ...log, recordings }, recordingStopped(sessionId, event));
    }
  }
}

const off = { at: 'off' } as const;

export const recordingStopped = (
  sessionId: SessionId,
  { file, durationMs }: Of<'recordingStopped'>,
): SessionFact => ({ kind: 'session.recordingStopped', sessionId, file, durationMs });

function pauseOrResume(
  session: LiveSession,
  { kind, agentId }: Of<'recordingPaused' | 'recordingResumed'>,
  now: Instant,
): SessionChange {
  const { sessionId, log } = session;
  const { recording } = log;
  if (recording.at === 'off') return refused('not_recording');
  if (kind === 'recordingPaused') {
    if (recording.at === 'paused') return ignored('already so');
    const pause = ({ pauses }: RecordingRecord) => [...pauses, { from: now, to: null }];
    const paused = ofLast(log, recording.legId, pause);
    const next: CallLog = { ...paused, recording: { at: 'paused', legId: recording.legId } };
    return noted(session, next, { kind: 'session.recordingPaused', sessionId, agentId });
  }
  if (recording.at === 'on') return ignored('already so');
  const { legId } = recording;
  const going = legId === null ? off : ({ at: 'on', legId } as const);
  const next: CallLog = { ...unpaused(log, now), recording: going };
  return noted(session, next, { kind: 'session.recordingResumed', sessionId, agentId });
}

/** The pause ends with the recording, or with the wish to go on. */
function unpaused(log: CallLog, now: Instant): CallLog {
  if (log.recording.at !== 'paused' || log.recording.legId === null) return log;
  const close = ({ pauses }: RecordingRecord) =>
    pauses.map((pause) => (pause.to === null ? { from: pause.from, to: now } : pause));
  return ofLast(log, log.recording.legId, close);
}

/** Changes the pauses of the leg's newest recording. */
function ofLast(
  log: CallLog,
  legId: RecordingRecord['legId'],
  change: (recording: RecordingRecord) => readonly Pause[],
): CallLog {
  const index = log.recordings.findLastIndex((recording) => recording.legId === legId);
  const recordings = log.recordings.map((recording, at) =>
    at === index ? { ...recording, pauses: change(recording) } : recording,
  );
  return { ...log, recordings };
}
