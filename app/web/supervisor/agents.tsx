// Everybody who takes calls: how many do what, and each of them with how long.

import { Confirm } from '../shared/confirm.tsx';
import { Elapsed, say } from '../shared/page.tsx';
import { Table } from '../shared/table.tsx';
import type { BoardAgent, SupervisorModel } from './model.ts';
import { agentsIn, countStates, stateOf, type AgentState } from './view.ts';

const tags: Readonly<Record<AgentState, string>> = {
  ready: 'good',
  ringing: 'busy',
  talking: 'busy',
  wrapUp: 'warn',
  break: 'warn',
  unreachable: 'bad',
  signedOut: 'off',
};

export function Agents({ model }: { readonly model: SupervisorModel }) {
  const queueId = model.queue.value;
  const all = agentsIn(model.agents.value, { queueId, state: undefined });
  const shown = agentsIn(all, { queueId, state: model.agentState.value });
  return (
    <section class="card">
      <div class="row spread">
        <h2>
          {say.supervisor.agents} <span class="quiet">{all.length}</span>
        </h2>
        <div class="row" role="group" aria-label={say.supervisor.onlyThose}>
          {countStates(all).map(([state, count]) => (
            <button
              key={state}
              class={`slim chip ${tags[state]}`}
              aria-pressed={model.agentState.value === state}
              onClick={() => (model.agentState.value = model.agentState.value === state ? undefined : state)}
            >
              {say.supervisor.agentStates[state]} {count}
            </button>
          ))}
        </div>
      </div>
      <Table
        headings={[
          say.supervisor.agent,
          say.supervisor.state,
          say.supervisor.since,
          say.supervisor.device,
          say.supervisor.queue,
          say.supervisor.doing,
        ]}
      >
        {shown.map((agent) => (
          <AgentRow key={agent.agentId} agent={agent} model={model} />
        ))}
      </Table>
    </section>
  );
}

const AgentRow = ({ agent, model }: { readonly agent: BoardAgent; readonly model: SupervisorModel }) => (
  <tr data-agent={agent.agentId}>
    <td>
      <bdi>{agent.displayName}</bdi> <span class="quiet">{agent.agentId}</span>
    </td>
    <td>
      <span class={`tag ${tags[stateOf(agent)]}`}>{stateText(agent)}</span>{' '}
      {agent.next !== undefined && <span class="small quiet">→ {say.supervisor.presence[agent.next]}</span>}
    </td>
    <td>
      <Elapsed since={agent.activity === 'idle' ? agent.presenceSince : agent.activitySince} />
    </td>
    <td>{agent.device === undefined ? '' : say.supervisor.devices[agent.device]}</td>
    <td>{agent.queues.join(', ')}</td>
    <td>
      {agent.presence !== 'signedOut' && (
        <div class="row end">
          <Confirm
            label={say.supervisor.signOutAgent}
            question={say.supervisor.signOutReally}
            onConfirm={() => void model.signOutAgent(agent.agentId)}
          />
        </div>
      )}
    </td>
  </tr>
);

function stateText(agent: BoardAgent): string {
  const state = stateOf(agent);
  if (agent.activity !== 'idle') return say.agent.activities[agent.activity];
  if (state !== 'break' || agent.breakReason === undefined) return say.supervisor.agentStates[state];
  const known: Readonly<Record<string, string>> = { ...say.agent.breakReasons, ...say.agent.breakCauses };
  return `${say.supervisor.presence.break}: ${known[agent.breakReason] ?? agent.breakReason}`;
}
