// Microphone and loudspeaker of this browser: which ones, and whether the microphone hears anything.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AudioDevice, AudioDeviceKind, AudioDeviceList } from '@cordboard/sdk';
import { Level } from '../shared/level.tsx';
import { say } from '../shared/page.tsx';
import type { AudioModel } from './model.ts';

export function Audio({ model }: { readonly model: AudioModel }) {
  const devices = useSignal<AudioDeviceList>({ microphones: [], speakers: [] });
  useEffect(() => {
    const look = (): void => void model.list().then((found) => (devices.value = found));
    look();
    return model.watch(look);
  }, [model]);
  return (
    <section class="card tight">
      <h3>{say.audio.title}</h3>
      <Choice kind="microphone" devices={devices.value.microphones} model={model} />
      <Level source={() => model.microphone} />
      <Choice kind="speaker" devices={devices.value.speakers} model={model} />
    </section>
  );
}

interface ChoiceProps {
  readonly kind: AudioDeviceKind;
  readonly devices: readonly AudioDevice[];
  readonly model: AudioModel;
}

function Choice({ kind, devices, model }: ChoiceProps) {
  if (devices.length === 0) return null;
  return (
    <label>
      {say.audio[kind]}
      <select
        value={model.chosen(kind) ?? ''}
        onChange={(event) => void model.choose(kind, event.currentTarget.value || undefined)}
      >
        <option value="">{say.audio.browsersChoice}</option>
        {devices
          .filter(({ id }) => id !== 'default' && id !== 'communications')
          .map(({ id, label }, index) => (
            <option key={id} value={id}>
              {label || `${say.audio[kind]} ${index + 1}`}
            </option>
          ))}
      </select>
    </label>
  );
}
