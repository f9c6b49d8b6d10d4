// echo: a leg hears itself, until something else takes it, or uuid_break ends it and the plan goes on.

import { randomUUID } from 'node:crypto';
import { beginApplication, completeApplication, type ApplicationRequest } from './applications.ts';
import type { Channel, RunningApplication } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { preAnswer } from './life.ts';

/** Starts it on a channel. */
export function echo(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const order = (on: boolean): void => exchange.media.order({ order: 'echo', leg: channel.uuid, on });
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    order(false);
    completeApplication(channel, application);
  };
  const application: RunningApplication = {
    name: 'echo',
    argument: request.argument,
    id: request.id ?? randomUUID(),
    stop(status) {
      end();
      if (status === 'break') request.onEnd?.();
    },
    interrupt() {
      application.stop('break');
      return true;
    },
  };
  beginApplication(channel, application);
  preAnswer(exchange, channel);
  order(true);
}
