// The calls as they are now, who waits first, and what a supervisor may do with each: join it, end it.

import { callerOf, numberOf, sourceIcon, sourceText } from '../shared/caller.ts';
import { Confirm } from '../shared/confirm.tsx';
import { Icon } from '../shared/icon.tsx';
import { Elapsed, now, say } from '../shared/page.tsx';
import { Table } from '../shared/table.tsx';
import type { BoardSession, SupervisorModel } from './model.ts';
import { inOrder, isInLine, mayJoin, ownPart, sinceOf, waitTag } from './view.ts';

const sessionTag: Readonly<Record<BoardSession['state'], string>> = {
  arriving: 'off',
  waiting: 'warn',
  ringing: 'busy',
  connecting: 'busy',
  talking: 'good',
  held: 'warn',
  menu: 'off',
  consulting: 'busy',
  conferencing: 'good',
  rejoining: 'warn',
  transferring: 'busy',
  transferred: 'good',
  aside: 'good',
  parked: 'warn',
  dialling: 'busy',
  notifying: 'good',
  surveying: 'off',
  ended: 'off',
};

export const Calls = ({ model }: { readonly model: SupervisorModel }) => {
  const calls = inOrder(model.sessions.value, model.queue.value);
  return (
    <section class="card">
      <div class="row spread">
        <h2>
          {say.supervisor.calls} <span class="quiet">{calls.length}</span>
        </h2>
        <label class="row">
          {say.supervisor.joinWith}
          <select
            value={model.device.value}
            onChange={(event) => (model.device.value = event.currentTarget.value as 'sip' | 'browser')}
          >
            <option value="browser">{say.signIn.browser}</option>
            <option value="sip">{say.signIn.phone}</option>
          </select>
        </label>
      </div>
      {calls.length === 0 ? (
        <p class="quiet">{say.supervisor.noCalls}</p>
      ) : (
        <Table
          headings={[
            say.supervisor.customer,
            say.supervisor.queue,
            say.supervisor.state,
            say.supervisor.since,
            say.supervisor.agent,
            say.supervisor.doing,
          ]}
        >
          {calls.map((call) => (
            <CallRow key={call.sessionId} call={call} model={model} />
          ))}
        </Table>
      )}
    </section>
  );
};

function CallRow({ call, model }: { readonly call: BoardSession; readonly model: SupervisorModel }) {
  const { sessionId, state, agentId } = call;
  return (
    <tr data-session={sessionId}>
      <td>
        <span class="who">
          <span title={sourceText(call)}>
            <Icon name={sourceIcon(call)} />
          </span>
          <bdi>{callerOf(call)}</bdi> <span class="quiet">{numberOf(call)}</span>
        </span>
      </td>
      <td>{call.queueId}</td>
      <td>
        <span class={`tag ${sessionTag[state]}`}>
          {call.place !== undefined && state === 'waiting' ? `${call.place}. ` : ''}
          {say.supervisor.sessionStates[state]}
        </span>{' '}
        {call.flow && (
          <span class="quiet">
            {call.flow.flowId} · {call.flow.step}
          </span>
        )}
      </td>
      <td class={isInLine(call) ? `wait ${waitTag(now.value - sinceOf(call))}` : undefined}>
        <Elapsed since={sinceOf(call)} />
      </td>
      <td>{agentId === undefined ? '' : <bdi>{model.nameOf(agentId)}</bdi>}</td>
      <td>
        <div class="row end">
          <Joining call={call} model={model} />
          <Confirm
            label={say.supervisor.end}
            question={say.supervisor.endReally}
            onConfirm={() => void model.endSession(sessionId)}
          />
        </div>
      </td>
    </tr>
  );
}

/** One call at a time: who is in one leaves it first. */
function Joining({ call, model }: { readonly call: BoardSession; readonly model: SupervisorModel }) {
  const own = ownPart(model.sessions.value, model.username.value);
  if (own?.call.sessionId === call.sessionId) return <span class="tag busy">{say.supervisor.youAreIn}</span>;
  if (own !== undefined || !mayJoin(call)) return null;
  return (
    <button class="slim" onClick={() => void model.monitor(call.sessionId, 'listen')}>
      {say.supervisor.join}
    </button>
  );
}
