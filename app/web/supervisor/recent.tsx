// The newest call records; one of them unfolds into its recordings.

import type { Call } from '@cordboard/sdk';
import { callerOf } from '../shared/caller.ts';
import { clockTime, say, timeOfDay } from '../shared/page.tsx';
import { Table } from '../shared/table.tsx';
import type { SupervisorModel } from './model.ts';
import { CallRecordings } from './recordings.tsx';

export const Recent = ({ model }: { readonly model: SupervisorModel }) => (
  <section class="card">
    <h2>{say.supervisor.recent}</h2>
    {model.recent.value.length === 0 ? (
      <p class="quiet">{say.supervisor.noRecent}</p>
    ) : (
      <Table
        headings={[
          say.supervisor.ended,
          say.supervisor.customer,
          say.supervisor.queue,
          say.supervisor.agent,
          say.supervisor.wait,
          say.supervisor.talk,
          say.supervisor.result,
          say.supervisor.stars,
          say.supervisor.recording,
        ]}
      >
        {model.recent.value.map((call) => (
          <CallRow key={call.sessionId} call={call} model={model} />
        ))}
      </Table>
    )}
  </section>
);

function CallRow({ call, model }: { readonly call: Call; readonly model: SupervisorModel }) {
  const { recordings } = model;
  const isOpen = recordings.opened.value === call.sessionId;
  return (
    <>
      <tr data-call={call.sessionId}>
        <td>{timeOfDay(call.endedAt)}</td>
        <td>
          <bdi>{callerOf(call)}</bdi>
        </td>
        <td>{call.queueId}</td>
        <td>{call.agentId === null ? '' : <bdi>{model.nameOf(call.agentId)}</bdi>}</td>
        <td>{clockTime(call.waitMs)}</td>
        <td>{clockTime(call.talkMs)}</td>
        <td>{say.supervisor.endings[call.ending]}</td>
        <td>{call.stars ?? ''}</td>
        <td>
          {call.recorded && (
            <div class="row end">
              <button
                class="slim"
                aria-expanded={isOpen}
                onClick={() => void recordings.toggle(call.sessionId)}
              >
                {say.supervisor.listen}
              </button>
            </div>
          )}
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={9}>
            <CallRecordings model={recordings} />
          </td>
        </tr>
      )}
    </>
  );
}
