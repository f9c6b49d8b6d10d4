// One customer's call: from the link in her hand to the stars at its end. The server says what is going on; this class keeps the
// voice up meanwhile, also through a reload of the page.
//
//   connecting ─► menu ⇄ waiting ⇄ ringing ─► talking ─► ended          (any ─► ended)

import type { CustomerSession, SessionMade } from '../contract/sessions.ts';
import type { CustomerToServer, ServerToCustomer } from '../contract/socket.ts';
import { Api } from './api.ts';
import { janusUrl, outsideOf, type ClientOptions, type Storage } from './browser.ts';
import { Emitter } from './emitter.ts';
import type { Player } from './player.ts';
import { codeOf, type ProblemCode } from './problem.ts';
import type { ContractSocket } from './socket.ts';
import { Voice, type VoiceState } from './voice.ts';

export type CustomerState =
  | { readonly at: 'connecting'; readonly since: number }
  /** She is told something, and may be asked for a key: `keys` are those that mean something now. */
  | { readonly at: 'menu'; readonly since: number; readonly keys: readonly string[] }
  | {
      readonly at: 'waiting';
      readonly since: number;
      readonly place: number | undefined;
      /** The wait that is left; undefined while too little is known. */
      readonly estimate: CustomerSession['estimate'];
      readonly keys: readonly string[];
    }
  | { readonly at: 'ringing'; readonly since: number; readonly place: number | undefined }
  | {
      readonly at: 'talking';
      readonly since: number;
      readonly agentName: string | undefined;
      readonly held: boolean;
    }
  | { readonly at: 'ended'; readonly reason: CallEnd; readonly rated: boolean; readonly mayRate: boolean };

/** The server's reason, or why this page could not go on. */
export type CallEnd = NonNullable<CustomerSession['ending']> | ProblemCode;

export interface CustomerCallEvents {
  state: CustomerState;
  /** Is the server reachable? The call itself may go on without. */
  online: boolean;
  muted: boolean;
  voice: VoiceState;
}

export interface CustomerCallOptions extends ClientOptions {
  /** The token of the customer link. */
  readonly link: string;
  readonly displayName?: string;
}

interface Kept {
  readonly sessionId: string;
  readonly token: string;
}

const keyOf = (link: string): string => `cordboard.call.${link.slice(-24)}`;

export class CustomerCall {
  readonly events = new Emitter<CustomerCallEvents>();
  readonly sessionId: string;
  readonly #token: string;
  readonly #key: string;
  readonly #storage: Storage;
  readonly #voice: Voice;
  readonly #player: Pick<Player, 'play' | 'close'>;
  readonly #socket: ContractSocket<ServerToCustomer, CustomerToServer>;
  #state: CustomerState;
  #closed = false;

  /**
   * Presses Call. The microphone is asked for first: who cannot speak makes no session.
   * @throws CordboardProblem `microphone_denied`, `microphone_missing`, `queue_full`, `link_expired`, …
   */
  static async start(options: CustomerCallOptions): Promise<CustomerCall> {
    const api = new Api(options);
    const made: { session?: SessionMade } = {};
    const voice = voiceOf(options, api, () => made.session?.token ?? '');
    await voice.prepare();
    try {
      const { link, displayName } = options;
      made.session = await api.makeSession({ link, ...(displayName && { displayName }) });
    } catch (error) {
      voice.close();
      throw error;
    }
    const call = new CustomerCall(options, api, voice, made.session, made.session.session);
    await call.#speak();
    return call;
  }

  /**
   * The call this tab had before it was reloaded; undefined when there is none. One that ended meanwhile comes back as ended.
   * @throws CordboardProblem when the microphone is no longer to be had
   */
  static async resume(options: CustomerCallOptions): Promise<CustomerCall | undefined> {
    const api = new Api(options);
    const storage = options.storage ?? sessionStorage;
    const kept = keptIn(storage, options.link);
    if (!kept) return undefined;
    const session = await api.readSession(kept.sessionId, kept.token).catch((error: unknown) => {
      // The server may be restarting; only its word ends the matter.
      if (codeOf(error) === 'unreachable') throw error;
      storage.removeItem(keyOf(options.link));
      return undefined;
    });
    if (!session) return undefined;
    const voice = voiceOf(options, api, () => kept.token);
    const call = new CustomerCall(options, api, voice, kept, session);
    if (session.state !== 'ended') await call.#speak();
    return call;
  }

  private constructor(
    options: CustomerCallOptions,
    api: Api,
    voice: Voice,
    { sessionId, token }: Kept,
    session: CustomerSession,
  ) {
    const outside = outsideOf(options);
    this.sessionId = sessionId;
    this.#token = token;
    this.#key = keyOf(options.link);
    this.#storage = options.storage ?? sessionStorage;
    this.#voice = voice;
    this.#player = outside.player();
    this.#state = stateOf(session);
    this.#storage.setItem(this.#key, JSON.stringify({ sessionId, token } satisfies Kept));
    this.#socket = outside.openSocket<ServerToCustomer, CustomerToServer>({
      baseUrl: api.baseUrl,
      namespace: '/customer',
      token: () => this.#token,
      onOnline: (online) => this.events.emit('online', online),
      onUnauthenticated: () => this.#fail('unauthenticated'),
    });
    this.#socket.on('session', (fresh) => this.#show(fresh));
    voice.events.on('state', (state) => {
      this.#player.play(voice.remote);
      this.events.emit('voice', state);
    });
    voice.events.on('stopped', (code) => this.#fail(code));
  }

  get state(): CustomerState {
    return this.#state;
  }

  get online(): boolean {
    return this.#socket.online;
  }

  get muted(): boolean {
    return this.#voice.muted;
  }

  get voice(): VoiceState {
    return this.#voice.state;
  }

  /** What she hears. */
  get remote(): MediaStream | undefined {
    return this.#voice.remote;
  }

  /** What she says, for a level meter. */
  get microphone(): MediaStreamTrack | undefined {
    return this.#voice.microphone;
  }

  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  /** A key of the telephone's pad: 0-9 * # */
  press(key: string): void {
    this.#voice.press(key);
  }

  /** Ends the call. Her voice stops at once, whether or not the server can be told now: it sees the leg end. */
  async hangUp(): Promise<void> {
    if (this.#state.at === 'ended') return;
    const told = this.#socket.command('hangUp', {});
    this.#voice.close();
    try {
      await told;
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'unreachable' && code !== 'already_ended') throw error;
    }
  }

  /** 1 to 5 stars for a call that is over; resolves when they are stored. @throws CordboardProblem */
  async rate(stars: number): Promise<void> {
    await this.#socket.command('rate', { stars, idempotencyKey: `rate-${this.sessionId}` });
  }

  /** Lets go of everything, and forgets the call: the next start() is a new one. A live call is hung up. */
  async close(): Promise<void> {
    await this.hangUp();
    this.#storage.removeItem(this.#key);
    this.#release();
  }

  async #speak(): Promise<void> {
    try {
      await this.#voice.open();
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #setMuted(muted: boolean): void {
    this.#voice.setMuted(muted);
    this.events.emit('muted', muted);
  }

  #show(session: CustomerSession): void {
    if (this.#closed) return;
    this.#enter(stateOf(session));
    if (session.state === 'ended') this.#voice.close();
  }

  /** The page cannot go on. The session lives or dies by its leg, as the server sees it. */
  #fail(code: ProblemCode): void {
    if (this.#state.at === 'ended') return;
    this.#voice.close();
    this.#enter({ at: 'ended', reason: code, rated: false, mayRate: false });
  }

  #enter(state: CustomerState): void {
    this.#state = state;
    this.events.emit('state', state);
  }

  #release(): void {
    this.#closed = true;
    this.#voice.close();
    this.#socket.close();
    this.#player.close();
    this.events.clear();
  }
}

function voiceOf(options: CustomerCallOptions, api: Api, token: () => string): Voice {
  const { microphone, iceServers } = options;
  return new Voice({
    purpose: 'call',
    url: janusUrl(api.baseUrl),
    token,
    openLine: outsideOf(options).openLine,
    ...(microphone !== undefined && { microphone }),
    iceServers: async () => iceServers ?? api.iceServers(token()),
  });
}

function stateOf(session: CustomerSession): CustomerState {
  const { since, place, estimate, keys = [], agentName, rated, ending } = session;
  // A wait goes on through a call that nobody took, a conversation through a hold.
  const { queuedAt = since, connectedAt = since } = session;
  switch (session.state) {
    case 'arriving':
    case 'connecting':
      return { at: 'connecting', since };
    case 'menu':
      return { at: 'menu', since, keys };
    case 'waiting':
      return { at: 'waiting', since: queuedAt, place, estimate, keys };
    case 'ringing':
      return { at: 'ringing', since: queuedAt, place };
    case 'talking':
    case 'held':
      return { at: 'talking', since: connectedAt, agentName, held: session.state === 'held' };
    case 'ended':
      return { at: 'ended', reason: ending ?? 'failed', rated, mayRate: !rated && spoke(ending) };
  }
}

/** Only a conversation can be rated. */
const spoke = (ending: CustomerSession['ending']): boolean =>
  ending === 'customer_hung_up' || ending === 'agent_hung_up' || ending === 'supervisor_ended';

function keptIn(storage: Storage, link: string): Kept | undefined {
  const text = storage.getItem(keyOf(link));
  if (text === null) return undefined;
  const kept = safeJson(text) as Partial<Kept> | undefined;
  const { sessionId, token } = kept ?? {};
  return typeof sessionId === 'string' && typeof token === 'string' ? { sessionId, token } : undefined;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // Not ours, or of another version.
    throw error;
  }
}
