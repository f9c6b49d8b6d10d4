// While she has no call: calls a number, or picks up somebody who is parked.

import { useSignal } from '@preact/signals';
import { say } from '../shared/page.tsx';
import type { AgentModel } from './model.ts';

interface Props {
  readonly model: AgentModel;
}

/** A number of hers to show, and the queue whose it is. */
type Shown = readonly [queueId: string, callerNumber: string];

export function DialForm({ model }: Props) {
  const number = useSignal('');
  const shown = useSignal<Shown | undefined>(undefined);
  const choices = model.queues.value.flatMap(({ queueId, callerNumbers = [] }) =>
    callerNumbers.map((callerNumber): Shown => [queueId, callerNumber]),
  );
  const call = (): Promise<unknown> => {
    const [queueId, callerNumber] = shown.value ?? [];
    const show = queueId !== undefined && callerNumber !== undefined ? { queueId, callerNumber } : {};
    return model.control((control) => control.dial({ number: number.value, earlyMedia: true, ...show }));
  };
  return (
    <form
      class="row"
      data-form="dial"
      onSubmit={(event) => {
        event.preventDefault();
        void call();
      }}
    >
      <input
        type="tel"
        autocomplete="off"
        aria-label={say.agent.callNumber}
        placeholder={say.agent.number}
        value={number.value}
        onInput={(event) => (number.value = event.currentTarget.value)}
      />
      {choices.length > 1 && (
        <select
          aria-label={say.agent.callerNumber}
          onChange={(event) => (shown.value = choices[event.currentTarget.selectedIndex - 1])}
        >
          <option value="">{say.agent.callerNumber}</option>
          {choices.map(([queueId, callerNumber]) => (
            <option key={`${queueId} ${callerNumber}`} value={callerNumber}>
              {callerNumber} · {queueId}
            </option>
          ))}
        </select>
      )}
      <button disabled={number.value.trim() === ''}>{say.agent.call}</button>
    </form>
  );
}

export function PickUpForm({ model }: Props) {
  const slot = useSignal('');
  return (
    <form
      class="row"
      data-form="pick-up"
      onSubmit={(event) => {
        event.preventDefault();
        void model.control((control) => control.pickUp(Number(slot.value)));
      }}
    >
      <input
        inputMode="numeric"
        pattern="[0-9]{1,4}"
        autocomplete="off"
        size={4}
        aria-label={say.agent.slot}
        placeholder={say.agent.slot}
        value={slot.value}
        onInput={(event) => (slot.value = event.currentTarget.value)}
      />
      <button disabled={!/^\d{1,4}$/.test(slot.value)}>{say.agent.pickUp}</button>
    </form>
  );
}
