// Beside the call: who waits in her queues, the calls she had today, and what the keys of the keyboard do.

import type { Call } from '@cordboard/sdk';
import { callerOf, sourceIcon, sourceText } from '../shared/caller.ts';
import { Icon } from '../shared/icon.tsx';
import { Elapsed, clockTime, say, timeOfDay } from '../shared/page.tsx';
import type { AgentModel } from './model.ts';
import { shortcuts, type Verb } from './verbs.ts';

export const Queues = ({ model }: { readonly model: AgentModel }) => (
  <section class="card tight">
    <h3>{say.agent.queues}</h3>
    <table>
      <thead>
        <tr>
          <th>{say.supervisor.queue}</th>
          <th>{say.agent.waiting}</th>
          <th>{say.agent.longest}</th>
        </tr>
      </thead>
      <tbody>
        {model.queues.value.map((queue) => (
          <tr key={queue.queueId}>
            <td class="wraps">{queue.queueId}</td>
            <td>{queue.waiting}</td>
            <td>{queue.longestSince === undefined ? '–' : <Elapsed since={queue.longestSince} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

/** How calls end: said only where it is another way. */
const usual: ReadonlySet<Call['ending']> = new Set(['customer_hung_up', 'agent_hung_up']);

export const Today = ({ calls }: { readonly calls: readonly Call[] }) => (
  <section class="card tight" data-today={calls.length}>
    <h3>{say.agent.today}</h3>
    {calls.length === 0 ? (
      <p class="quiet">{say.agent.noneToday}</p>
    ) : (
      <ul class="history">
        {calls.map((call) => (
          <li key={call.sessionId}>
            <span title={sourceText(call)}>
              <Icon name={sourceIcon(call)} />
            </span>
            <span class="wraps">
              <bdi>{callerOf(call)}</bdi>
              <span class="small quiet">
                {timeOfDay(call.requestedAt)}
                {usual.has(call.ending) ? '' : ` · ${say.supervisor.endings[call.ending]}`}
              </span>
            </span>
            <span class="elapsed" title={say.supervisor.talk}>
              {clockTime(call.talkMs)}
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
);

const shown: readonly Verb[] = ['answer', 'decline', 'hold', 'mute', 'transfer', 'keypad'];

export const Keys = ({ model }: { readonly model: AgentModel }) => (
  <details class="card tight">
    <summary>{say.agent.keys}</summary>
    <label class="choice">
      <input
        type="checkbox"
        checked={model.keysOn.value}
        onChange={(event) => (model.keysOn.value = event.currentTarget.checked)}
      />
      {say.agent.keysOn}
    </label>
    <dl class="keys">
      {shown.map((verb) => (
        <div key={verb}>
          <dt>
            <kbd>{shortcuts[verb]?.toUpperCase()}</kbd>
          </dt>
          <dd>{say.agent.keyNames[verb as keyof typeof say.agent.keyNames]}</dd>
        </div>
      ))}
    </dl>
  </details>
);
