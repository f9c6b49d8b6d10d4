// All commands of the event socket in one place: what is not listed is answered -ERR.

import type { Exchange } from '../channel/exchange.ts';
import type { OriginateSurroundings } from '../channel/originate.ts';
import type { CommandSet } from '../esl/session.ts';
import { firstWord, type ApiCommands } from './arguments.ts';
import { callCommands } from './call-commands.ts';
import { conferenceCommands } from './conference-commands.ts';
import { sendEvent, sendMessage } from './messages.ts';
import { queryCommands, type SwitchStatus } from './query-commands.ts';
import { soundCommands } from './sound-commands.ts';
import { variableCommands } from './variable-commands.ts';

/** Makes the command set. */
export function createCommandSet(
  around: OriginateSurroundings,
  status: SwitchStatus,
  sipAddress: () => string,
): CommandSet {
  const { exchange } = around;
  const commands: ReadonlyMap<string, ApiCommands[string]> = new Map(
    Object.entries({
      ...callCommands(around),
      ...soundCommands(exchange),
      ...conferenceCommands(around),
      ...variableCommands(exchange),
      ...queryCommands(exchange, status, { sip: sipAddress, rtp: around.mediaAddress }),
    }),
  );
  return {
    run: (command) => run(exchange, commands, command),
    sendMessage: (uuid, headers, body) => sendMessage(exchange, uuid, headers, body),
    sendEvent: (_name, headers) => sendEvent(exchange, headers),
  };
}

/** An api command that has nothing to say is answered like this. */
const NO_REPLY = '-ERR no reply\n';

function run(
  exchange: Exchange,
  commands: ReadonlyMap<string, ApiCommands[string]>,
  text: string,
): string | Promise<string> {
  const [name, args] = firstWord(text);
  const command = commands.get(name);
  if (!command) return `-ERR ${name} Command not found!\n`;
  exchange.bus.raise('API', () => ({
    fields: [['API-Command', name], ...(args === '' ? [] : [['API-Command-Argument', args] as const])],
  }));
  const answer = command(args);
  if (typeof answer !== 'string') return answer;
  return answer === '' ? NO_REPLY : answer;
}
