// What an event carries, as text made once and shared by everybody who may see the same of it.

import { maskName, maskNumber } from '../../realtime/masking.ts';
import type { FloorView, QueueView } from '../../domain/floor/view.ts';
import type { SessionId } from '../../domain/ids.ts';
import type { Audience, Occurrence } from './history.ts';

/** Who calls, as the two audiences may see it. */
export interface Caller {
  readonly number?: string | undefined;
  readonly name?: string | undefined;
}

export interface Happened {
  /** The principal one first. */
  readonly channels: readonly string[];
  readonly eventType: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** @param queue the one the event is shown under */
  readonly data: (queue: string) => object;
  readonly caller?: Caller;
}

export const iso = (at: number): string => new Date(at).toISOString();

/** @returns an event whose text is made when somebody listens, and kept */
export function occurrence({ channels, eventType, at, data, caller }: Happened): Occurrence {
  const made = new Map<string, string>();
  return {
    channels,
    members(eventChannel, audience) {
      const key = `${audience} ${eventChannel}`;
      let text = made.get(key);
      if (text === undefined) {
        const shown = { ...data(queueOf(eventChannel)), ...callerFields(caller, audience) };
        text = membersOf({ eventType, eventTime: iso(at), data: shown });
        made.set(key, text);
      }
      return text;
    },
  };
}

/** JSON members of an object, without its braces. */
export const membersOf = (value: object): string => JSON.stringify(value).slice(1, -1);

const queueOf = (channel: string): string =>
  (channel.split('.')[1] ?? '').replaceAll('%2E', '.').replaceAll('%25', '%');

/** The caller of a call the floor still shows. */
export function callerOf(view: FloorView, sessionId: SessionId): Caller {
  const session = view.session(sessionId);
  return { number: session?.customerNumber, name: session?.customerName };
}

/** A number somebody may not see never leaves the server for them. */
export function callerFields(caller: Caller | undefined, audience: Audience): object {
  const { number, name } = caller ?? {};
  const full = audience === 'full';
  return {
    ...(number !== undefined && { callerNumber: full ? number : maskNumber(number) }),
    ...(name !== undefined && { callerName: full ? name : maskName(name) }),
  };
}

export const queueData = (queue: QueueView): Readonly<Record<string, unknown>> => ({
  queue: queue.queueId,
  open: queue.open,
  waiting: queue.waiting,
  ...(queue.longestSince !== undefined && { longestSince: iso(queue.longestSince) }),
  agents: { ...queue.agents },
});
