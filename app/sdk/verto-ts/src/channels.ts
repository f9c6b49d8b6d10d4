// The channels of one client: asked for when they are wanted and the connection is there, asked for again after every log-in with the
// last serial numbers, so that the server repeats what was missed.

import { guarded } from './callbacks.ts';
import { VertoError } from './errors.ts';
import type { EventOn, VertoEvent } from './events.ts';
import type { Params } from './frames.ts';
import { Subscriptions, type Listener, type SubscriptionHandle } from './subscriptions.ts';

export type EventHandler<Owner, Event, UserData = unknown> = {
  // Written as a method so that a page's handler may know its own user data better than we do.
  handle(verto: Owner, event: Event, userData: UserData): void;
}['handle'];

export interface SubscribeParams<Owner, Channel extends string> {
  /** Without one, the client's onEvent gets the events. */
  readonly handler?: EventHandler<Owner, EventOn<Channel>>;
  /** The server has granted the channel. */
  readonly readyHandler?: (verto: Owner, channel: string) => void;
  readonly userData?: unknown;
  /** Goes with the request as it is (mod_verto's live arrays). */
  readonly subParams?: unknown;
  /** Begin with an event of type `snapshot`: how things stand. */
  readonly snapshot?: boolean;
}

/** One handle per channel, as verto.js returns them, and a promise beside. */
export type SubscriptionHandles = readonly SubscriptionHandle[] & {
  /** Resolves when all channels are granted. @throws VertoError `refused` when one is not */
  readonly ready: Promise<void>;
};

export interface ChannelsOutside<Owner> {
  readonly self: () => Owner;
  readonly online: () => boolean;
  call(method: string, params: Params): Promise<unknown>;
  /** Gets events whose subscription has no handler. */
  onEvent(event: VertoEvent, userData: unknown): void;
  report(error: unknown): void;
  note(level: 'debug' | 'warn', what: string, details?: Readonly<Record<string, unknown>>): void;
}

export class Channels<Owner> {
  readonly #outside: ChannelsOutside<Owner>;
  readonly #subscriptions = new Subscriptions();
  /** Events that came a second time. */
  duplicates = 0;

  constructor(outside: ChannelsOutside<Owner>) {
    this.#outside = outside;
  }

  get names(): readonly string[] {
    return this.#subscriptions.channels;
  }

  lastSerno(channel: string): number | undefined {
    return this.#subscriptions.lastSerno(channel);
  }

  /** @param ofLogin subscribed inside onWSLogin: the page will do so again at the next log-in */
  subscribe<Channel extends string>(
    channels: readonly Channel[],
    params: SubscribeParams<Owner, Channel>,
    ofLogin: boolean,
  ): SubscriptionHandles {
    const news: string[] = [];
    const ready: Promise<void>[] = [];
    const handles = channels.map((channel) => {
      const { promise, granted, denied } = grant(channel);
      ready.push(promise);
      const { handle, isNew } = this.#subscriptions.add(
        channel,
        {
          handler: params.handler,
          userData: params.userData,
          ofLogin,
          granted: () => {
            granted();
            this.#guarded(() => params.readyHandler?.(this.#outside.self(), channel));
          },
          denied,
        },
        { subParams: params.subParams, ...(params.snapshot && { snapshot: true }) },
      );
      if (isNew) news.push(channel);
      return handle;
    });
    if (news.length > 0 && this.#outside.online()) void this.#request(news);
    const all = Promise.all(ready).then(() => undefined);
    all.catch(() => undefined); // Looked at by those who care; noted for the others.
    return Object.assign(handles, { ready: all });
  }

  /** @param what nothing: every channel */
  async unsubscribe(
    what?: string | SubscriptionHandle | readonly (string | SubscriptionHandle)[],
  ): Promise<void> {
    const list = what === undefined ? this.names : isList(what) ? what : [what];
    const left = list.flatMap((one) => this.#subscriptions.remove(one));
    if (left.length === 0 || !this.#outside.online()) return;
    const asked = { eventChannel: left.length === 1 ? left[0] : left };
    await this.#outside.call('verto.unsubscribe', asked).catch((error: unknown) => {
      // The wish came true: a channel ends with its connection, and what is forgotten here is not asked for again.
      if (error instanceof VertoError && error.reason !== 'refused') return;
      throw error;
    });
  }

  disconnected(): void {
    this.#subscriptions.disconnected();
  }

  /** After a log-in, when the page has had its say. */
  async askAgain(): Promise<void> {
    await this.#request(this.#subscriptions.wanted());
  }

  clear(): void {
    this.#subscriptions.clear();
  }

  /** @returns false when nobody listens */
  deliver(event: VertoEvent): boolean {
    const { to } = this.#subscriptions.route(event);
    if (to === 'nobody') return false;
    if (to === 'duplicate') {
      this.duplicates += 1;
      return true;
    }
    for (const listener of to) this.#tell(listener, event);
    return true;
  }

  #tell({ handler, userData }: Listener, event: VertoEvent): void {
    const listener = handler as EventHandler<Owner, VertoEvent> | undefined;
    if (listener) this.#guarded(() => listener(this.#outside.self(), event, userData));
    else this.#outside.onEvent(event, userData);
  }

  async #request(names: readonly string[]): Promise<void> {
    await Promise.all(
      this.#subscriptions.requests(names).map(async (params) => {
        const asked =
          typeof params.eventChannel === 'string' ? [params.eventChannel] : (params.eventChannel as string[]);
        try {
          this.#subscriptions.answered(asked, await this.#outside.call('verto.subscribe', params));
        } catch (error) {
          await this.#notGranted(asked, error);
        }
      }),
    );
  }

  async #notGranted(asked: readonly string[], error: unknown): Promise<void> {
    if (!(error instanceof VertoError)) throw error;
    this.#outside.note('warn', 'a subscription was not granted', { channels: asked, error: error.message });
    if (error.reason === 'refused') {
      // "Already Subscribed" and partly unauthorized come as errors that carry the lists.
      this.#subscriptions.answered(asked, error.data);
      for (const name of asked)
        if (this.#subscriptions.isWanted(name)) this.#subscriptions.deny(name, error.message);
      return;
    }
    // Lost with its connection: the next log-in asks again. Unanswered on one that stands: ask again now.
    const still = asked.filter((name) => this.#subscriptions.isWanted(name));
    if (error.reason === 'timeout' && this.#outside.online()) await this.#request(still);
  }

  #guarded(callback: () => void): void {
    guarded((error) => this.#outside.report(error), callback);
  }
}

const isList = <One>(what: One | readonly One[]): what is readonly One[] => Array.isArray(what);

function grant(channel: string): {
  promise: Promise<void>;
  granted: () => void;
  denied: (why: string) => void;
} {
  let granted = (): void => undefined;
  let denied: (why: string) => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    granted = resolve;
    denied = (why) => reject(new VertoError('refused', `${channel}: ${why}`, { data: { channel } }));
  });
  return { promise, granted, denied };
}
