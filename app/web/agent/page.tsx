// The agent's desk: who I am and what I am doing at the top, the call in the middle, the queues at the side.

import { useSignal } from '@preact/signals';
import { SignInForm } from '../shared/sign-in.tsx';
import { Elapsed, Header, Notice, clockTime, now, problemText, say } from '../shared/page.tsx';
import type { AgentModel, AgentNow, CallNow } from './model.ts';

export function AgentPage({ model }: { readonly model: AgentModel }) {
  if (!model.signedIn.value) {
    return (
      <>
        <Header title={say.agent.title} />
        <main>
          <SignInForm onSubmit={(username, password) => model.signIn(username, password)} />
        </main>
      </>
    );
  }
  const agent = model.agent.value;
  return (
    <>
      <Header title={model.displayName.value}>
        {agent && <Presence agent={agent} />}
        <button class="slim" onClick={() => void model.signOut()}>
          {say.signOut}
        </button>
      </Header>
      <main class="agent">
        <div class="stack">
          {model.offline.value && <Notice kind="info">{say.connectionLost}</Notice>}
          {model.problem.value !== undefined && (
            <Notice kind="bad">{problemText(model.problem.value)}</Notice>
          )}
          {agent ? <Desk agent={agent} model={model} /> : <p class="quiet">{say.loading}</p>}
        </div>
        <Queues model={model} />
      </main>
    </>
  );
}

const Desk = ({ agent, model }: { readonly agent: AgentNow; readonly model: AgentModel }) =>
  agent.presence === 'signedOut' ? (
    <ChooseDevice model={model} />
  ) : (
    <>
      <Controls agent={agent} model={model} />
      <CallCard agent={agent} call={model.call.value} model={model} />
    </>
  );

function ChooseDevice({ model }: { readonly model: AgentModel }) {
  const device = useSignal<'sip' | 'browser'>('sip');
  const choice = (kind: 'sip' | 'browser', label: string) => (
    <label class="choice">
      <input
        type="radio"
        name="device"
        value={kind}
        checked={device.value === kind}
        onChange={() => (device.value = kind)}
      />
      {label}
    </label>
  );
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void model.takeDevice(device.value);
      }}
    >
      <fieldset>
        <legend>{say.signIn.device}</legend>
        {choice('sip', say.signIn.phone)}
        {choice('browser', say.signIn.browser)}
      </fieldset>
      <div class="row">
        <button class="primary">{say.agent.useDevice}</button>
      </div>
    </form>
  );
}

const presenceTag = { ready: 'good', break: 'warn', signedOut: 'off' } as const;

const Presence = ({ agent }: { readonly agent: AgentNow }) => (
  <span class={`tag ${presenceTag[agent.presence]}`} data-presence={agent.presence}>
    {say.agent[agent.presence]} <Elapsed since={agent.presenceSince} />
  </span>
);

function Controls({ agent, model }: { readonly agent: AgentNow; readonly model: AgentModel }) {
  const reasons = say.agent.breakReasons;
  const reason = useSignal<keyof typeof reasons>('lunch');
  return (
    <section class="card">
      <div class="row spread">
        <div class="row">
          <button class="go" disabled={agent.presence === 'ready'} onClick={() => void model.ready()}>
            {say.agent.goReady}
          </button>
          <button onClick={() => void model.takeBreak(reason.value)}>{say.agent.takeBreak}</button>
          <select
            aria-label={say.agent.breakReason}
            class="reason"
            value={reason.value}
            onChange={(event) => (reason.value = event.currentTarget.value as keyof typeof reasons)}
          >
            {Object.entries(reasons).map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <Device agent={agent} />
      </div>
      {agent.next !== undefined && <p class="quiet">{say.agent.afterCall[agent.next]}</p>}
      {agent.presence === 'break' && agent.breakReason !== undefined && (
        <p class="quiet">{breakText(agent.breakReason)}</p>
      )}
    </section>
  );
}

function breakText(reason: string): string {
  if (reason === 'misses') return say.agent.breakMisses;
  const known: Readonly<Record<string, string>> = say.agent.breakReasons;
  return known[reason] ?? reason;
}

function Device({ agent }: { readonly agent: AgentNow }) {
  if (!agent.reachable) {
    const text = agent.unreachableWhy === 'unresponsive' ? say.agent.phoneSilent : say.agent.phoneGone;
    return <span class="tag bad">{text}</span>;
  }
  return (
    <span class="tag good">{agent.device === 'browser' ? say.agent.browserHere : say.agent.phoneHere}</span>
  );
}

interface CallProps {
  readonly agent: AgentNow;
  readonly call: CallNow | null;
  readonly model: AgentModel;
}

function CallCard({ agent, call, model }: CallProps) {
  switch (agent.activity) {
    case 'idle':
      return (
        <section class="card centre" data-activity="idle">
          <p class="quiet">{agent.presence === 'ready' ? say.agent.activities.idle : say.agent.noCall}</p>
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
    case 'wrapUp':
      return <WrapUp agent={agent} model={model} />;
  }
}

const callerOf = (call: CallNow | null): string =>
  call?.customerName ??
  call?.customerNumber ??
  (call?.source === 'web' ? say.agent.webCaller : say.agent.unknownCaller);

const Caller = ({ call }: { readonly call: CallNow | null }) => (
  <>
    <h2>{callerOf(call)}</h2>
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

const InCall = ({ agent, call, model }: CallProps) => (
  <section class="card centre" data-activity={agent.activity}>
    <div class="pulse talking" aria-hidden="true" />
    <Caller call={call} />
    <p class="big">
      <Elapsed since={call?.since ?? agent.activitySince} />
    </p>
    {agent.activity === 'held' && <p class="quiet">{say.agent.activities.held}</p>}
    {call?.away === true && <Notice kind="info">{say.agent.away}</Notice>}
    <div class="row centre">
      {agent.activity === 'held' ? (
        <button onClick={() => void model.resume()}>{say.agent.resume}</button>
      ) : (
        <button onClick={() => void model.hold()}>{say.agent.hold}</button>
      )}
      {agent.device === 'browser' && (
        <button aria-pressed={model.muted.value} onClick={() => model.mute(!model.muted.value)}>
          {model.muted.value ? say.agent.unmute : say.agent.mute}
        </button>
      )}
      <button class="stop" onClick={() => void model.hangUp()}>
        {say.agent.hangUp}
      </button>
    </div>
  </section>
);

function WrapUp({ agent, model }: Omit<CallProps, 'call'>) {
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

const Queues = ({ model }: { readonly model: AgentModel }) => (
  <aside class="card">
    <h3>{say.agent.queues}</h3>
    <table>
      <tbody>
        {model.queues.value.map((queue) => (
          <tr key={queue.queueId}>
            <td>{queue.queueId}</td>
            <td>{queue.waiting}</td>
            <td>{queue.longestSince === undefined ? '' : <Elapsed since={queue.longestSince} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </aside>
);
