// What a page tells a person beside what it shows: spoken for those who listen to it, laid over its foot for those who look, so that
// nothing moves away under a pointer.

import type { ComponentChildren } from 'preact';
import { problemText, say } from './page.tsx';

interface Children {
  readonly children: ComponentChildren;
}

/** Read out when it changes, and not seen. Nothing that ticks belongs in it. */
export const Spoken = ({ children, urgent = false }: Children & { readonly urgent?: boolean }) => (
  <p class="unseen" role={urgent ? 'alert' : 'status'}>
    {children}
  </p>
);

/** The foot of the page: there from the beginning, so that what is put into it is read out. */
export const Toasts = ({ children }: Children) => (
  <div class="toasts" aria-live="assertive">
    {children}
  </div>
);

interface ToastProps extends Children {
  readonly kind: 'bad' | 'info';
  readonly onDismiss?: () => void;
}

export const Toast = ({ kind, children, onDismiss }: ToastProps) => (
  <div class={`toast notice-${kind}`}>
    <p>{children}</p>
    {onDismiss && (
      <button type="button" class="slim" onClick={onDismiss}>
        {say.dismiss}
      </button>
    )}
  </div>
);

/** Why the last wish was not granted. */
export const Refusal = ({ code, onDismiss }: { readonly code: string; readonly onDismiss: () => void }) => (
  <Toast kind="bad" onDismiss={onDismiss}>
    {problemText(code)}
  </Toast>
);
