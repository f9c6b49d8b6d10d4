// What a customer sees, from the button to the stars. The states are the session's own; every one has exactly one screen.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Keypad } from '../shared/keypad.tsx';
import { Elapsed, Header, Notice, clockTime, dayAndTime, now, problemText, say } from '../shared/page.tsx';
import type { CallEnd, Closed, CustomerModel, CustomerScreen } from './model.ts';

export const CustomerPage = ({ model }: { readonly model: CustomerModel }) => (
  <>
    <Header title={model.label.value ?? say.customer.title} />
    <main class="customer" aria-live="polite">
      {model.offline.value && <Notice kind="info">{say.connectionLost}</Notice>}
      <Screen screen={model.screen.value} model={model} />
    </main>
  </>
);

function Screen({ screen, model }: { readonly screen: CustomerScreen; readonly model: CustomerModel }) {
  switch (screen.at) {
    case 'loading':
      return <p class="quiet">{say.loading}</p>;
    case 'unusable':
      return <Notice kind="bad">{say.customer[screen.why]}</Notice>;
    case 'closed':
      return <Notice kind="info">{closedText(screen)}</Notice>;
    case 'start':
      return <Start model={model} screen={screen} />;
    case 'connecting':
      return (
        <Live model={model} title={say.customer.calling}>
          <p class="quiet">{say.customer.allowMicrophone}</p>
        </Live>
      );
    case 'waiting':
      return (
        <Live model={model} title={say.customer.waiting}>
          {screen.place !== undefined && <p class="place">{say.customer.place(screen.place)}</p>}
          {screen.estimate && <p class="estimate">{say.customer.estimate(screen.estimate)}</p>}
          <Since label={say.customer.waited} since={screen.since} />
          <Keys model={model} keys={screen.keys} />
        </Live>
      );
    case 'menu':
      return (
        <Live model={model} title={say.customer.menu}>
          <Keys model={model} keys={screen.keys} />
        </Live>
      );
    case 'ringing':
      return (
        <Live model={model} title={say.customer.ringing}>
          <Since label={say.customer.waited} since={screen.since} />
        </Live>
      );
    case 'talking':
      return <Talking model={model} screen={screen} />;
    case 'ended':
      return <Ended model={model} screen={screen} />;
  }
}

const closedText = ({ opensAt }: Closed): string =>
  opensAt === undefined ? say.customer.closed : say.customer.closedUntil(dayAndTime(opensAt));

function Start({
  model,
  screen: { problem, closed },
}: {
  readonly model: CustomerModel;
  readonly screen: CustomerScreen & { at: 'start' };
}) {
  const name = useSignal('');
  return (
    <form
      class="card centre"
      onSubmit={(event) => {
        event.preventDefault();
        void model.call(name.value.trim());
      }}
    >
      {closed ? <Notice kind="info">{closedText(closed)}</Notice> : <p class="lead">{say.customer.lead}</p>}
      <label>
        {say.customer.yourName}
        <input
          name="name"
          maxLength={80}
          autocomplete="name"
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </label>
      {problem !== undefined && <Notice kind="bad">{startProblem(problem)}</Notice>}
      <button class="go big" autofocus>
        {say.customer.call}
      </button>
    </form>
  );
}

function startProblem(problem: string): string {
  if (problem === 'microphone_denied') return say.customer.microphoneDenied;
  if (problem === 'microphone_missing') return say.customer.microphoneMissing;
  return problemText(problem);
}

interface LiveProps {
  readonly model: CustomerModel;
  readonly title: string;
  readonly talking?: boolean;
  readonly children?: ComponentChildren;
}

/** The card of a call that is on: a pulse, what is going on, and the way out. */
const Live = ({ model, title, talking = false, children }: LiveProps) => (
  <section class="card centre">
    <div class={talking ? 'pulse talking' : 'pulse'} aria-hidden="true" />
    <h2>{title}</h2>
    {children}
    <div class="row centre">
      {talking && (
        <button aria-pressed={model.muted.value} onClick={() => model.mute(!model.muted.value)}>
          {model.muted.value ? say.customer.unmute : say.customer.mute}
        </button>
      )}
      <button class="stop" onClick={() => void model.hangUp()}>
        {say.customer.hangUp}
      </button>
    </div>
  </section>
);

/** The telephone's pad, while a key means something. */
const Keys = ({ model, keys }: { readonly model: CustomerModel; readonly keys: readonly string[] }) =>
  keys.length === 0 ? null : (
    <Keypad label={say.customer.keypad} live={keys} onPress={(key) => model.press(key)} />
  );

const Since = ({ label, since }: { readonly label: string; readonly since: number }) => (
  <p class="quiet">
    {label} <Elapsed since={since} />
  </p>
);

function Talking({
  model,
  screen,
}: {
  readonly model: CustomerModel;
  readonly screen: CustomerScreen & { at: 'talking' };
}) {
  const title =
    screen.agentName === undefined ? say.customer.talking : say.customer.talkingTo(screen.agentName);
  return (
    <Live model={model} title={screen.held ? say.customer.held : title} talking>
      <p class="big">
        <time class="elapsed" aria-label={say.customer.duration}>
          {clockTime(now.value - screen.since)}
        </time>
      </p>
      {model.muted.value && <p class="quiet">{say.customer.muted}</p>}
    </Live>
  );
}

function Ended({
  model,
  screen,
}: {
  readonly model: CustomerModel;
  readonly screen: CustomerScreen & { at: 'ended' };
}) {
  return (
    <section class="card centre">
      <h2>{say.customer.ended}</h2>
      <p class="quiet">{endText(screen.reason)}</p>
      {screen.mayRate && <Stars model={model} />}
      {screen.rated && <p>{say.customer.rated}</p>}
      <button class="primary" onClick={() => model.again()}>
        {say.customer.callAgain}
      </button>
    </section>
  );
}

/** The server's reason has a sentence of its own; what only this page could run into is a problem like any other. */
function endText(reason: CallEnd): string {
  const known: Readonly<Record<string, string>> = say.endings;
  return known[reason] ?? startProblem(reason);
}

function Stars({ model }: { readonly model: CustomerModel }) {
  const pointed = useSignal(0);
  return (
    <div>
      <p>{say.customer.rate}</p>
      <div class="stars" role="group" aria-label={say.customer.rate} onMouseLeave={() => (pointed.value = 0)}>
        {[1, 2, 3, 4, 5].map((count) => (
          <button
            key={count}
            class={count <= pointed.value ? 'lit' : ''}
            aria-label={say.customer.stars(count)}
            onMouseEnter={() => (pointed.value = count)}
            onFocus={() => (pointed.value = count)}
            onClick={() => void model.rate(count)}
          >
            ★
          </button>
        ))}
      </div>
    </div>
  );
}
