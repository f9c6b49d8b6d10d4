// The agent's desk: who I am and what I am doing at the top, the call in the middle, queues and the day at the side.

import { useEffect } from 'preact/hooks';
import type { NotReached } from '@cordboard/sdk';
import { Messages } from '../shared/messages.tsx';
import { Refusal, Toast, Toasts } from '../shared/notices.tsx';
import { SignInForm } from '../shared/sign-in.tsx';
import { Elapsed, Header, say } from '../shared/page.tsx';
import { Audio } from './audio.tsx';
import { CallCard } from './call.tsx';
import { ChooseDevice } from './device.tsx';
import { listenForKeys } from './keys.ts';
import type { AgentModel, AgentNow } from './model.ts';
import { Controls } from './presence.tsx';
import { Keys, Queues, Today } from './side.tsx';

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
          {agent ? <Desk agent={agent} model={model} /> : <p class="quiet">{say.loading}</p>}
          <Messages model={model.messages} />
        </div>
        <aside class="stack">
          <Queues model={model} />
          <Today calls={model.today.value} />
          {agent?.device === 'browser' && <Audio model={model.audio} />}
          <Keys model={model} />
        </aside>
      </main>
      <Told model={model} />
    </>
  );
}

const Told = ({ model }: { readonly model: AgentModel }) => (
  <Toasts>
    {model.offline.value && <Toast kind="info">{say.connectionLost}</Toast>}
    {model.problem.value !== undefined && (
      <Refusal code={model.problem.value} onDismiss={() => model.dismiss()} />
    )}
    {model.notReached.value && <Missed {...model.notReached.value} onDismiss={() => model.dismiss()} />}
  </Toasts>
);

const Missed = ({ who, cause, onDismiss }: NotReached & { readonly onDismiss: () => void }) => (
  <div data-missed={who} data-cause={cause}>
    <Toast kind="bad" onDismiss={onDismiss}>
      {say.agent.notReached[who](say.agent.causes[cause])}
    </Toast>
  </div>
);

function Desk({ agent, model }: { readonly agent: AgentNow; readonly model: AgentModel }) {
  useEffect(() => listenForKeys(model), [model]);
  if (agent.presence === 'signedOut' && agent.activity === 'idle') return <ChooseDevice model={model} />;
  return (
    <>
      <Controls agent={agent} model={model} />
      <CallCard agent={agent} call={model.call.value} model={model} />
    </>
  );
}

const presenceTag = { ready: 'good', break: 'warn', signedOut: 'off' } as const;

const Presence = ({ agent }: { readonly agent: AgentNow }) => (
  <span class={`tag ${presenceTag[agent.presence]}`} data-presence={agent.presence}>
    {say.agent[agent.presence]} <Elapsed since={agent.presenceSince} />
  </span>
);
