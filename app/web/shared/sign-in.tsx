// The log-in form of agents and supervisors.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Notice, problemText, say } from './page.tsx';

interface SignInProps {
  /** Resolves with the code of the refusal, or undefined when it worked. */
  readonly onSubmit: (username: string, password: string) => Promise<string | undefined>;
  readonly children?: ComponentChildren;
}

export function SignInForm({ onSubmit, children }: SignInProps) {
  const problem = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    busy.value = true;
    problem.value = await onSubmit(field('username'), field('password'));
    busy.value = false;
  };

  return (
    <form class="card narrow" onSubmit={(event) => void submit(event)}>
      <h2>{say.signIn.title}</h2>
      <label>
        {say.signIn.username}
        <input name="username" autocomplete="username" required autofocus />
      </label>
      <label>
        {say.signIn.password}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      {children}
      {problem.value !== undefined && <Notice kind="bad">{problemText(problem.value)}</Notice>}
      <button class="primary" disabled={busy.value}>
        {say.signIn.submit}
      </button>
    </form>
  );
}
