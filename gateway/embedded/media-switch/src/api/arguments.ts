// The shapes api commands share: a name, its argument text, and an answer whose text tells success from failure.

import type { Channel } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';

/** One api command: the text behind its name in, the whole answer out. */
export type ApiCommand = (args: string) => string | Promise<string>;
export type ApiCommands = Readonly<Record<string, ApiCommand>>;

export const OK = '+OK\n';
export const OK_SUCCESS = '+OK Success\n';
export const NO_SUCH_CHANNEL = '-ERR No such channel!\n';
export const NO_SESSION = '-ERR Cannot locate session!\n';

/** Splits off the first word; the rest keeps its blanks. */
export function firstWord(text: string): [word: string, rest: string] {
  const [, word = '', rest = ''] = /^\s*(\S*)\s?(.*)$/s.exec(text) ?? [];
  return [word, rest];
}

/** Words of a text. */
export const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/**
 * A command whose first word is a channel.
 * @param answers.usage given when there are fewer words than needed, before the channel is looked for
 * @param answers.unknown given when there is no such live channel
 * @param answers.needs words that must be there, the channel's id included; 1 unless told
 */
export const onChannel =
  (
    exchange: Exchange,
    answers: { usage: string; unknown: string; needs?: number },
    run: (channel: Channel, rest: string) => string | Promise<string>,
  ): ApiCommand =>
  (args) => {
    const [uuid, rest] = firstWord(args);
    if (words(args).length < (answers.needs ?? 1)) return answers.usage;
    const channel = exchange.find(uuid);
    return channel ? run(channel, rest) : answers.unknown;
  };
