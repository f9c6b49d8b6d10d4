// Park: the channel waits, silent, until somebody decides. Two ways into it: the park application (CS_EXECUTE), and
// what is left of a bridge (CS_PARK, no application).

import { randomUUID } from 'node:crypto';
import type { EventFields } from '../esl/event.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';

const parkFields = (id: string): EventFields => [
  ['Application', 'park'],
  ['Application-Response', '_none_'],
  ['Application-UUID', id],
];

/** Parks a channel. @param state CS_EXECUTE for the application, CS_PARK for the state without one */
export function park(_exchange: Exchange, channel: Channel, state: 'CS_EXECUTE' | 'CS_PARK'): void {
  if (!channel.alive) return;
  channel.parked = true;
  if (channel.state !== state) channel.enter(state);
  if (state === 'CS_EXECUTE') {
    channel.parkId = randomUUID();
    channel.application = { name: 'park', argument: '' };
    channel.set('current_application', 'park');
    channel.raise('CHANNEL_EXECUTE', {
      extra: [
        ['Application', 'park'],
        ['Application-UUID', channel.parkId],
      ],
    });
  }
  channel.raise('CHANNEL_PARK');
}

/** Takes a channel out of park, if it is there. */
export function unpark(channel: Channel): void {
  if (!channel.parked) return;
  channel.parked = false;
  channel.raise('CHANNEL_UNPARK');
  if (channel.parkId === undefined) return;
  channel.raise('CHANNEL_EXECUTE_COMPLETE', { extra: parkFields(channel.parkId) });
  channel.parkId = undefined;
}
