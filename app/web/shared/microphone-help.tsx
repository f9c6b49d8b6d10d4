// What to do when there is no microphone: steps a person can follow, not the name of an error.

import { say } from './page.tsx';

/** Problems of the microphone; the page has its own words for them. */
export const isAboutMicrophone = (problem: string): problem is keyof typeof say.microphone =>
  problem in say.microphone;

export function MicrophoneHelp({ problem }: { readonly problem: keyof typeof say.microphone }) {
  const { title, steps } = say.microphone[problem];
  return (
    <div class="notice notice-bad help" role="alert">
      <strong>{title}</strong>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
  );
}
