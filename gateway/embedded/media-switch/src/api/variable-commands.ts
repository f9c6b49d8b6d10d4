// api commands that read and write what is known of one channel.

import type { Channel } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { jsonObject, plainLines, type EventFields } from '../esl/event.ts';
import { firstWord, NO_SUCH_CHANNEL, OK, onChannel, words, type ApiCommands } from './arguments.ts';

const SETVAR_USAGE = '-USAGE: <uuid> <var> [value]\n';
const MULTI_USAGE = '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n';

/** Variables whose change the media thread must hear of. */
function apply(exchange: Exchange, channel: Channel, name: string, value: string): void {
  channel.set(name, value);
  if (name === 'media_timeout' && channel.hasMedia)
    exchange.media.order({ order: 'timeout', leg: channel.uuid, ms: Number(value) || 0 });
}

function setVariable(exchange: Exchange, channel: Channel, rest: string): string {
  const [name, value] = firstWord(rest);
  // FreeSWITCH's argument parser eats pairs of single quotes.
  apply(exchange, channel, name, value.replace(/'([^']*)'/g, '$1').trimEnd());
  return OK;
}

function setVariables(exchange: Exchange, channel: Channel, rest: string): string {
  for (const pair of rest.split(';')) {
    const equals = pair.indexOf('=');
    const name = (equals < 0 ? pair : pair.slice(0, equals)).trim();
    if (name !== '') apply(exchange, channel, name, equals < 0 ? '' : pair.slice(equals + 1));
  }
  return OK;
}

function dump(exchange: Exchange, channel: Channel, format: string): string {
  const fields: EventFields = [...exchange.bus.commonFields('CHANNEL_DATA'), ...channel.content().fields];
  return format === 'json' ? jsonObject(fields) : `${plainLines(fields)}\n`;
}

/** The commands of this file. */
export function variableCommands(exchange: Exchange): ApiCommands {
  return {
    uuid_exists: (args) => String(exchange.find(words(args)[0] ?? '') !== undefined),
    uuid_getvar: onChannel(
      exchange,
      { usage: '-USAGE: <uuid> <var>\n', unknown: NO_SUCH_CHANNEL, needs: 2 },
      (channel, rest) => channel.variables.get(words(rest)[0] ?? '') ?? '_undef_',
    ),
    uuid_setvar: onChannel(
      exchange,
      { usage: SETVAR_USAGE, unknown: NO_SUCH_CHANNEL, needs: 2 },
      (channel, rest) => setVariable(exchange, channel, rest),
    ),
    uuid_setvar_multi: onChannel(
      exchange,
      { usage: MULTI_USAGE, unknown: `${NO_SUCH_CHANNEL}${MULTI_USAGE}` },
      (channel, rest) => setVariables(exchange, channel, rest),
    ),
    uuid_dump: onChannel(
      exchange,
      { usage: '-USAGE: <uuid> [format]\n', unknown: NO_SUCH_CHANNEL },
      (channel, rest) => dump(exchange, channel, rest.trim().toLowerCase()),
    ),
  };
}
