// A button for what cannot be taken back: the first press asks, the second does it. It forgets the first after a few seconds.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

interface ConfirmProps {
  readonly label: string;
  /** What it says once it has been pressed, such as *Really end it?* */
  readonly question: string;
  readonly onConfirm: () => void;
}

const patienceMs = 4_000;

export function Confirm({ label, question, onConfirm }: ConfirmProps) {
  const asked = useSignal(false);
  useEffect(() => {
    if (!asked.value) return;
    const timer = setTimeout(() => (asked.value = false), patienceMs);
    return () => clearTimeout(timer);
  }, [asked.value]);
  return (
    <button
      type="button"
      class={asked.value ? 'slim stop' : 'slim'}
      onBlur={() => (asked.value = false)}
      onClick={() => {
        if (asked.value) onConfirm();
        asked.value = !asked.value;
      }}
    >
      {asked.value ? question : label}
    </button>
  );
}
