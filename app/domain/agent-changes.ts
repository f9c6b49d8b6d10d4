// The agent's machine: one answer for every pair of state and event. Its table is printed in agent.test.ts.

import type { Activity, Agent, AgentEvent, Next, Presence } from './agent.ts';
import { deviceOf, isAvailable, isFree, reachOf } from './agent.ts';
import { ignored, moved, refused, type Change } from './change.ts';
import { countsAgainstAgent } from './offer.ts';
import type { AgentFact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import { changeLine, reachFact } from './standing-line-changes.ts';
import { wantedLine } from './standing-line.ts';

export type AgentChange = Change<Agent, AgentFact>;
type Of<K extends AgentEvent['kind']> = Extract<AgentEvent, { kind: K }>;

/** Decides what `event` does to `agent` at `now`. Pure; see the drawing in agent.ts. */
// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function changeAgent(agent: Agent, event: AgentEvent, now: Instant): AgentChange {
  switch (event.kind) {
    case 'signIn':
    case 'signOut':
    case 'ready':
    case 'break':
      return changePresence(agent, event, now);
    case 'offer':
    case 'dials':
    case 'rings':
    case 'rungAnew':
    case 'answers':
    case 'turns':
    case 'drops':
    case 'returns':
    case 'hold':
    case 'resume':
      return changeCall(agent, event, now);
    case 'missed':
      return missed(agent, event, now);
    case 'callOver':
      return callOver(agent, event, now);
    case 'wrapUpOver':
      return agent.activity.at === 'wrapUp' ? toIdle(agent, now, null) : refused('not_in_wrap_up');
    case 'rests':
      return rests(agent, event.until);
    case 'restOver':
      return restOver(agent);
    case 'reachable':
      return reachable(agent, event);
    case 'legClearing':
      return moved({ ...agent, clearing: [...agent.clearing, event.legId] });
    case 'legGone':
      return legGone(agent, event);
    case 'settings':
      return moved({ ...agent, displayName: event.displayName, queues: event.queues });
    case 'lineWanted':
    case 'lineDialled':
    case 'lineConfirming':
    case 'lineUp':
    case 'lineDown':
    case 'lineOff':
      return changeLine(agent, event, now);
  }
}

function changePresence(
  agent: Agent,
  event: Of<'signIn' | 'signOut' | 'ready' | 'break'>,
  now: Instant,
): AgentChange {
  if (event.kind === 'signIn') return signIn(agent, event, now);
  const device = deviceOf(agent);
  if (device === undefined) return refused('not_signed_in');
  const next = nextOf(event);
  if (isSo(agent, next)) return ignored('already so');
  if (agent.activity.at !== 'idle') return keep(agent, next);
  return applied(agent, next, now, event.kind === 'ready' ? 0 : agent.misses);
}

function nextOf(event: Of<'signOut' | 'ready' | 'break'>): Next {
  if (event.kind === 'signOut') return { to: 'signedOut', cause: event.cause };
  if (event.kind === 'ready') return { to: 'ready' };
  return { to: 'break', reason: event.reason, cause: event.cause ?? 'asked' };
}

/** Is that what she is, or will be, anyway? A break with another reason is another break. */
function isSo(agent: Agent, wanted: Next): boolean {
  const { next, presence } = agent;
  if (next !== undefined) {
    return (
      next.to === wanted.to && (next.to !== 'break' || wanted.to !== 'break' || next.reason === wanted.reason)
    );
  }
  if (wanted.to === 'break') return presence.at === 'break' && presence.reason === wanted.reason;
  return presence.at === wanted.to;
}

function signIn(agent: Agent, event: Of<'signIn'>, now: Instant): AgentChange {
  const { device, reachability, nailedUp = false } = event;
  const current = deviceOf(agent);
  const sameDevice = current?.address === device.address && current.kind === device.kind;
  const sameLine = event.nailedUp === undefined || nailedUp === (agent.line !== undefined);
  if (sameDevice && sameLine) return ignored('already signed in');
  if (current !== undefined && agent.activity.at !== 'idle') return refused('already_signed_in');
  const { next: _dropped, line: _former, ...rest } = agent;
  const { agentId } = agent;
  const { onBreak: reason } = event;
  const presence: Presence =
    reason === undefined
      ? { at: 'ready', since: now, device }
      : { at: 'break', since: now, device, reason, cause: 'asked' };
  const line = nailedUp ? { line: wantedLine(now) } : {};
  const signedIn: Agent = { ...rest, ...line, presence, reachability, misses: 0 };
  return moved<Agent, AgentFact>(
    signedIn,
    { kind: 'agent.signedIn', agentId, device, ...(nailedUp && { nailedUp }) },
    { kind: 'agent.reachability', agentId, reachability: reachOf(signedIn) },
    reason === undefined
      ? { kind: 'agent.ready', agentId }
      : { kind: 'agent.onBreak', agentId, reason, cause: 'asked' },
  );
}

/** Asked for during a call or wrap-up: kept, so that a conversation is never cut (wrap-up goes before the break). */
function keep(agent: Agent, next: Next): AgentChange {
  const fact: AgentFact = {
    kind: 'agent.willBe',
    agentId: agent.agentId,
    next: next.to,
    ...(next.to === 'break' && { reason: next.reason }),
  };
  return moved({ ...agent, next }, fact);
}

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
function changeCall(
  agent: Agent,
  event: Of<
    'offer' | 'dials' | 'rings' | 'rungAnew' | 'answers' | 'turns' | 'drops' | 'returns' | 'hold' | 'resume'
  >,
  now: Instant,
): AgentChange {
  const { activity } = agent;
  switch (event.kind) {
    case 'offer': {
      const may = event.wished === true ? isFree(agent) : isAvailable(agent);
      if (!may) return refused('wrong_state');
      const { offerId, sessionId, legId } = event;
      return active(agent, { at: 'offered', since: now, offerId, sessionId, legId });
    }
    case 'dials': {
      if (!isFree(agent)) return refused('wrong_state');
      const { sessionId, legId } = event;
      return active(agent, { at: 'dialling', since: now, sessionId, legId });
    }
    case 'turns':
      if (!isInCall(activity)) return ignored('not in a call');
      if (activity.at === event.into) return ignored('already so');
      return active(agent, inCall(activity, event.into, now));
    case 'drops':
      if (activity.at !== 'talking' && activity.at !== 'held') return ignored('not in a call');
      return active(agent, { at: 'reconnecting', since: now, sessionId: activity.sessionId });
    case 'returns': {
      if (activity.at !== 'reconnecting') return ignored('she was not gone');
      const { legId, into } = event;
      return active(agent, { at: into, since: now, sessionId: activity.sessionId, legId });
    }
    case 'rings':
      return activity.at === 'offered'
        ? active(agent, { ...activity, at: 'ringing', since: now })
        : ignored('no offer on its way');
    case 'rungAnew':
      if (activity.at !== 'offered' && activity.at !== 'ringing') return ignored('no offer open');
      return moved({ ...agent, activity: { ...activity, legId: event.legId } });
    case 'answers':
      if (activity.at !== 'offered' && activity.at !== 'ringing') return ignored('no offer open');
      return active({ ...agent, misses: 0 }, inCall(activity, event.into, now));
    case 'hold':
      if (activity.at === 'held') return refused('already_held');
      return activity.at === 'talking'
        ? active(agent, inCall(activity, 'held', now))
        : refused('not_in_call');
    case 'resume':
      return activity.at === 'held' ? active(agent, inCall(activity, 'talking', now)) : refused('not_held');
  }
}

type CallActivity = Extract<Activity, { legId: unknown }>;
type Answered = 'talking' | 'held' | 'consulting' | 'conferencing' | 'dialling';

const isInCall = (activity: Activity): activity is Extract<Activity, { at: Answered }> =>
  'legId' in activity && activity.at !== 'offered' && activity.at !== 'ringing';

const inCall = ({ sessionId, legId }: CallActivity, at: Answered, since: Instant): Activity => ({
  at,
  since,
  sessionId,
  legId,
});

function active(agent: Agent, activity: Activity): AgentChange {
  return moved({ ...agent, activity }, activityFact(agent, activity));
}

function activityFact({ agentId }: Agent, activity: Activity): AgentFact {
  return {
    kind: 'agent.activity',
    agentId,
    activity: activity.at,
    ...(activity.at !== 'idle' && { sessionId: activity.sessionId }),
  };
}

function missed(agent: Agent, event: Of<'missed'>, now: Instant): AgentChange {
  const { activity } = agent;
  if (activity.at !== 'offered' && activity.at !== 'ringing') return ignored('no offer open');
  const misses = countsAgainstAgent(event.miss) ? agent.misses + 1 : agent.misses;
  const tooMany = event.maxMisses > 0 && misses >= event.maxMisses;
  const settled = toIdle({ ...agent, misses }, now, event.restUntil);
  if (!tooMany || settled.outcome !== 'moved' || settled.to.presence.at !== 'ready') return settled;
  const device = settled.to.presence.device;
  const presence: Presence = { at: 'break', since: now, device, reason: 'misses', cause: 'misses' };
  const fact: AgentFact = {
    kind: 'agent.onBreak',
    agentId: agent.agentId,
    reason: 'misses',
    cause: 'misses',
  };
  return moved({ ...settled.to, presence, activity: { at: 'idle', since: now } }, ...settled.facts, fact);
}

function callOver(agent: Agent, event: Of<'callOver'>, now: Instant): AgentChange {
  const { activity } = agent;
  if (!isInCall(activity) && activity.at !== 'reconnecting') return ignored('not in a call');
  if (event.wrapUpMs <= 0) return toIdle(agent, now, event.restUntil);
  return active(agent, {
    at: 'wrapUp',
    since: now,
    until: now + event.wrapUpMs,
    sessionId: activity.sessionId,
  });
}

/** Nothing to do any more: what was kept is applied now. */
function toIdle(agent: Agent, now: Instant, restUntil: Instant | null): AgentChange {
  const activity: Activity = { at: 'idle', since: now, ...(restUntil !== null && { restUntil }) };
  const idle: Agent = { ...agent, activity };
  const fact = activityFact(agent, activity);
  if (agent.next === undefined) return moved(idle, fact);
  const after = applied(idle, agent.next, now, agent.misses);
  return after.outcome === 'moved' ? moved(after.to, fact, ...after.facts) : after;
}

/** Presence becomes what was wanted. Nothing is left of `next`. */
function applied(agent: Agent, wanted: Next, now: Instant, misses: number): AgentChange {
  const { next: _done, ...rest } = agent;
  const device = deviceOf(agent);
  if (device === undefined) return refused('not_signed_in');
  const { agentId } = agent;
  switch (wanted.to) {
    case 'ready':
      return moved<Agent, AgentFact>(
        { ...rest, misses, presence: { at: 'ready', since: now, device } },
        { kind: 'agent.ready', agentId },
      );
    case 'break': {
      const { reason, cause } = wanted;
      const presence: Presence = { at: 'break', since: now, device, reason, cause };
      return moved<Agent, AgentFact>(
        { ...rest, misses, presence },
        { kind: 'agent.onBreak', agentId, reason, cause },
      );
    }
    case 'signedOut': {
      const { cause } = wanted;
      return moved<Agent, AgentFact>(
        { ...rest, misses: 0, presence: { at: 'signedOut', since: now, cause } },
        { kind: 'agent.signedOut', agentId, cause },
      );
    }
  }
}

function rests(agent: Agent, restUntil: Instant): AgentChange {
  const { activity } = agent;
  if (activity.at !== 'idle' || activity.restUntil !== undefined) return ignored('not to be rung anyway');
  return moved({ ...agent, activity: { ...activity, restUntil } });
}

function restOver(agent: Agent): AgentChange {
  const { activity } = agent;
  if (activity.at !== 'idle' || activity.restUntil === undefined) return ignored('not resting');
  return moved({ ...agent, activity: { at: 'idle', since: activity.since } });
}

function reachable(agent: Agent, { reachability }: Of<'reachable'>): AgentChange {
  const before = agent.reachability;
  const same = before.reachable
    ? reachability.reachable
    : !reachability.reachable && before.why === reachability.why;
  if (same) return ignored('already so');
  const after: Agent = { ...agent, reachability };
  return moved(after, ...reachFact(agent, after));
}

function legGone(agent: Agent, { legId }: Of<'legGone'>): AgentChange {
  if (!agent.clearing.includes(legId)) return ignored('not one of hers');
  return moved({ ...agent, clearing: agent.clearing.filter((leg) => leg !== legId) });
}
