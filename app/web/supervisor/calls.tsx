// The calls as they are now, and what a supervisor may do with each: listen, whisper, barge in, take over, end.

import { callerOf } from '../shared/caller.ts';
import { Elapsed, say } from '../shared/page.tsx';
import { Table } from '../shared/table.tsx';
import type { BoardSession, SupervisorModel } from './model.ts';

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
  const calls = model.sessions.value.filter(({ state }) => state !== 'ended');
  return (
    <section class="card">
      <div class="row spread">
        <h2>{say.supervisor.calls}</h2>
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
            '',
          ]}
        >
          {calls.map((call) => (
            <tr key={call.sessionId} data-session={call.sessionId}>
              <td>{callerOf(call)}</td>
              <td>{call.queueId}</td>
              <td>
                <span class={`tag ${sessionTag[call.state]}`}>
                  {say.supervisor.sessionStates[call.state]}
                </span>{' '}
                {call.flow && (
                  <span class="quiet">
                    {call.flow.flowId} · {call.flow.step}
                  </span>
                )}
              </td>
              <td>
                <Elapsed since={call.since} />
              </td>
              <td>{call.agentId ?? ''}</td>
              <td>
                <div class="row end">
                  <Monitoring call={call} model={model} />
                  <button class="slim" onClick={() => void model.endSession(call.sessionId)}>
                    {say.supervisor.end}
                  </button>
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
};

const modes = ['listen', 'whisper', 'barge'] as const;
/** Where there is an agent to listen to. */
const joinable: ReadonlySet<BoardSession['state']> = new Set([
  'talking',
  'held',
  'consulting',
  'conferencing',
]);

function Monitoring({ call, model }: { readonly call: BoardSession; readonly model: SupervisorModel }) {
  const { sessionId } = call;
  const own = call.monitors?.find(({ supervisorId }) => supervisorId === model.username.value);
  if (!own) {
    return joinable.has(call.state) ? (
      <button class="slim" onClick={() => void model.monitor(sessionId, 'listen')}>
        {say.supervisor.join}
      </button>
    ) : null;
  }
  if (own.state !== 'on') return <span class="quiet">{say.supervisor.joining}</span>;
  return (
    <div class="row" role="group" aria-label={say.supervisor.monitoring} data-monitoring={own.mode}>
      {modes.map((mode) => (
        <button
          key={mode}
          class="slim"
          aria-pressed={own.mode === mode}
          onClick={() => void model.monitorMode(sessionId, mode)}
        >
          {say.supervisor.modes[mode]}
        </button>
      ))}
      <button class="slim" onClick={() => void model.takeOver(sessionId)}>
        {say.supervisor.takeOver}
      </button>
      <button class="slim" onClick={() => void model.stopMonitoring(sessionId)}>
        {say.supervisor.leave}
      </button>
    </div>
  );
}
