// api commands that make, move, join and end calls.

import { answer, preAnswer, ringReady } from '../channel/life.ts';
import { bridge } from '../channel/bridge.ts';
import { parseCause } from '../channel/causes.ts';
import type { Channel } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { hold } from '../channel/hold.ts';
import { originate, type OriginateSurroundings } from '../channel/originate.ts';
import { parseInlinePlan } from '../channel/plan.ts';
import { parkOutright, transfer, type TransferScope } from '../channel/transfer.ts';
import { splitArguments } from '../channel/words.ts';
import { NO_SUCH_CHANNEL, OK, OK_SUCCESS, onChannel, words, type ApiCommands } from './arguments.ts';

const TRANSFER_USAGE = '-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n';
const HOLD_USAGE = '-USAGE: [off|toggle] <uuid> [<display>]\n-ERR Operation failed\n';
const SCOPES: Readonly<Record<string, TransferScope>> = { '-both': 'both', '-bleg': 'other' };

function transferCommand(exchange: Exchange, channel: Channel, rest: string): string {
  const [first = '', ...others] = splitArguments(rest);
  const scope = SCOPES[first] ?? 'own';
  const [destination, dialplan] = scope === 'own' ? [first, ...others] : others;
  if (!destination) return TRANSFER_USAGE;
  const plan = dialplan?.toLowerCase() === 'inline' ? parseInlinePlan(destination) : undefined;
  if (!plan) return `-ERR only inline dial plans of known applications: ${destination}\n`;
  transfer(exchange, channel, scope, plan);
  return OK;
}

function bridgeCommand(exchange: Exchange, args: string): string {
  const [first, second] = words(args);
  if (!first || !second) return '-USAGE: <uuid> <other_uuid>\n';
  const a = exchange.find(first);
  const b = exchange.find(second);
  if (!a || !b || a === b) return '-ERR Invalid uuid\n';
  bridge(exchange, a, b);
  return `+OK ${b.uuid}\n`;
}

function holdCommand(exchange: Exchange, args: string): string {
  const [first, second] = words(args);
  if (!first) return HOLD_USAGE;
  const verb = first === 'off' || first === 'toggle' ? first : 'on';
  const channel = exchange.find((verb === 'on' ? first : second) ?? '');
  // FreeSWITCH says so for an unknown channel, too.
  if (!channel) return OK_SUCCESS;
  const wanted = verb === 'toggle' ? !channel.holding : verb === 'on';
  return hold(exchange, channel, wanted) ? OK_SUCCESS : '-ERR Operation failed\n';
}

/** Ends every call. @param cause for all of them */
export function hangUpAll(exchange: Exchange, cause: ReturnType<typeof parseCause>): void {
  for (const channel of [...exchange.channels.values()]) hangUp(exchange, channel, cause);
}

/** The commands of this file. */
export function callCommands(around: OriginateSurroundings): ApiCommands {
  const { exchange } = around;
  const plain = { usage: '-ERROR\n', unknown: '-ERROR\n' };
  const act = (run: (exchange: Exchange, channel: Channel) => void) =>
    onChannel(exchange, plain, (channel) => {
      run(exchange, channel);
      return OK;
    });
  return {
    originate: (args) => originate(around, args),
    uuid_answer: act(answer),
    uuid_pre_answer: act(preAnswer),
    uuid_ring_ready: onChannel(
      exchange,
      { usage: '-USAGE: <uuid> [queued]\n', unknown: '-ERROR\n' },
      (channel) => {
        ringReady(exchange, channel);
        return OK;
      },
    ),
    uuid_kill: onChannel(
      exchange,
      { usage: '-USAGE: <uuid> [cause]\n', unknown: NO_SUCH_CHANNEL },
      (channel, rest) => {
        hangUp(exchange, channel, parseCause(words(rest)[0]));
        return OK;
      },
    ),
    hupall: (args) => {
      const cause = args.trim() === '' ? 'MANAGER_REQUEST' : parseCause(words(args)[0]);
      hangUpAll(exchange, cause);
      return `+OK hangup all channels with cause ${cause}\n`;
    },
    uuid_park: onChannel(exchange, { usage: NO_SUCH_CHANNEL, unknown: NO_SUCH_CHANNEL }, (channel) => {
      parkOutright(exchange, channel);
      return OK;
    }),
    uuid_transfer: onChannel(
      exchange,
      { usage: TRANSFER_USAGE, unknown: NO_SUCH_CHANNEL, needs: 2 },
      (channel, rest) => transferCommand(exchange, channel, rest),
    ),
    uuid_bridge: (args) => bridgeCommand(exchange, args),
    uuid_hold: (args) => holdCommand(exchange, args),
    uuid_phone_event: onChannel(
      exchange,
      { usage: '-USAGE: <uuid>\n-ERR Operation failed\n', unknown: '-ERR Operation failed\n' },
      (channel, rest) => {
        const event = words(rest)[0] ?? 'talk';
        if (event !== 'talk' && event !== 'hold') return '-ERR Operation failed\n';
        return channel.signalling?.notify(event) ? OK_SUCCESS : '-ERR Operation failed\n';
      },
    ),
  };
}
