// The agent's desk: who I am and what I am doing at the top, the call in the middle, the queues at the side.

import { useSignal } from '@preact/signals';
import type { NotReached } from '@cordboard/sdk';
import { Messages } from '../shared/messages.tsx';
import { SignInForm } from '../shared/sign-in.tsx';
import { Elapsed, Header, Notice, problemText, say } from '../shared/page.tsx';
import { CallCard } from './call.tsx';
import type { AgentModel, AgentNow, DeviceKind } from './model.ts';

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
          {model.notReached.value && <Missed {...model.notReached.value} />}
          {agent ? <Desk agent={agent} model={model} /> : <p class="quiet">{say.loading}</p>}
          <Messages model={model.messages} />
        </div>
        <Queues model={model} />
      </main>
    </>
  );
}

const Missed = ({ who, cause }: NotReached) => (
  <div data-missed={who} data-cause={cause}>
    <Notice kind="bad">{say.agent.notReached[who](say.agent.causes[cause])}</Notice>
  </div>
);

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
  const device = useSignal<DeviceKind>('sip');
  const number = useSignal('');
  const choice = (kind: DeviceKind, label: string) => (
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
        void (device.value === 'pstn'
          ? model.takeDevice('pstn', number.value)
          : model.takeDevice(device.value));
      }}
    >
      <fieldset>
        <legend>{say.signIn.device}</legend>
        {choice('sip', say.signIn.phone)}
        {choice('browser', say.signIn.browser)}
        {choice('pstn', say.signIn.telephone)}
        {device.value === 'pstn' && (
          <input
            type="tel"
            name="telephone"
            required
            autocomplete="tel"
            aria-label={say.agent.number}
            placeholder={say.agent.number}
            value={number.value}
            onInput={(event) => (number.value = event.currentTarget.value)}
          />
        )}
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
