// What an agent plays into her call, and what she wishes of its recording.

import { refused } from '../change.ts';
import type { Conversation } from '../session.ts';
import { customerLegOf } from '../session-parts.ts';
import { moveSession, queueOf } from './books.ts';
import type { AgentCommand } from './inputs.ts';
import { done, type Outcome, type Work } from './work.ts';

type Play = Extract<AgentCommand, { kind: 'agent.play' }>;
type Wish = Extract<AgentCommand, { kind: 'agent.recording' }>['wish'];

/** Both hear it. A sound that is still playing ends. */
export function play(work: Work, session: Conversation, command: Play): Outcome {
  const leg = customerLegOf(session);
  const isOn = (session.at === 'talking' || session.at === 'conferencing') && session.link.made;
  if (!isOn || leg === undefined) return refused('wrong_state');
  const { sessionId, log } = session;
  const { soundId, mix, volume, times, agentId } = command;
  if (log.playing) work.effects.push({ kind: 'sound.stop', ...log.playing });
  const { legId } = leg;
  const playId = work.newId();
  moveSession(work, sessionId, { kind: 'plays', legId, playId, soundId, agentId });
  work.effects.push({ kind: 'sound.play', legId, soundId, playId, mix, volume, times, to: 'both' });
  return done;
}

export function stopPlaying(work: Work, { sessionId, log }: Conversation): Outcome {
  if (log.playing === null) return refused('not_playing');
  const { legId, playId } = log.playing;
  moveSession(work, sessionId, { kind: 'played', playId, how: 'stopped' });
  work.effects.push({ kind: 'sound.stop', legId, playId });
  return done;
}

export function byRecordingWish(work: Work, session: Conversation, wish: Wish): Outcome {
  switch (wish) {
    case 'start':
      return start(work, session);
    case 'stop':
      return stop(work, session);
    case 'pause':
      return pause(work, session);
    case 'resume':
      return resume(work, session);
  }
}

const policyOf = (work: Work, { log }: Conversation) => queueOf(work.floor, log.queueId).settings.record;

function start(work: Work, session: Conversation): Outcome {
  const { sessionId, log } = session;
  if (policyOf(work, session) === 'never' || log.optedOut) return refused('recording_forbidden');
  if (log.recording.at !== 'off') return refused('already_recording');
  const leg = customerLegOf(session);
  if (leg === undefined || session.at === 'connecting') return refused('wrong_state');
  moveSession(work, sessionId, { kind: 'recordingAsked', legId: leg.legId });
  work.effects.push({ kind: 'recording.start', legId: leg.legId, sessionId });
  return done;
}

/** What is always recorded may be paused, not stopped. */
function stop(work: Work, session: Conversation): Outcome {
  const { sessionId, log } = session;
  if (log.recording.at === 'off') return refused('not_recording');
  if (policyOf(work, session) === 'always') return refused('recording_forbidden');
  const { legId } = log.recording;
  moveSession(work, sessionId, { kind: 'recordingAsked', legId: null });
  if (legId !== null && work.floor.legs.has(legId)) {
    work.effects.push({ kind: 'recording.stop', legId, sessionId });
  }
  return done;
}

function pause(work: Work, { sessionId, agent, log }: Conversation): Outcome {
  const change = moveSession(work, sessionId, { kind: 'recordingPaused', agentId: agent.agentId });
  if (change.outcome !== 'moved') return change;
  if (log.recording.at === 'on' && work.floor.legs.has(log.recording.legId)) {
    work.effects.push({ kind: 'recording.pause', legId: log.recording.legId, sessionId });
  }
  return done;
}

/** On the leg she has now: it may be another than the one that was paused, and is recorded from here on. */
function resume(work: Work, session: Conversation): Outcome {
  const { sessionId, agent, log } = session;
  const change = moveSession(work, sessionId, { kind: 'recordingResumed', agentId: agent.agentId });
  if (change.outcome !== 'moved' || log.recording.at === 'off')
    return change.outcome === 'moved' ? done : change;
  const { legId } = log.recording;
  if (legId !== null && work.floor.legs.has(legId)) {
    work.effects.push({ kind: 'recording.resume', legId, sessionId });
  }
  const leg = customerLegOf(session);
  if (leg === undefined || leg.legId === legId || leg.answeredAt === null) return done;
  moveSession(work, sessionId, { kind: 'recordingAsked', legId: leg.legId });
  work.effects.push({ kind: 'recording.start', legId: leg.legId, sessionId });
  return done;
}
