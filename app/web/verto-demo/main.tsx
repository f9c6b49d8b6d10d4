// `/verto-demo`: a page as integrators have them, on our server. It gets a token, lays out what the example leaves to its reader, and
// loads the example, which is the older SDK's own; the rest is buttons and a list of what happened.

import { signal } from '@preact/signals';
import { Api, CordboardProblem } from '../../sdk/index.ts';
import { Header, Notice, problemText, show } from '../shared/page.tsx';

/** The agent of the example. */
const agent = '1001';

/** What the example finds on the page, and what it puts there. */
interface ExamplePage {
  token: string;
  socketUrl: string;
  queue: string;
  agent: string;
  extn: string;
  reason: string;
  cidNumber: string;
  destNumber: string;
  earlyMedia: boolean;
  eventChannel: string;
  callbacks: Record<string, (...told: unknown[]) => void>;
  onAgentEvent(verto: unknown, event: { eventType: string; data: { state?: string; reason?: string } }): void;
  success_cb(result: { agent?: { state?: string } }): void;
  failed_cb(error: { code?: number; message: string }): void;
}
type ExampleVerb = 'signIn' | 'signOut' | 'goReady' | 'goBreak' | 'dial' | 'disconnect';
const page = window as unknown as ExamplePage & Record<ExampleVerb, () => void>;

const happened = signal<readonly string[]>([]);
const connected = signal(false);
const asked = signal(false);
const problem = signal<string | undefined>(undefined);
const state = signal('LOGGED_OUT');
const number = signal('');

const tell = (line: string): void => {
  happened.value = [...happened.value.slice(-199), line];
};

function layOut(token: string): void {
  Object.assign(page, {
    token,
    socketUrl: `${location.origin.replace(/^http/, 'ws')}/ws`,
    queue: 'default',
    agent,
    extn: agent,
    reason: 'BRB',
    cidNumber: '',
    destNumber: '',
    earlyMedia: false,
    eventChannel: `vcc.default.${agent}`,
    callbacks: {
      onWSLogin: (_verto, success) => {
        connected.value = success === true;
        tell(success === true ? 'connected' : 'not let in');
      },
      onWSClose: () => {
        connected.value = false;
        tell('connection closed');
      },
      onMessage: (_verto, _dialog, message) => tell(`message ${(message as { name: string }).name}`),
      onEvent: (_verto, event) => tell(`event ${JSON.stringify(event)}`),
    },
    onAgentEvent: (_verto, event) => {
      if (event.eventType === 'agent-state') state.value = event.data.state ?? state.value;
      tell([event.eventType, event.data.state, event.data.reason].filter(Boolean).join(' '));
    },
    success_cb: (result) => {
      if (result.agent?.state !== undefined) state.value = result.agent.state;
      tell('done');
    },
    failed_cb: (error) => tell(`refused: ${error.code ?? ''} ${error.message}`),
  } satisfies ExamplePage);
}

const load = (file: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = file;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${file} could not be loaded`));
    document.head.append(script);
  });

async function connect(password: string): Promise<void> {
  asked.value = true;
  problem.value = undefined;
  try {
    const { token } = await new Api().signIn(agent, password);
    layOut(token);
    await load('/static/js/verto-min.js');
    await load('/verto-demo/example.js');
  } catch (error) {
    asked.value = false;
    problem.value = error instanceof CordboardProblem ? problemText(error.code) : String(error);
  }
}

const Button = ({ verb, children }: { readonly verb: ExampleVerb; readonly children: string }) => (
  <button name={verb} disabled={!connected.value} onClick={() => page[verb]()}>
    {children}
  </button>
);

const dial = (): void => {
  page.destNumber = number.value;
  page.dial();
};

const Demo = () => (
  <>
    <Header title="Verto">
      <span data-state={state.value}>{state.value}</span>
    </Header>
    <main>
      <form
        class="card narrow"
        hidden={asked.value}
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget).get('password');
          void connect(typeof given === 'string' ? given : '');
        }}
      >
        <h2>Agent {agent}</h2>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required autofocus />
        </label>
        {problem.value !== undefined && <Notice kind="bad">{problem.value}</Notice>}
        <button class="primary">Connect</button>
      </form>
      <section class="card" hidden={!asked.value}>
        <div class="row">
          <Button verb="signIn">Sign in</Button>
          <Button verb="goReady">Ready</Button>
          <Button verb="goBreak">Break</Button>
          <Button verb="signOut">Sign out</Button>
          <Button verb="disconnect">Disconnect</Button>
        </div>
        <label>
          Number
          <input
            name="number"
            inputMode="tel"
            value={number.value}
            onInput={(event) => (number.value = event.currentTarget.value)}
          />
        </label>
        <button name="dial" disabled={!connected.value || number.value === ''} onClick={dial}>
          Dial
        </button>
        <ol class="happened">
          {happened.value.map((line) => (
            <li>{line}</li>
          ))}
        </ol>
      </section>
    </main>
  </>
);

show('Verto', <Demo />);
