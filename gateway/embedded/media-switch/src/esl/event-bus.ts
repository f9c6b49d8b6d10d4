// Where events are raised and who gets them. An event nobody subscribed to is never built: 5 KB of headers each.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { SwitchEvent, type EventFields } from './event.ts';

/** Somebody who listens. */
export interface EventListener {
  wants(name: string, subclass: string | undefined): boolean;
  deliver(event: SwitchEvent): void;
}

/** What the raiser of an event gives; built only when somebody listens. */
export interface EventContent {
  readonly fields: EventFields;
  readonly body?: string;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026-11-21 12:54:23` in local time. */
export const localStamp = (date: Date): string =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

/** See the file's head. */
export class EventBus {
  readonly coreUuid = randomUUID();
  readonly hostname = hostname();
  readonly #address: string;
  readonly #listeners = new Set<EventListener>();
  #sequence = 0;

  /** @param address shown as FreeSWITCH-IPv4 */
  constructor(address: string) {
    this.#address = address;
  }

  add(listener: EventListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: EventListener): void {
    this.#listeners.delete(listener);
  }

  /** Raises an event. @param content called at most once, and only if somebody wants it */
  raise(name: string, content: () => EventContent, subclass?: string): void {
    this.#sequence++;
    const listeners = [...this.#listeners].filter((listener) => listener.wants(name, subclass));
    if (listeners.length === 0) return;
    const { fields, body } = content();
    const event = new SwitchEvent(name, [...this.commonFields(name, subclass), ...fields], {
      ...(subclass !== undefined && { subclass }),
      ...(body !== undefined && { body }),
    });
    for (const listener of listeners) listener.deliver(event);
  }

  /** The headers every event begins with. */
  commonFields(name: string, subclass?: string): EventFields {
    const date = new Date();
    return [
      ...(subclass === undefined ? [] : [['Event-Subclass', subclass] as const]),
      ['Event-Name', name],
      ['Core-UUID', this.coreUuid],
      ['FreeSWITCH-Hostname', this.hostname],
      ['FreeSWITCH-Switchname', this.hostname],
      ['FreeSWITCH-IPv4', this.#address],
      ['FreeSWITCH-IPv6', '::1'],
      ['Event-Date-Local', localStamp(date)],
      ['Event-Date-GMT', date.toUTCString()],
      ['Event-Date-Timestamp', String(date.getTime() * 1_000)],
      ['Event-Calling-File', 'event-bus.ts'],
      ['Event-Calling-Function', 'raise'],
      ['Event-Calling-Line-Number', '1'],
      ['Event-Sequence', String(this.#sequence)],
    ];
  }
}
