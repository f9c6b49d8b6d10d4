// After the call: a note, and ready again. What is written when the time is over is stored all the same.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { callerOf } from '../shared/caller.ts';
import { clockTime, now, say } from '../shared/page.tsx';
import type { AgentModel, AgentNow, CallNow } from './model.ts';

interface WrapUpProps {
  readonly agent: AgentNow;
  readonly call: CallNow | null;
  readonly model: AgentModel;
}

/** The page's clock ticks once a second, and the way to the server takes a moment. */
const lastMomentMs = 2_500;

export function WrapUp({ agent, call, model }: WrapUpProps) {
  const note = useSignal('');
  const field = useRef<HTMLTextAreaElement>(null);
  const sent = useRef(false);
  const left = agent.wrapUpUntil === undefined ? undefined : agent.wrapUpUntil - now.value;
  const finish = (): void => {
    if (sent.current) return;
    sent.current = true;
    void model.finishWrapUp(note.value.trim()).then((refused) => (sent.current = refused === undefined));
  };
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (left !== undefined && left < lastMomentMs && note.value.trim() !== '') finish();
  }, [left]);
  return (
    <form
      class="card call wrap-up"
      data-activity="wrapUp"
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
    >
      <div class="row spread">
        <h2>{say.agent.activities.wrapUp}</h2>
        {left !== undefined && <span class="quiet elapsed">{say.agent.wrapUpLeft(clockTime(left))}</span>}
      </div>
      {call && (
        <p class="quiet">
          <bdi>{callerOf(call)}</bdi> · {call.queueId}
        </p>
      )}
      {call?.slot !== undefined && <p data-slot={call.slot}>{say.agent.parkedIn(call.slot)}</p>}
      <label>
        {say.agent.note}
        <textarea
          ref={field}
          maxLength={4000}
          value={note.value}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
      </label>
      <div class="row">
        <button class="primary big">{say.agent.finish}</button>
        {left !== undefined && <span class="small quiet">{say.agent.noteIsKept}</span>}
      </div>
    </form>
  );
}
