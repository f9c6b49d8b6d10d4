// The supervisor's board: queues, calls and agents as they are now, and what happened last. While the server cannot be reached it shows
// how things were, says since when, and lets no clock run on.

import { useEffect } from 'preact/hooks';
import { Messages } from '../shared/messages.tsx';
import { Refusal, Toasts } from '../shared/notices.tsx';
import { SignInForm } from '../shared/sign-in.tsx';
import { Header, say, stopClock, timeOfDay } from '../shared/page.tsx';
import { Agents } from './agents.tsx';
import { Calls } from './calls.tsx';
import { Events } from './events.tsx';
import type { SupervisorModel } from './model.ts';
import { Monitoring } from './monitoring.tsx';
import { Queues } from './queues.tsx';
import { Recent } from './recent.tsx';

export function SupervisorPage({ model }: { readonly model: SupervisorModel }) {
  const asOf = model.asOf.value;
  useEffect(() => stopClock(asOf), [asOf]);
  if (!model.signedIn.value) {
    return (
      <>
        <Header title={say.supervisor.title} />
        <main>
          <SignInForm onSubmit={(username, password) => model.signIn(username, password)} />
        </main>
      </>
    );
  }
  return (
    <>
      <Header title={say.supervisor.title}>
        <Freshness asOf={asOf} />
        <button class="slim" onClick={() => model.signOut()}>
          {say.signOut}
        </button>
      </Header>
      <main class={asOf === undefined ? 'board' : 'board stale'}>
        <Monitoring model={model} />
        <Queues model={model} />
        <Calls model={model} />
        <Messages model={model.messages} />
        <Agents model={model} />
        <Recent model={model} />
        <Events model={model} />
      </main>
      <Toasts>
        {model.problem.value !== undefined && (
          <Refusal code={model.problem.value} onDismiss={() => model.dismiss()} />
        )}
      </Toasts>
    </>
  );
}

const Freshness = ({ asOf }: { readonly asOf: number | undefined }) => (
  <span class={asOf === undefined ? 'tag good' : 'tag bad'} role="status" data-live={asOf === undefined}>
    {asOf === undefined ? say.supervisor.live : say.supervisor.asOf(timeOfDay(asOf))}
  </span>
);
