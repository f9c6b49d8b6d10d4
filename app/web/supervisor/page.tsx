// The supervisor's board: queues, agents and calls as they are now, and what happened last.

import { Messages } from '../shared/messages.tsx';
import { SignInForm } from '../shared/sign-in.tsx';
import { Elapsed, dayAndTime, Header, Notice, problemText, say } from '../shared/page.tsx';
import { Table } from '../shared/table.tsx';
import { Calls } from './calls.tsx';
import { Recent } from './recent.tsx';
import type { BoardAgent, BoardQueue, SupervisorModel } from './model.ts';

export function SupervisorPage({ model }: { readonly model: SupervisorModel }) {
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
        <button class="slim" onClick={() => model.signOut()}>
          {say.signOut}
        </button>
      </Header>
      <main>
        {model.offline.value && <Notice kind="info">{say.connectionLost}</Notice>}
        {model.problem.value !== undefined && <Notice kind="bad">{problemText(model.problem.value)}</Notice>}
        <section class="tiles" aria-label={say.supervisor.queues}>
          {model.queues.value.map((queue) => (
            <QueueTile key={queue.queueId} queue={queue} />
          ))}
        </section>
        <Calls model={model} />
        <Messages model={model.messages} />
        <Agents model={model} />
        <Recent model={model} />
        <Events model={model} />
      </main>
    </>
  );
}

const QueueTile = ({ queue }: { readonly queue: BoardQueue }) => (
  <article class="card" data-queue={queue.queueId}>
    <div class="row spread">
      <h3>{queue.queueId}</h3>
      {!queue.open && (
        <span class="tag off">
          {queue.opensAt === undefined
            ? say.supervisor.closed
            : say.supervisor.opens(dayAndTime(queue.opensAt))}
        </span>
      )}
    </div>
    <div class="figures">
      <div>
        <strong data-figure="waiting">{queue.waiting}</strong>
        <span>{say.supervisor.waiting}</span>
      </div>
      <div>
        <strong>{queue.longestSince === undefined ? '–' : <Elapsed since={queue.longestSince} />}</strong>
        <span>{say.supervisor.longest}</span>
      </div>
      <div>
        <strong data-figure="estimate">
          {queue.estimate ? say.supervisor.minutes(queue.estimate) : '–'}
        </strong>
        <span>{say.supervisor.estimate}</span>
      </div>
      <div>
        <strong>{queue.agents.ready}</strong>
        <span>{say.supervisor.ready}</span>
      </div>
      <div>
        <strong>{queue.agents.busy}</strong>
        <span>{say.supervisor.busy}</span>
      </div>
      <div>
        <strong>{queue.agents.onBreak}</strong>
        <span>{say.supervisor.onBreak}</span>
      </div>
    </div>
  </article>
);

function agentTag(agent: BoardAgent): { readonly kind: string; readonly text: string } {
  if (agent.presence === 'signedOut') return { kind: 'off', text: say.supervisor.presence.signedOut };
  if (agent.activity !== 'idle') return { kind: 'busy', text: say.agent.activities[agent.activity] };
  if (!agent.reachable) return { kind: 'bad', text: say.supervisor.unreachable };
  return {
    kind: agent.presence === 'ready' ? 'good' : 'warn',
    text: say.supervisor.presence[agent.presence],
  };
}

const Agents = ({ model }: { readonly model: SupervisorModel }) => (
  <section class="card">
    <h2>{say.supervisor.agents}</h2>
    <Table
      headings={[
        say.supervisor.agent,
        say.supervisor.state,
        say.supervisor.since,
        say.supervisor.device,
        say.supervisor.queue,
        '',
      ]}
    >
      {model.agents.value.map((agent) => {
        const tag = agentTag(agent);
        return (
          <tr key={agent.agentId} data-agent={agent.agentId}>
            <td>
              {agent.displayName} <span class="quiet">{agent.agentId}</span>
            </td>
            <td>
              <span class={`tag ${tag.kind}`}>{tag.text}</span>
            </td>
            <td>
              <Elapsed since={agent.activity === 'idle' ? agent.presenceSince : agent.activitySince} />
            </td>
            <td>{deviceText(agent)}</td>
            <td>{agent.queues.join(', ')}</td>
            <td>
              {agent.presence !== 'signedOut' && (
                <button class="slim" onClick={() => void model.signOutAgent(agent.agentId)}>
                  {say.supervisor.signOutAgent}
                </button>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  </section>
);

function deviceText(agent: BoardAgent): string {
  if (agent.device === undefined) return '';
  return agent.device === 'browser' ? say.signIn.browser : say.signIn.phone;
}

const Events = ({ model }: { readonly model: SupervisorModel }) => (
  <section class="card">
    <h2>{say.supervisor.events}</h2>
    <ul class="events">
      {model.events.value.map((event) => (
        <li key={event.number} data-fact={event.kind}>
          <time>{new Date(event.at).toLocaleTimeString()}</time>
          {event.text}
        </li>
      ))}
    </ul>
  </section>
);
