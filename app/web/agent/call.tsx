// The call she has: rings, talks, asks a colleague, wraps up. What may be pressed follows from what the server says the call is doing.

import { useSignal } from '@preact/signals';
import { callerOf } from '../shared/caller.ts';
import { Elapsed, Notice, clockTime, now, say } from '../shared/page.tsx';
import { DialForm, PickUpForm } from './dial.tsx';
import { Keypad } from '../shared/keypad.tsx';
import type { AgentModel, AgentNow, CallNow } from './model.ts';
import { TransferPanel } from './transfer.tsx';

interface CallProps {
  readonly agent: AgentNow;
  readonly call: CallNow | null;
  readonly model: AgentModel;
}

export function CallCard({ agent, call, model }: CallProps) {
  switch (agent.activity) {
    case 'idle':
      return (
        <section class="card centre" data-activity="idle">
          <p class="quiet">{agent.presence === 'ready' ? say.agent.activities.idle : say.agent.noCall}</p>
          <div class="row centre">
            <DialForm model={model} />
            <PickUpForm model={model} />
          </div>
        </section>
      );
    case 'offered':
    case 'ringing':
      return <Incoming call={call} model={model} />;
    case 'dialling':
    case 'talking':
    case 'held':
    case 'consulting':
    case 'conferencing':
      return <InCall agent={agent} call={call} model={model} />;
    case 'reconnecting':
      return <Reconnecting call={call} model={model} />;
    case 'wrapUp':
      return <WrapUp agent={agent} call={call} model={model} />;
  }
}

const Caller = ({ call }: { readonly call: CallNow | null }) => (
  <>
    <h2>{call ? callerOf(call) : say.agent.unknownCaller}</h2>
    {call && <p class="quiet">{call.queueId}</p>}
  </>
);

const Incoming = ({ call, model }: Omit<CallProps, 'agent'>) => (
  <section class="card centre" data-activity="ringing" role="alert">
    <div class="pulse" aria-hidden="true" />
    <p class="quiet">{say.agent.incoming}</p>
    <Caller call={call} />
    {call && (
      <p class="quiet">
        {say.agent.waited} <Elapsed since={call.requestedAt} />
      </p>
    )}
    <div class="row centre">
      <button class="go big" autofocus onClick={() => void model.answer()}>
        {say.agent.answer}
      </button>
      <button class="stop" onClick={() => void model.decline()}>
        {say.agent.decline}
      </button>
    </div>
  </section>
);

/** Her page was gone; the customer hears music until it has the call again. */
const Reconnecting = ({ call, model }: Omit<CallProps, 'agent'>) => (
  <section class="card centre" data-activity="reconnecting">
    <div class="pulse" aria-hidden="true" />
    <Caller call={call} />
    <p class="quiet">{say.agent.activities.reconnecting}</p>
    <button class="stop" onClick={() => void model.hangUp()}>
      {say.agent.hangUp}
    </button>
  </section>
);

/** What else is open below the call: one thing at a time. */
type Panel = 'none' | 'transfer' | 'keypad';

function InCall({ agent, call, model }: CallProps) {
  const panel = useSignal<Panel>('none');
  const open = (wanted: Panel) => () => (panel.value = panel.value === wanted ? 'none' : wanted);
  const between = isBetween(agent);
  return (
    <section class="card centre" data-activity={agent.activity}>
      <div class="pulse talking" aria-hidden="true" />
      <Caller call={call} />
      <p class="big">
        <Elapsed since={call?.since ?? agent.activitySince} />
      </p>
      <Signs agent={agent} call={call} />
      <Verbs agent={agent} call={call} model={model} />
      <div class="row centre">
        {!between && agent.activity !== 'dialling' && (
          <button aria-expanded={panel.value === 'transfer'} onClick={open('transfer')}>
            {say.agent.transfer}
          </button>
        )}
        <button aria-expanded={panel.value === 'keypad'} onClick={open('keypad')}>
          {say.agent.keypad}
        </button>
        {between && <Mute agent={agent} call={call} model={model} />}
        <Recording call={call} model={model} />
        {call?.playing === true && (
          <button onClick={() => void model.control((control) => control.stopPlaying())}>
            {say.agent.stopSound}
          </button>
        )}
      </div>
      {panel.value === 'transfer' && !between && (
        <TransferPanel model={model} onDone={() => (panel.value = 'none')} />
      )}
      {panel.value === 'keypad' && (
        <Keypad
          label={say.agent.keypad}
          onPress={(key) => void model.control((control) => control.sendDigits(key))}
        />
      )}
    </section>
  );
}

const isBetween = ({ activity }: AgentNow): boolean =>
  activity === 'consulting' || activity === 'conferencing';

function Verbs({ agent, call, model }: CallProps) {
  if (!isBetween(agent)) return <Simple agent={agent} call={call} model={model} />;
  // The colleague who is asked is in the call too; what becomes of it is not hers to say.
  if (call?.third?.agentId === agent.agentId) return <Asked model={model} />;
  return <Between call={call} model={model} />;
}

const Asked = ({ model }: Pick<CallProps, 'model'>) => (
  <>
    <p>{say.agent.asked}</p>
    <div class="row centre">
      <HangUp model={model} />
    </div>
  </>
);

const HangUp = ({ model }: Pick<CallProps, 'model'>) => (
  <button class="stop" onClick={() => void model.hangUp()}>
    {say.agent.hangUp}
  </button>
);

/** What is not as usual, in words. */
const Signs = ({ agent, call }: Omit<CallProps, 'model'>) => (
  <>
    {agent.activity === 'held' && <p class="quiet">{say.agent.activities.held}</p>}
    {agent.activity === 'dialling' && <p class="quiet">{say.agent.calling(call ? callerOf(call) : '')}</p>}
    {call?.recording !== undefined && (
      <span class={`tag ${call.recording === 'on' ? 'bad' : 'warn'}`} data-recording={call.recording}>
        {call.recording === 'on' ? say.agent.recordingOn : say.agent.recordingPaused}
      </span>
    )}
    {call?.away === true && <Notice kind="info">{say.agent.away}</Notice>}
  </>
);

const Simple = ({ agent, call, model }: CallProps) => (
  <div class="row centre">
    {agent.activity === 'held' && <button onClick={() => void model.resume()}>{say.agent.resume}</button>}
    {agent.activity === 'talking' && (
      <>
        <button onClick={() => void model.hold()}>{say.agent.hold}</button>
        <button onClick={() => void model.control((control) => control.park())}>{say.agent.park}</button>
      </>
    )}
    <Mute agent={agent} call={call} model={model} />
    <HangUp model={model} />
  </div>
);

/** A browser's own microphone; a desk phone is muted on the switch. */
const Mute = ({ agent, call, model }: CallProps) => {
  if (agent.device === 'browser') {
    const muted = model.muted.value;
    return (
      <button aria-pressed={muted} onClick={() => model.mute(!muted)}>
        {muted ? say.agent.unmute : say.agent.mute}
      </button>
    );
  }
  const muted = call?.muted ?? false;
  return (
    <button aria-pressed={muted} onClick={() => void model.control((control) => control.mute(!muted))}>
      {muted ? say.agent.unsilence : say.agent.silence}
    </button>
  );
};

const Recording = ({ call, model }: Omit<CallProps, 'agent'>) => {
  const ask = (wish: 'start' | 'pause' | 'resume') => () =>
    void model.control((control) => control.recording(wish));
  switch (call?.recording) {
    case 'on':
      return <button onClick={ask('pause')}>{say.agent.recordPause}</button>;
    case 'paused':
      return <button onClick={ask('resume')}>{say.agent.recordResume}</button>;
    case undefined:
      return <button onClick={ask('start')}>{say.agent.recordStart}</button>;
  }
};

function thirdName(call: CallNow | null): string {
  const third = call?.third;
  if (third === undefined || third.kind === 'supervisor') return say.agent.supervisor;
  return third.agentId ?? third.number ?? say.agent.unknownCaller;
}

/** Between two: the customer and the one she asked. */
function Between({ call, model }: Omit<CallProps, 'agent'>) {
  const who = thirdName(call);
  const ask = (wish: Parameters<AgentModel['control']>[0]) => () => void model.control(wish);
  const reached = call?.third?.state === 'answered';
  if (call?.state === 'conferencing') {
    return (
      <div class="row centre">
        <button onClick={ask((control) => control.dropParty('third'))}>{say.agent.dropThird(who)}</button>
        <button onClick={ask((control) => control.dropParty('customer'))}>{say.agent.dropCustomer}</button>
        <HangUp model={model} />
      </div>
    );
  }
  return (
    <>
      <p data-third={call?.third?.state}>{reached ? say.agent.asking(who) : say.agent.calling(who)}</p>
      <p class="quiet">{call?.facing === 'customer' ? say.agent.thirdWaits(who) : say.agent.customerWaits}</p>
      <div class="row centre">
        {reached && (
          <>
            <button class="go" onClick={ask((control) => control.completeTransfer())}>
              {say.agent.complete}
            </button>
            <button onClick={ask((control) => control.toggle())}>{say.agent.swap}</button>
            <button onClick={ask((control) => control.conference())}>{say.agent.conference}</button>
          </>
        )}
        <button class="stop" onClick={ask((control) => control.cancelConsult())}>
          {say.agent.back}
        </button>
      </div>
    </>
  );
}

function WrapUp({ agent, call, model }: CallProps) {
  const note = useSignal('');
  return (
    <form
      class="card"
      data-activity="wrapUp"
      onSubmit={(event) => {
        event.preventDefault();
        void model.finishWrapUp(note.value.trim());
      }}
    >
      <div class="row spread">
        <h2>{say.agent.activities.wrapUp}</h2>
        {agent.wrapUpUntil !== undefined && (
          <span class="quiet">{say.agent.wrapUpLeft(clockTime(agent.wrapUpUntil - now.value))}</span>
        )}
      </div>
      {call?.slot !== undefined && <p data-slot={call.slot}>{say.agent.parkedIn(call.slot)}</p>}
      <label>
        {say.agent.note}
        <textarea
          maxLength={4000}
          value={note.value}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <button class="primary">{say.agent.finish}</button>
      </div>
    </form>
  );
}
