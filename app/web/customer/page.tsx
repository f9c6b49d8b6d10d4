// What a customer sees, from the button to the stars. The states are the session's own; every one has exactly one screen.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from '../shared/icon.tsx';
import { Keypad } from '../shared/keypad.tsx';
import { Level } from '../shared/level.tsx';
import { isAboutMicrophone, MicrophoneHelp } from '../shared/microphone-help.tsx';
import { Spoken, Toast, Toasts } from '../shared/notices.tsx';
import { Elapsed, Header, Notice, clockTime, dayAndTime, problemText, say } from '../shared/page.tsx';
import type { CallEnd, Closed, CustomerModel, CustomerScreen } from './model.ts';

export const CustomerPage = ({ model }: { readonly model: CustomerModel }) => (
  <>
    <Header title={model.label.value ?? say.customer.title} />
    <main class="customer">
      <Spoken>{spoken(model.screen.value)}</Spoken>
      <Screen screen={model.screen.value} model={model} />
    </main>
    <Toasts>
      {model.offline.value && <Toast kind="info">{say.connectionLost}</Toast>}
      {!model.offline.value && isCutOff(model) && <Toast kind="info">{say.customer.soundLost}</Toast>}
    </Toasts>
  </>
);

/** Her voice had a way, and is looking for another. */
const isCutOff = ({ screen, voice }: CustomerModel): boolean =>
  voice.value === 'recovering' ||
  (voice.value === 'opening' && ['waiting', 'ringing', 'talking', 'menu'].includes(screen.value.at));

/** What a screen reader says when the screen changes; the clock on it is nobody's news. */
function spoken(screen: CustomerScreen): string {
  switch (screen.at) {
    case 'connecting':
      return say.customer.calling;
    case 'asking':
      return say.customer.allowMicrophone;
    case 'waiting':
      return [
        say.customer.waiting,
        screen.place !== undefined && say.customer.place(screen.place),
        screen.estimate && say.customer.estimate(screen.estimate),
      ]
        .filter(Boolean)
        .join('. ');
    case 'ringing':
    case 'menu':
      return say.customer[screen.at];
    case 'talking':
      return talkingTitle(screen);
    case 'ended':
      return `${say.customer.ended}. ${endText(screen.reason)}`;
    default:
      return '';
  }
}

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
    case 'asking':
      return (
        <section class="card call" data-screen="asking">
          <Face icon="microphone" kind="ringing" />
          <h2>{say.customer.allowMicrophone}</h2>
          <p class="quiet">{say.customer.browserAsks}</p>
        </section>
      );
    case 'connecting':
      return <Live model={model} screen={screen} title={say.customer.calling} />;
    case 'waiting':
      return (
        <Live model={model} screen={screen} title={say.customer.waiting}>
          {screen.place !== undefined && <p class="place">{say.customer.place(screen.place)}</p>}
          {screen.estimate && <p class="estimate">{say.customer.estimate(screen.estimate)}</p>}
          <Since label={say.customer.waited} since={screen.since} />
          <Keys model={model} keys={screen.keys} />
        </Live>
      );
    case 'menu':
      return (
        <Live model={model} screen={screen} title={say.customer.menu}>
          <Keys model={model} keys={screen.keys} />
        </Live>
      );
    case 'ringing':
      return (
        <Live model={model} screen={screen} title={say.customer.ringing}>
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
  return (
    <form
      class="card call"
      data-screen="start"
      onSubmit={(event) => {
        event.preventDefault();
        void model.call(model.name.value.trim());
      }}
    >
      {closed ? <Notice kind="info">{closedText(closed)}</Notice> : <p class="lead">{say.customer.lead}</p>}
      <label>
        {say.customer.yourName}
        <input
          name="name"
          maxLength={80}
          autocomplete="name"
          value={model.name.value}
          onInput={(event) => (model.name.value = event.currentTarget.value)}
        />
      </label>
      {problem !== undefined && <Problem problem={problem} />}
      <button class="go big" autofocus>
        <Icon name="answer" /> {say.customer.call}
      </button>
    </form>
  );
}

const Problem = ({ problem }: { readonly problem: string }) =>
  isAboutMicrophone(problem) ? (
    <MicrophoneHelp problem={problem} />
  ) : (
    <Notice kind="bad">{problemText(problem)}</Notice>
  );

type Calm = 'ringing' | 'on' | 'waits';

const Face = ({ icon, kind }: { readonly icon: IconName; readonly kind: Calm }) => (
  <div class={`face ${kind}`}>
    <Icon name={icon} />
  </div>
);

interface LiveProps {
  readonly model: CustomerModel;
  readonly screen: CustomerScreen;
  readonly title: string;
  readonly talking?: boolean;
  readonly children?: ComponentChildren;
}

/** The card of a call that is on: what is going on, and the way out. Who lost the focus with the button she pressed finds it on the heading. */
function Live({ model, screen, title, talking = false, children }: LiveProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, [screen.at]);
  const held = screen.at === 'talking' && screen.held;
  return (
    <section class="card call" data-screen={screen.at}>
      <Face icon={held ? 'hold' : 'answer'} kind={held ? 'waits' : talking ? 'on' : 'ringing'} />
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
      <div class="row centre">
        {talking && (
          <button aria-pressed={model.muted.value} onClick={() => model.mute(!model.muted.value)}>
            <Icon name={model.muted.value ? 'microphoneOff' : 'microphone'} />{' '}
            {model.muted.value ? say.customer.unmute : say.customer.mute}
          </button>
        )}
        <button class="stop" onClick={() => void model.hangUp()}>
          <Icon name="hangUp" /> {say.customer.hangUp}
        </button>
      </div>
    </section>
  );
}

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

type TalkingScreen = Extract<CustomerScreen, { at: 'talking' }>;

const talkingTitle = ({ held, agentName }: TalkingScreen): string => {
  if (held) return say.customer.held;
  return agentName === undefined ? say.customer.talking : say.customer.talkingTo(agentName);
};

const Talking = ({ model, screen }: { readonly model: CustomerModel; readonly screen: TalkingScreen }) => (
  <Live model={model} screen={screen} title={talkingTitle(screen)} talking>
    <p class="big">
      <Elapsed since={screen.since} label={say.customer.duration} />
    </p>
    {/* One line in each case, so that the buttons keep their place. */}
    {model.muted.value ? (
      <p class="quiet">{say.customer.muted}</p>
    ) : (
      <p class="row centre small quiet">
        {say.customer.youAreHeard} <Level source={() => model.microphone} />
      </p>
    )}
  </Live>
);

function Ended({
  model,
  screen,
}: {
  readonly model: CustomerModel;
  readonly screen: Extract<CustomerScreen, { at: 'ended' }>;
}) {
  return (
    <section class="card call" data-screen="ended">
      <h2>{say.customer.ended}</h2>
      <p class="quiet">
        {endText(screen.reason)}
        {model.talkedMs.value > 0 && ` ${say.customer.talked(clockTime(model.talkedMs.value))}`}
      </p>
      {isAboutMicrophone(screen.reason) && <MicrophoneHelp problem={screen.reason} />}
      {screen.mayRate && <Stars model={model} />}
      {screen.rated && <p role="status">{say.customer.rated}</p>}
      <button class="primary" onClick={() => model.again()}>
        {say.customer.callAgain}
      </button>
    </section>
  );
}

/** The server's reason has a sentence of its own; what only this page could run into is a problem like any other. */
function endText(reason: CallEnd): string {
  const known: Readonly<Record<string, string>> = say.endings;
  return known[reason] ?? problemText(reason);
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
