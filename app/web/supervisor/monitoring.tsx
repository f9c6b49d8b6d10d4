// The call she is in, always in sight: who hears her, and the way to another part in it or out of it.

import { callerOf } from '../shared/caller.ts';
import { Confirm } from '../shared/confirm.tsx';
import { Elapsed, say } from '../shared/page.tsx';
import type { SupervisorModel } from './model.ts';
import { ownPart, type Part } from './view.ts';

const modes = ['listen', 'whisper', 'barge'] as const;

/** The more people hear her, the louder the colour. */
const tags: Readonly<Record<Part, string>> = {
  joining: 'off',
  listen: 'busy',
  whisper: 'warn',
  barge: 'bad',
  tookOver: 'bad',
};

export function Monitoring({ model }: { readonly model: SupervisorModel }) {
  const own = ownPart(model.sessions.value, model.username.value);
  if (!own) return null;
  const { call, part } = own;
  const { sessionId } = call;
  const agent = call.agentId === undefined ? '' : model.nameOf(call.agentId);
  return (
    <section
      class={`card tight monitoring ${tags[part]}`}
      aria-label={say.supervisor.monitoring}
      data-session={sessionId}
      data-monitoring={part}
    >
      <div>
        <p role="status">
          <span class={`tag ${tags[part]}`}>{say.supervisor.parts[part](agent)}</span>
        </p>
        <p class="small quiet">
          <bdi>{callerOf(call)}</bdi> · {call.queueId} · <Elapsed since={call.connectedAt ?? call.since} />
        </p>
      </div>
      {part === 'tookOver' ? (
        <Confirm
          label={say.supervisor.end}
          question={say.supervisor.endReally}
          onConfirm={() => void model.endSession(sessionId)}
        />
      ) : (
        <div class="row">
          {part !== 'joining' && <Modes part={part} sessionId={sessionId} model={model} />}
          <button onClick={() => void model.stopMonitoring(sessionId)}>{say.supervisor.leave}</button>
        </div>
      )}
    </section>
  );
}

interface ModesProps {
  readonly part: Part;
  readonly sessionId: string;
  readonly model: SupervisorModel;
}

const Modes = ({ part, sessionId, model }: ModesProps) => (
  <>
    <div class="switch" role="group" aria-label={say.supervisor.whoHears}>
      {modes.map((mode) => (
        <button
          key={mode}
          aria-pressed={part === mode}
          onClick={() => void model.monitorMode(sessionId, mode)}
        >
          {say.supervisor.modes[mode]}
        </button>
      ))}
    </div>
    <button onClick={() => void model.takeOver(sessionId)}>{say.supervisor.takeOver}</button>
  </>
);
