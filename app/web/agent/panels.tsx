// What a verb opens below the call: to whom it goes, keys for a machine, a sound for the caller.

import { Icon } from '../shared/icon.tsx';
import { Keypad } from '../shared/keypad.tsx';
import { say } from '../shared/page.tsx';
import type { AgentModel } from './model.ts';
import { TransferPanel } from './transfer.tsx';
import { situationOf } from './perform.ts';
import { verbsOf } from './verbs.ts';

interface Props {
  readonly model: AgentModel;
}

/** Only while its verb is there: a call that is passed on closes it. */
export function OpenPanel({ model }: Props) {
  const agent = model.agent.value;
  const panel = model.panel.value;
  if (!agent || panel === undefined || !verbsOf(situationOf(model, agent)).includes(panel)) return null;
  switch (panel) {
    case 'transfer':
      return <TransferPanel model={model} onDone={() => model.open('transfer')} />;
    case 'keypad':
      return <Keys model={model} />;
    case 'sounds':
      return <Sounds model={model} />;
  }
}

const Keys = ({ model }: Props) => (
  <div class="stack panel centre">
    <output class="pressed" aria-label={say.agent.pressed}>
      {model.pressed.value}
    </output>
    <Keypad label={say.agent.keypad} onPress={(key) => void model.press(key)} />
  </div>
);

/** Both hear it, under the voices. */
function Sounds({ model }: Props) {
  const sounds = model.sounds.value;
  if (sounds?.length === 0) return <p class="panel quiet">{say.agent.noSounds}</p>;
  return (
    <div class="stack panel" role="group" aria-label={say.agent.sounds}>
      <p class="small quiet">{say.agent.soundsLead}</p>
      <div class="row centre">
        {(sounds ?? []).map((soundId) => (
          <button
            key={soundId}
            class="slim"
            data-sound={soundId}
            onClick={() => void model.control((control) => control.play({ soundId }))}
          >
            <Icon name="sound" /> {soundId}
          </button>
        ))}
      </div>
    </div>
  );
}
