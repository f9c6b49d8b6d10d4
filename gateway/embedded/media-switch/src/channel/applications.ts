// Applications that run on a channel: by a dial plan, or on top of park or bridge when sendmsg or uuid_broadcast starts them.
// They are nested, the newest one acts. Their events are the same for all:
//
//   CHANNEL_EXECUTE ─> running ─┬─ ends by itself ────────────> CHANNEL_EXECUTE_COMPLETE ─> whoever started it goes on
//                               └─ something else takes over ─> CHANNEL_EXECUTE_COMPLETE

import type { EventFields } from '../esl/event.ts';
import type { Channel, RunningApplication } from './channel.ts';

/** What starts an application. */
export interface ApplicationRequest {
  readonly name: string;
  readonly argument: string;
  /** Event-UUID of the sendmsg that asked for it; it comes back as Application-UUID. */
  readonly id?: string;
  /** Called when it ended by itself; not when something else took the channel. */
  readonly onEnd?: () => void;
}

const fieldsOf = ({ name, argument, id }: RunningApplication): EventFields => [
  ['Application', name],
  ...(argument === '' ? [] : [['Application-Data', argument] as const]),
  ['Application-UUID', id],
];

/** Puts an application on top of a channel and says so. */
export function beginApplication(channel: Channel, application: RunningApplication): void {
  const { name, argument } = application;
  channel.applications.push(application);
  channel.set('current_application', name);
  channel.set('current_application_data', argument);
  channel.application = { name, argument };
  channel.raise('CHANNEL_EXECUTE', { extra: fieldsOf(application) });
}

/** Takes an application off its channel and says so; what was kept for its end follows. */
export function completeApplication(
  channel: Channel,
  application: RunningApplication,
  response = '_none_',
): void {
  const index = channel.applications.indexOf(application);
  if (index >= 0) channel.applications.splice(index, 1);
  channel.set('current_application_response', response);
  channel.application = shownApplication(channel);
  channel.raise('CHANNEL_EXECUTE_COMPLETE', {
    extra: [...fieldsOf(application), ['Application-Response', response]],
  });
}

/** Runs something on a channel once nothing on it makes it wait; FreeSWITCH queues it so during an eavesdrop. */
export function whenFree(channel: Channel, run: () => void): void {
  if (channel.applications.at(-1)?.holdsMessages) channel.waiting.push(run);
  else if (channel.alive) run();
}

/** Runs what waited. */
export function runWaiting(channel: Channel): void {
  if (channel.applications.at(-1)?.holdsMessages) return;
  for (const run of channel.waiting.splice(0)) if (channel.alive) run();
}

/** What `show channels` calls the application, once the newest one is over. */
function shownApplication(channel: Channel): Channel['application'] {
  const below = channel.applications.at(-1);
  if (below) return { name: below.name, argument: below.argument };
  if (channel.bridge) return { name: 'uuid_bridge', argument: channel.partner?.uuid ?? '' };
  return { name: channel.parked ? 'park' : '', argument: '' };
}

/** Ends every application, newest first: something else takes the channel. */
export function stopApplications(channel: Channel): void {
  for (let top = channel.applications.at(-1); top; top = channel.applications.at(-1)) {
    channel.applications.pop();
    top.stop('done');
  }
}

/** uuid_break. @param all every nested application instead of the newest */
export function breakApplications(channel: Channel, all: boolean): void {
  for (const application of [...channel.applications].reverse()) {
    application.interrupt();
    if (!all) return;
  }
}
