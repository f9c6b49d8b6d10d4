// One input, the whole floor: decides, changes the floor, and says what is to be done (effects), what became true (facts), and
// what the giver of the input is told. Synchronous; time and chance come in with the moment. A throw is a bug of ours, and
// leaves the floor as it was.

import type { Agent } from '../agent.ts';
import type { AgentId, SessionId } from '../ids.ts';
import type { Session } from '../session.ts';
import { isLive } from '../session-parts.ts';
import { forgetSession } from './books.ts';
import { byAgent } from './by-agent.ts';
import { byCustomer } from './by-customer.ts';
import { legArrived } from './arrivals.ts';
import { byLeg } from './by-leg.ts';
import { byDigit, byEarlyMedia, byEavesdrop, byPair, byRecording, byRoom, bySound } from './by-media.ts';
import { bySettings } from './by-settings.ts';
import { bySupervisor } from './by-supervisor.ts';
import { edgeChanged } from './by-edge.ts';
import { deviceChanged, effectFailed, switchBack, switchLost } from './by-switch.ts';
import { byTimer } from './by-timer.ts';
import { notify } from './dialling.ts';
import type { Effect } from './effects.ts';
import type { Fact } from './facts.ts';
import type { Floor } from './floor.ts';
import { leadOn } from './flows.ts';
import type { AgentCommand, Input, Moment, Signal, SupervisorCommand } from './inputs.ts';
import { endUnreached } from './colleagues.ts';
import { match } from './match.ts';
import { byReconciled } from './reconcile.ts';
import { tendLines } from './standing-lines.ts';
import { wireAll } from './wire.ts';
import { done, newWork, rollBack, write, type EndedSession, type Outcome, type Work } from './work.ts';

export interface Step {
  readonly answer: Outcome;
  readonly effects: readonly Effect[];
  readonly facts: readonly Fact[];
  readonly ended: readonly EndedSession[];
  /** New values of what changed; `null`: over and done with. */
  readonly sessions: ReadonlyMap<SessionId, Session | null>;
  readonly agents: ReadonlyMap<AgentId, Agent>;
  /** What the reconciler put right, one name per repair. */
  readonly repairs: readonly string[];
}

/** @throws when the rules themselves are broken; the floor is then as it was before. */
export function step(floor: Floor, input: Input, moment: Moment): Step {
  return perform(floor, moment, (work) => {
    const answer = decide(work, input);
    leadOn(work);
    endUnreached(work);
    match(work);
    tendLines(work);
    wireAll(work);
    return answer;
  });
}

/** Runs one piece of work on the floor; takes it back if it throws. */
export function perform(floor: Floor, moment: Moment, decideIn: (work: Work) => Outcome): Step {
  const work = newWork(floor, moment);
  try {
    forgetOld(work);
    const answer = decideIn(work);
    return result(work, answer);
  } catch (bug) {
    rollBack(work);
    throw bug;
  }
}

function decide(work: Work, input: Input): Outcome {
  switch (input.kind) {
    case 'customer.request':
    case 'customer.hangUp':
    case 'customer.rate':
      return byCustomer(work, input);
    case 'notification.request':
      return notify(work, input);
    case 'message.handled':
      work.facts.push(input);
      return done;
    case 'settings.queue':
    case 'settings.agent':
    case 'settings.flows':
      return bySettings(work, input);
    case 'reconciled':
      return byReconciled(work, input);
    case 'timer':
      return byTimer(work, input.timer);
    default:
      if (isAgentCommand(input)) return byAgent(work, input);
      return isSupervisorCommand(input) ? bySupervisor(work, input) : bySignal(work, input);
  }
}

const isAgentCommand = (input: Input): input is AgentCommand => input.kind.startsWith('agent.');
const isSupervisorCommand = (input: Input): input is SupervisorCommand =>
  input.kind.startsWith('supervisor.');

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
function bySignal(work: Work, signal: Signal): Outcome {
  switch (signal.kind) {
    case 'leg.arrived':
      return legArrived(work, signal);
    case 'leg.ringing':
    case 'leg.answered':
    case 'leg.ended':
      return byLeg(work, signal);
    case 'leg.earlyMedia':
      return byEarlyMedia(work, signal);
    case 'leg.digit':
      return byDigit(work, signal);
    case 'legs.bridged':
    case 'legs.unbridged':
      return byPair(work, signal);
    case 'conference.joined':
    case 'conference.left':
      return byRoom(work, signal);
    case 'sound.ended':
      return bySound(work, signal);
    case 'eavesdrop.started':
      return byEavesdrop(work, signal);
    case 'recording.started':
    case 'recording.stopped':
      return byRecording(work, signal);
    case 'effect.failed':
      return effectFailed(work, signal);
    case 'device.changed':
      return deviceChanged(work, signal);
    case 'switch.lost':
      return switchLost(work, signal);
    case 'switch.back':
      return switchBack(work);
    case 'edge.changed':
      return edgeChanged(work, signal);
  }
}

/** Ended sessions stay in sight for a minute; each step sweeps out those whose minute is over. */
function forgetOld(work: Work): void {
  const { floor, now } = work;
  for (let oldest = floor.lingering[0]; oldest && oldest.until <= now; oldest = floor.lingering[0]) {
    const entry = oldest;
    floor.lingering.shift();
    work.undo.push(() => floor.lingering.unshift(entry));
    const session = floor.sessions.get(entry.sessionId);
    if (session?.at !== 'ended') continue;
    for (const { legId } of session.legs) write(work, floor.gone, legId, undefined);
    forgetSession(work, entry.sessionId);
  }
}

/**
 * A session is kept for a restart while it lives, and after its end until its last leg is gone: whoever finds that leg on the
 * switch must know that its call has had its record.
 */
function isWorthKeeping({ floor }: Work, session: Session): boolean {
  return isLive(session) || session.legs.some(({ legId }) => floor.releases.has(legId));
}

function result(work: Work, answer: Outcome): Step {
  const { floor } = work;
  const sessions = new Map<SessionId, Session | null>();
  for (const sessionId of work.sessions) {
    const session = floor.sessions.get(sessionId);
    sessions.set(sessionId, session && isWorthKeeping(work, session) ? session : null);
  }
  const agents = new Map<AgentId, Agent>();
  for (const agentId of work.agents) {
    const agent = floor.agents.get(agentId);
    if (agent) agents.set(agentId, agent);
  }
  const { effects, facts, ended, repairs } = work;
  return { answer, effects, facts, ended, sessions, agents, repairs };
}
