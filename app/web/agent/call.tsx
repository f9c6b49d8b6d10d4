// The call she has: rings, talks, asks a colleague, wraps up. Its frame stays where it is whatever happens in it, and what is to be
// pressed next stands out.

import { useEffect, useRef } from 'preact/hooks';
import { callerOf, numberOf, sourceIcon, sourceText } from '../shared/caller.ts';
import { Icon, IconButton } from '../shared/icon.tsx';
import { Spoken } from '../shared/notices.tsx';
import { Elapsed, say } from '../shared/page.tsx';
import { DialForm, PickUpForm } from './dial.tsx';
import { isTyping } from './keys.ts';
import type { AgentModel, AgentNow, CallNow } from './model.ts';
import { OpenPanel } from './panels.tsx';
import { icons, labelOf, panels, perform, situationOf, thirdName } from './perform.ts';
import { isAsked, shortcuts, verbsOf, type Verb } from './verbs.ts';
import { WrapUp } from './wrap-up.tsx';

interface CallProps {
  readonly agent: AgentNow;
  readonly call: CallNow | null;
  readonly model: AgentModel;
}

export function CallCard({ agent, call, model }: CallProps) {
  switch (agent.activity) {
    case 'idle':
      return <Idle agent={agent} model={model} />;
    case 'offered':
    case 'ringing':
      return <Incoming agent={agent} call={call} model={model} />;
    case 'wrapUp':
      return <WrapUp agent={agent} call={call} model={model} />;
    case 'dialling':
    case 'talking':
    case 'held':
    case 'consulting':
    case 'conferencing':
    case 'reconnecting':
      return <InCall agent={agent} call={call} model={model} />;
  }
}

const Idle = ({ agent, model }: Omit<CallProps, 'call'>) => (
  <section class="card call" data-activity="idle">
    <p class="lead quiet">{agent.presence === 'ready' ? say.agent.activities.idle : say.agent.noCall}</p>
    <div class="row centre">
      <DialForm model={model} />
      <PickUpForm model={model} />
    </div>
  </section>
);

/** Who it is and how she came: the same at every moment of the call. */
const Caller = ({
  call,
  kind,
}: {
  readonly call: CallNow | null;
  readonly kind: 'ringing' | 'on' | 'waits';
}) => (
  <>
    <div class={`face ${kind}`}>
      <Icon name={call ? sourceIcon(call) : 'answer'} />
    </div>
    <h2>
      <bdi>{call ? callerOf(call) : say.agent.unknownCaller}</bdi>
    </h2>
    {call && (
      <p class="quiet">
        {[numberOf(call), sourceText(call), call.queueId].filter((text) => text !== undefined).join(' · ')}
      </p>
    )}
  </>
);

function Incoming({ agent, call, model }: CallProps) {
  const buttons = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Enter takes the call, unless she is in the middle of a word.
    if (!isTyping(document.activeElement)) buttons.current?.querySelector('button')?.focus();
  }, []);
  const who = call ? callerOf(call) : say.agent.unknownCaller;
  return (
    <section class="card call" data-activity="ringing" aria-label={say.agent.incoming}>
      <Spoken urgent>
        {say.agent.incoming}: {who}
      </Spoken>
      <Caller call={call} kind="ringing" />
      <p>
        {agent.device === 'sip' ? say.agent.phoneRings : say.agent.incoming}
        {call && (
          <span class="quiet">
            {' · '}
            {say.agent.waited} <Elapsed since={call.queuedAt ?? call.requestedAt} />
          </span>
        )}
      </p>
      <div class="row centre" ref={buttons}>
        <button class="go big" aria-keyshortcuts={shortcuts.answer} onClick={() => void model.answer()}>
          <Icon name="answer" /> {say.agent.answer}
        </button>
        <button class="big" aria-keyshortcuts={shortcuts.decline} onClick={() => void model.decline()}>
          {say.agent.decline}
        </button>
      </div>
    </section>
  );
}

function InCall({ agent, call, model }: CallProps) {
  const { activity } = agent;
  const face =
    activity === 'held' || activity === 'reconnecting' ? 'waits' : activity === 'dialling' ? 'ringing' : 'on';
  return (
    <section class="card call" data-activity={activity}>
      <Caller call={call} kind={face} />
      <p class="big">
        <Elapsed since={call?.connectedAt ?? call?.since ?? agent.activitySince} label={say.agent.duration} />
      </p>
      <Signs agent={agent} call={call} />
      <Verbs agent={agent} model={model} />
      <OpenPanel model={model} />
    </section>
  );
}

/** What is not as usual, in words: always one line, so that the buttons below keep their place. */
const Signs = ({ agent, call }: Omit<CallProps, 'model'>) => (
  <div class="row centre signs">
    <Doing agent={agent} call={call} />
    {call?.recording !== undefined && (
      <span class={`tag ${call.recording === 'on' ? 'bad' : 'warn'}`} data-recording={call.recording}>
        {call.recording === 'on' ? say.agent.recordingOn : say.agent.recordingPaused}
      </span>
    )}
    {call?.playing === true && <span class="tag busy">{say.agent.soundPlays}</span>}
    {call?.away === true && <span class="tag warn">{say.agent.away}</span>}
  </div>
);

function Consulting({ agent, call }: Omit<CallProps, 'model'>) {
  if (isAsked(agent, call)) return <span class="tag busy">{say.agent.asked}</span>;
  const who = thirdName(call);
  const { third, facing, since = agent.activitySince } = call ?? {};
  return (
    <>
      <span class="tag busy" data-third={third?.state}>
        {third?.state === 'answered' ? say.agent.asking(who) : say.agent.calling(who)}{' '}
        <Elapsed since={since} />
      </span>
      <span class="quiet">{facing === 'customer' ? say.agent.thirdWaits(who) : say.agent.customerWaits}</span>
    </>
  );
}

function Doing({ agent, call }: Omit<CallProps, 'model'>) {
  const since = call?.since ?? agent.activitySince;
  switch (agent.activity) {
    case 'held':
      return (
        <span class="tag warn">
          {say.agent.onHold} <Elapsed since={since} />
        </span>
      );
    case 'dialling':
      return <span class="tag busy">{say.agent.calling(call ? callerOf(call) : '')}</span>;
    case 'reconnecting':
      return <span class="tag warn">{say.agent.activities.reconnecting}</span>;
    case 'consulting':
      return <Consulting agent={agent} call={call} />;
    case 'conferencing':
      return <span class="tag good">{say.agent.activities.conferencing}</span>;
    default:
      return null;
  }
}

function Verbs({ agent, model }: Omit<CallProps, 'call'>) {
  const situation = situationOf(model, agent);
  const verbs = verbsOf(situation);
  const button = (verb: Verb) => (
    <IconButton
      key={verb}
      icon={icons[verb]}
      label={labelOf(verb, situation)}
      onClick={() => perform(model, agent, verb)}
      shortcut={model.keysOn.value ? shortcuts[verb] : undefined}
      {...(verb === 'resume' || verb === 'complete' ? { kind: 'go' as const } : {})}
      {...(verb === 'hangUp' ? { kind: 'stop' as const } : {})}
      {...(verb === 'mute' || verb === 'unmute' ? { pressed: verb === 'unmute' } : {})}
      {...(panels.has(verb) ? { expanded: model.panel.value === verb } : {})}
    />
  );
  return <div class="verbs">{verbs.map(button)}</div>;
}
