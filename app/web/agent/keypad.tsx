// Twelve keys for whatever machine is at the other end.

import { say } from '../shared/page.tsx';
import type { AgentModel } from './model.ts';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

export const Keypad = ({ model }: { readonly model: AgentModel }) => (
  <div class="keypad" role="group" aria-label={say.agent.keypad}>
    {keys.map((key) => (
      <button key={key} onClick={() => void model.control((control) => control.sendDigits(key))}>
        {key}
      </button>
    ))}
  </div>
);
