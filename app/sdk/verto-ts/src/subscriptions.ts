// Which channels the page listens to, who listens, and how far each channel has been read. Pure bookkeeping: verto.ts sends.
//
//   wanted ──request──► granted ──connection breaks──► wanted (with the last serial number: the server repeats what was missed)
//     └──unauthorized──► forgotten
//
// Serial numbers are kept only where the server told its own (`sernos`): plain mod_verto counts anew on every connection.

import { isRecord, stringsOf, type Params } from './frames.ts';
import type { VertoEvent } from './events.ts';

/** What subscribe() returns for each channel, and unsubscribe() takes. */
export interface SubscriptionHandle {
  readonly serno: number;
  readonly eventChannel: string;
}

export interface Listener extends SubscriptionHandle {
  readonly handler: unknown;
  readonly userData: unknown;
  /** It was subscribed inside onWSLogin, and will be again at the next log-in. */
  readonly ofLogin: boolean;
  readonly granted: () => void;
  readonly denied: (why: string) => void;
}

interface Channel {
  readonly listeners: Listener[];
  readonly subParams: unknown;
  granted: boolean;
  snapshot: boolean;
  /** The last serial number seen; undefined until the server tells one. */
  last: number | undefined;
}

export type NewListener = Omit<Listener, 'serno' | 'eventChannel'>;

export type Routed =
  { readonly to: readonly Listener[] } | { readonly to: 'nobody' } | { readonly to: 'duplicate' };

export class Subscriptions {
  readonly #channels = new Map<string, Channel>();
  #serno = 0;

  get channels(): readonly string[] {
    return [...this.#channels.keys()];
  }

  /** The last serial number read on a channel, where the server counts. */
  lastSerno(channel: string): number | undefined {
    return this.#channels.get(channel)?.last;
  }

  /** @returns the handle, and whether the server must be asked */
  add(
    channel: string,
    listener: NewListener,
    { subParams, snapshot = false }: { subParams?: unknown; snapshot?: boolean } = {},
  ): { readonly handle: SubscriptionHandle; readonly isNew: boolean } {
    const known = this.#channels.get(channel);
    // The same function again, as pages do that subscribe after every log-in: once is enough.
    const same = known?.listeners.find(
      ({ handler, userData }) =>
        handler !== undefined && handler === listener.handler && userData === listener.userData,
    );
    const added: Listener = { ...listener, serno: (this.#serno += 1), eventChannel: channel };
    if (known) {
      if (same) known.listeners.splice(known.listeners.indexOf(same), 1, added);
      else known.listeners.push(added);
      if (known.granted) added.granted();
    } else
      this.#channels.set(channel, {
        listeners: [added],
        subParams,
        snapshot,
        granted: false,
        last: undefined,
      });
    return { handle: added, isNew: !known };
  }

  /** @returns channels nobody listens to any more */
  remove(what: string | SubscriptionHandle): readonly string[] {
    const name = typeof what === 'string' ? what : what.eventChannel;
    const channel = this.#channels.get(name);
    if (!channel) return [];
    const left =
      typeof what === 'string' ? [] : channel.listeners.filter(({ serno }) => serno !== what.serno);
    channel.listeners.splice(0, channel.listeners.length, ...left);
    if (left.length > 0) return [];
    this.#channels.delete(name);
    return [name];
  }

  clear(): void {
    this.#channels.clear();
  }

  /** The connection broke: nothing is granted any more. Listeners that the page adds at every log-in leave. */
  disconnected(): void {
    for (const channel of this.#channels.values()) {
      channel.granted = false;
      channel.listeners.splice(0, channel.listeners.length, ...channel.listeners.filter((l) => !l.ofLogin));
    }
  }

  /** After a log-in: channels that lost their last listener are forgotten. @returns those to ask for */
  wanted(): readonly string[] {
    for (const [name, { listeners }] of this.#channels)
      if (listeners.length === 0) this.#channels.delete(name);
    return [...this.#channels].filter(([, { granted }]) => !granted).map(([name]) => name);
  }

  /** Parameters of verto.subscribe; several requests where channels have parameters of their own. */
  requests(names: readonly string[]): readonly Params[] {
    const groups = new Map<string, string[]>();
    for (const name of names) {
      const key = JSON.stringify([this.#channels.get(name)?.subParams ?? null, this.#firstLook(name)]);
      groups.set(key, [...(groups.get(key) ?? []), name]);
    }
    return [...groups.values()].map((group) => this.#request(group));
  }

  /**
   * Takes what the server answered to verto.subscribe, be it a result or the data of an error.
   * @param asked the channels of that request
   */
  answered(asked: readonly string[], answer: unknown): void {
    const lists = isRecord(answer) ? answer : {};
    const sernos = isRecord(lists.sernos) ? lists.sernos : {};
    const denied = new Set(stringsOf(lists.unauthorizedChannels));
    const granted = new Set([
      ...stringsOf(lists.subscribedChannels),
      ...stringsOf(lists.alreadySubscribedChannels),
    ]);
    for (const name of asked) {
      if (denied.has(name)) this.deny(name, 'unauthorized');
      else if (granted.has(name)) this.#grant(name, sernos[name]);
    }
  }

  deny(name: string, why: string): void {
    const channel = this.#channels.get(name);
    this.#channels.delete(name);
    for (const listener of channel?.listeners ?? []) listener.denied(why);
  }

  isWanted(name: string): boolean {
    return this.#channels.get(name)?.granted === false;
  }

  /** Who gets this event. mod_verto delivers by the exact name or by its first segment; others by any prefix. */
  route(event: VertoEvent): Routed {
    const name = this.#nameFor(event);
    const channel = name === undefined ? undefined : this.#channels.get(name);
    if (!channel) return { to: 'nobody' };
    if (channel.last !== undefined && event.eventSerno !== undefined) {
      // A snapshot says where the count stands now; all else counts on.
      if (event.eventSerno <= channel.last && event.eventType !== 'snapshot') return { to: 'duplicate' };
      channel.last = event.eventSerno;
    }
    return { to: [...channel.listeners] };
  }

  #nameFor({ eventChannel, subscribedChannel }: VertoEvent): string | undefined {
    if (subscribedChannel !== undefined && this.#channels.has(subscribedChannel)) return subscribedChannel;
    const segments = eventChannel.split('.');
    for (let length = segments.length; length > 0; length -= 1) {
      const prefix = segments.slice(0, length).join('.');
      if (this.#channels.has(prefix)) return prefix;
    }
    return undefined;
  }

  #firstLook(name: string): boolean {
    const channel = this.#channels.get(name);
    return channel?.snapshot === true && channel.last === undefined;
  }

  #request(names: readonly string[]): Params {
    const [first = ''] = names;
    const subParams = this.#channels.get(first)?.subParams;
    const lastSerno = Object.fromEntries(
      names.flatMap((name) => {
        const last = this.#channels.get(name)?.last;
        return last === undefined ? [] : [[name, last] as const];
      }),
    );
    return {
      eventChannel: names.length === 1 ? first : names,
      ...(subParams !== undefined && { subParams }),
      ...(Object.keys(lastSerno).length > 0 && { lastSerno }),
      ...(this.#firstLook(first) && { snapshot: true }),
    };
  }

  #grant(name: string, serno: unknown): void {
    const channel = this.#channels.get(name);
    if (!channel) return;
    channel.granted = true;
    // With a last one of ours, the repeated events come after this answer and count on from there.
    if (typeof serno !== 'number') channel.last = undefined;
    else if (channel.last === undefined) channel.last = serno;
    for (const listener of channel.listeners) listener.granted();
  }
}
