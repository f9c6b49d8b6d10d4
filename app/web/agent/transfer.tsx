// To whom a call goes: a colleague, a queue, a number; at once, or after asking.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Queue, TransferTarget } from '@cordboard/sdk';
import { say } from '../shared/page.tsx';
import type { AgentModel, AgentNow } from './model.ts';

interface Props {
  readonly model: AgentModel;
  readonly onDone: () => void;
}
type Kind = TransferTarget['kind'];

const kinds: readonly (readonly [Kind, string])[] = [
  ['agent', say.agent.toColleague],
  ['queue', say.agent.toQueue],
  ['number', say.agent.toNumber],
];

export function TransferPanel({ model, onDone }: Props) {
  const kind = useSignal<Kind>('agent');
  const name = useSignal('');
  const colleagues = useSignal<readonly AgentNow[] | undefined>(undefined);
  const queues = useSignal<readonly Queue[]>([]);
  useEffect(() => {
    void model.colleagues().then((found) => (colleagues.value = found));
    void model.everyQueue().then((found) => (queues.value = found));
  }, [model]);
  const target = targetOf(kind.value, name.value.trim());
  const go = async (wish: Parameters<AgentModel['control']>[0]): Promise<void> => {
    if ((await model.control(wish)) === undefined) onDone();
  };
  return (
    <form
      class="stack panel"
      data-panel="transfer"
      onSubmit={(event) => {
        event.preventDefault();
        if (target) void go((control) => control.transfer(target));
      }}
    >
      <fieldset class="row centre">
        <legend>{say.agent.transferTo}</legend>
        {kinds.map(([value, label]) => (
          <label key={value} class="choice">
            <input
              type="radio"
              name="kind"
              value={value}
              checked={kind.value === value}
              onChange={() => {
                kind.value = value;
                name.value = '';
              }}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Whom kind={kind.value} name={name} colleagues={colleagues.value} queues={queues.value} />
      <div class="row centre">
        <button class="primary" disabled={!target}>
          {say.agent.transferNow}
        </button>
        {target !== undefined && target.kind !== 'queue' && (
          <button type="button" onClick={() => void go((control) => control.consult(target))}>
            {say.agent.askFirst}
          </button>
        )}
        <button type="button" onClick={onDone}>
          {say.agent.cancel}
        </button>
      </div>
    </form>
  );
}

interface WhomProps {
  readonly kind: Kind;
  readonly name: { value: string };
  readonly colleagues: readonly AgentNow[] | undefined;
  readonly queues: readonly Queue[];
}

function Whom({ kind, name, colleagues, queues }: WhomProps) {
  if (kind === 'number') {
    return (
      <input
        type="tel"
        autocomplete="off"
        aria-label={say.agent.number}
        placeholder={say.agent.number}
        value={name.value}
        onInput={(event) => (name.value = event.currentTarget.value)}
      />
    );
  }
  if (kind === 'agent' && colleagues?.length === 0) return <p class="quiet">{say.agent.nobodyFree}</p>;
  const choices =
    kind === 'queue'
      ? queues.map(({ queueId }) => ({ value: queueId, text: queueId }))
      : (colleagues ?? []).map((agent) => ({ value: agent.agentId, text: describe(agent) }));
  return (
    <select
      aria-label={say.agent.transferTo}
      value={name.value}
      onChange={(event) => (name.value = event.currentTarget.value)}
    >
      <option value="">…</option>
      {choices.map(({ value, text }) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}

const describe = ({ displayName, agentId, presence, activity }: AgentNow): string => {
  const doing = activity === 'idle' ? say.agent[presence] : say.agent.activities[activity];
  return `${displayName} (${agentId}) · ${doing}`;
};

function targetOf(kind: Kind, name: string): TransferTarget | undefined {
  if (name === '') return undefined;
  switch (kind) {
    case 'agent':
      return { kind, agentId: name };
    case 'queue':
      return { kind, queueId: name };
    case 'number':
      return { kind, number: name };
  }
}
