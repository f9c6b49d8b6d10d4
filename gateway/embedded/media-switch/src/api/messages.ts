// sendmsg: one application, or a hang-up, on one channel. `+OK` says that the message was taken; what came of it is an event.

import { parseCause } from '../channel/causes.ts';
import type { Channel } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { isApplication } from '../channel/plan.ts';
import { play } from '../channel/playback.ts';
import { startRecording } from '../channel/recording.ts';
import { runInstant } from '../channel/run-plan.ts';
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
  if (!isApplication(name) && name !== 'record_session') return `-ERR application ${name} is not supported`;
  const argument = headers.get('execute-app-arg') ?? body;
  const id = headers.get('event-uuid');
  exchange.clock.soon(() => {
    if (channel.alive) execute(exchange, channel, { name, argument, ...(id !== undefined && { id }) });
  });
  return '+OK';
}

interface Execution {
  readonly name: string;
  readonly argument: string;
  readonly id?: string;
}

function execute(exchange: Exchange, channel: Channel, { name, argument, id }: Execution): void {
  switch (name) {
    case 'playback':
    case 'endless_playback':
      return play(exchange, channel, { name, path: argument, ...(id !== undefined && { id }) });
    case 'park':
      return transfer(exchange, channel, 'own', [{ name: 'park', argument: '' }]);
    default:
      return executeInstant(exchange, channel, { name, argument, ...(id !== undefined && { id }) });
  }
}

function executeInstant(exchange: Exchange, channel: Channel, { name, argument, id }: Execution): void {
  const extra = [
    ['Application', name],
    ...(argument === '' ? [] : [['Application-Data', argument] as const]),
    ...(id === undefined ? [] : [['Application-UUID', id] as const]),
  ] as const;
  channel.set('current_application', name);
  channel.set('current_application_data', argument);
  channel.raise('CHANNEL_EXECUTE', { extra });
  if (name === 'record_session') void startRecording(exchange, channel, argument);
  else runInstant(exchange, channel, { name, argument });
  channel.raise('CHANNEL_EXECUTE_COMPLETE', { extra: [...extra, ['Application-Response', '_none_']] });
}
