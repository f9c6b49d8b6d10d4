// sendmsg and sendevent: one application, or a hang-up, on one channel. `+OK` says that the message was taken; what came of it is an event.

import { randomUUID } from 'node:crypto';
import { runWaiting, whenFree, type ApplicationRequest } from '../channel/applications.ts';
import { parseCause } from '../channel/causes.ts';
import type { Channel } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { isApplication, isRunnable } from '../channel/plan.ts';
import { startRecording } from '../channel/recording.ts';
import { runOnTop } from '../channel/run-plan.ts';
import { transfer } from '../channel/transfer.ts';

/**
 * Carries out a sendmsg.
 * @param headers names in lower case: call-command, execute-app-name, execute-app-arg, hangup-cause, event-uuid
 * @param body the application's argument when it is not in a header
 * @returns the reply text
 */
export function sendMessage(
  exchange: Exchange,
  uuid: string,
  headers: ReadonlyMap<string, string>,
  body: string,
): string {
  const channel = exchange.find(uuid);
  if (!channel) return `-ERR invalid session id [${uuid}]`;
  const command = headers.get('call-command')?.toLowerCase();
  if (command === 'hangup') {
    exchange.clock.soon(() => hangUp(exchange, channel, parseCause(headers.get('hangup-cause'))));
    return '+OK';
  }
  if (command !== 'execute') return `-ERR call-command ${command ?? '(none)'} is not supported`;
  const name = headers.get('execute-app-name')?.toLowerCase() ?? '';
  const argument = headers.get('execute-app-arg') ?? body;
  if (name !== 'record_session' && !isRunnable({ name, argument }))
    return `-ERR application ${name} is not supported${isApplication(name) ? ' with that argument' : ''}`;
  const id = headers.get('event-uuid');
  const request = { name, argument, ...(id !== undefined && { id }) };
  exchange.clock.soon(() => whenFree(channel, () => execute(exchange, channel, request)));
  return '+OK';
}

function execute(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  switch (request.name) {
    case 'park':
      return transfer(exchange, channel, 'own', [{ name: 'park', argument: '' }]);
    case 'record_session':
      return void startRecording(exchange, channel, request.argument);
    default:
      return runOnTop(exchange, channel, request);
  }
}

/**
 * Carries out a sendevent: a command to the application that runs on a channel. FreeSWITCH would also tell every subscriber of
 * whatever event is sent; nobody here may speak in the switch's name.
 * @param headers names in lower case: unique-id, eavesdrop-command
 * @returns the reply text
 */
export function sendEvent(exchange: Exchange, headers: ReadonlyMap<string, string>): string {
  const channel = exchange.find(headers.get('unique-id') ?? '');
  const command = headers.get('eavesdrop-command');
  const application = channel?.applications.at(-1);
  if (!channel || command === undefined || !application?.command)
    return '-ERR only an eavesdrop-command to a channel that eavesdrops is supported';
  application.command(command);
  runWaiting(channel);
  return `+OK ${randomUUID()}`;
}
