// On what she takes calls today; what she took last time is chosen already.

import { useSignal } from '@preact/signals';
import { isAboutMicrophone, MicrophoneHelp } from '../shared/microphone-help.tsx';
import { say } from '../shared/page.tsx';
import type { AgentModel, DeviceKind } from './model.ts';

const key = 'cordboard.device';

const lastTaken = (): DeviceKind => {
  const kept = localStorage.getItem(key);
  return kept === 'browser' || kept === 'pstn' ? kept : 'sip';
};

export function ChooseDevice({ model }: { readonly model: AgentModel }) {
  const device = useSignal<DeviceKind>(lastTaken());
  const number = useSignal('');
  const busy = useSignal(false);
  const choice = (kind: DeviceKind, label: string, lead: string) => (
    <label class="choice">
      <input
        type="radio"
        name="device"
        value={kind}
        checked={device.value === kind}
        onChange={() => (device.value = kind)}
      />
      <span>
        {label}
        <span class="small quiet">{lead}</span>
      </span>
    </label>
  );
  const take = async (): Promise<void> => {
    busy.value = true;
    localStorage.setItem(key, device.value);
    await model.takeDevice(device.value, device.value === 'pstn' ? number.value : undefined);
    busy.value = false;
  };
  return (
    <form
      class="card narrow"
      onSubmit={(event) => {
        event.preventDefault();
        void take();
      }}
    >
      <fieldset class="stack">
        <legend>{say.signIn.device}</legend>
        {choice('sip', say.signIn.phone, say.signIn.phoneLead)}
        {choice('browser', say.signIn.browser, say.signIn.browserLead)}
        {choice('pstn', say.signIn.telephone, say.signIn.telephoneLead)}
        {device.value === 'pstn' && (
          <input
            type="tel"
            name="telephone"
            required
            autocomplete="tel"
            aria-label={say.agent.number}
            placeholder={say.agent.number}
            value={number.value}
            onInput={(event) => (number.value = event.currentTarget.value)}
          />
        )}
      </fieldset>
      <Problem code={model.problem.value} />
      <button class="primary" disabled={busy.value}>
        {busy.value ? say.loading : say.agent.useDevice}
      </button>
    </form>
  );
}

/** What she can do about it stands where she needs it; what else is wrong, at the foot of the page. */
const Problem = ({ code }: { readonly code: string | undefined }) =>
  code !== undefined && isAboutMicrophone(code) ? <MicrophoneHelp problem={code} /> : null;
