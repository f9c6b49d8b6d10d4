// Ready, or on a break: what she says of herself, what is kept until the call is over, and whether her device is there.

import { useSignal } from '@preact/signals';
import { say } from '../shared/page.tsx';
import type { AgentModel, AgentNow } from './model.ts';

interface Props {
  readonly agent: AgentNow;
  readonly model: AgentModel;
}

export function Controls({ agent, model }: Props) {
  const reasons = say.agent.breakReasons;
  const reason = useSignal<keyof typeof reasons>('lunch');
  return (
    <section class="card tight">
      <div class="row spread">
        <div class="row">
          <button class="go" disabled={agent.presence === 'ready'} onClick={() => void model.ready()}>
            {say.agent.goReady}
          </button>
          <button onClick={() => void model.takeBreak(reason.value)}>{say.agent.takeBreak}</button>
          <select
            aria-label={say.agent.breakReason}
            class="reason"
            value={reason.value}
            onChange={(event) => (reason.value = event.currentTarget.value as keyof typeof reasons)}
          >
            {Object.entries(reasons).map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
          <What agent={agent} />
        </div>
        <Device agent={agent} model={model} />
      </div>
    </section>
  );
}

/** Why she is on a break, or what comes after the call. */
const What = ({ agent }: Pick<Props, 'agent'>) => (
  <span class="quiet" role="status">
    {agent.next !== undefined && say.agent.afterCall[agent.next]}
    {agent.next === undefined &&
      agent.presence === 'break' &&
      agent.breakReason !== undefined &&
      breakText(agent.breakReason)}
  </span>
);

function breakText(reason: string): string {
  const known: Readonly<Record<string, string>> = { ...say.agent.breakReasons, ...say.agent.breakCauses };
  return known[reason] ?? reason;
}

function Device({ agent, model }: Props) {
  if (agent.device === 'browser') return <Browser agent={agent} model={model} />;
  if (!agent.reachable) {
    return <span class="tag bad">{say.agent.unreachable[agent.unreachableWhy ?? 'unregistered']}</span>;
  }
  return <span class="tag good">{say.agent.phoneHere}</span>;
}

/** This page is her phone, unless another tab has become it. */
function Browser({ agent, model }: Props) {
  const voice = model.voice.value;
  if (voice === 'closed')
    return (
      <span class="row">
        <span class="tag bad">{say.agent.browserElsewhere}</span>
        <button class="slim" onClick={() => void model.takeDevice('browser')}>
          {say.agent.takeHere}
        </button>
      </span>
    );
  if (voice !== 'up' || !agent.reachable) return <span class="tag warn">{say.agent.browserConnects}</span>;
  return <span class="tag good">{say.agent.browserHere}</span>;
}
