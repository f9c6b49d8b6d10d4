// Applications that run on a channel on top of park or bridge: started by sendmsg, uuid_broadcast or a dial plan,
// nested, the newest one heard.

import type { Channel } from './channel.ts';

/** Ends every nested application, newest first: something else takes the channel. */
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
