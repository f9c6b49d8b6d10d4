// Keys of the keyboard for the call: one letter each, digits while the keypad is open. They mean nothing while something is typed,
// and can be switched off (WCAG 2.1.4).

import { perform, situationOf } from './perform.ts';
import type { AgentModel } from './model.ts';
import { verbOfKey } from './verbs.ts';

/** @returns the disposer */
export function listenForKeys(model: AgentModel): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const agent = model.agent.value;
    if (!agent || !model.keysOn.value || !isForThePage(event)) return;
    if (model.panel.value === 'keypad' && /^[0-9*#]$/.test(event.key)) return void model.press(event.key);
    const verb = verbOfKey(event.key, situationOf(model, agent));
    if (verb === undefined) return;
    event.preventDefault();
    perform(model, agent, verb);
  };
  addEventListener('keydown', pressed);
  return () => removeEventListener('keydown', pressed);
}

function isForThePage({ target, repeat, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (repeat || ctrlKey || altKey || metaKey) return false;
  return !isTyping(target);
}

/** Whether what is pressed there is written somewhere. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && /^(input|textarea|select)$/i.test(target.tagName) && !isChoice(target);

const isChoice = (target: HTMLElement): boolean =>
  target instanceof HTMLInputElement && (target.type === 'radio' || target.type === 'checkbox');
