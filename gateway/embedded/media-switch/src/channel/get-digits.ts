// play_and_get_digits: a prompt, then key presses into a variable; a bad prompt and another try when they will not do.
//
//   prompt ─┬─ a key: PLAYBACK_STOP break ─┬─> collecting ─┬─ enough, terminator, too long ─> judged ─┬─ taken ──> complete
//           └─ its end ────────────────────┘               └─ next key ─> collecting                  └─ bad prompt ─> prompt
//                                                                                                        (no try left: complete)

import { randomUUID } from 'node:crypto';
import { beginApplication, completeApplication, type ApplicationRequest } from './applications.ts';
import type { Channel, RunningApplication } from './channel.ts';
import { judgeDigits, parseDigitRequest, type DigitRequest, type DigitsEnd } from './digit-request.ts';
import type { Exchange } from './exchange.ts';
import { PlayedSound } from './played-sound.ts';

/** Asks for digits as the argument says. */
export function getDigits(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const wanted = parseDigitRequest(request.argument);
  if (!wanted) return request.onEnd?.();
  const collection = new DigitCollection(exchange, channel, request, wanted);
  beginApplication(channel, collection);
  collection.prompt();
}

class DigitCollection implements RunningApplication {
  readonly name = 'play_and_get_digits';
  readonly argument: string;
  readonly id: string;
  readonly #exchange: Exchange;
  readonly #channel: Channel;
  readonly #request: DigitRequest;
  readonly #onEnd: (() => void) | undefined;
  #state: 'prompting' | 'collecting' | 'judged' | 'over' = 'prompting';
  #sound: PlayedSound | undefined;
  #digits = '';
  #triesLeft: number;
  #cancelTimer: (() => void) | undefined;

  constructor(exchange: Exchange, channel: Channel, request: ApplicationRequest, wanted: DigitRequest) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#request = wanted;
    this.#onEnd = request.onEnd;
    this.#triesLeft = wanted.tries;
    this.argument = request.argument;
    this.id = request.id ?? randomUUID();
  }

  /** One try. */
  prompt(): void {
    this.#state = 'prompting';
    this.#digits = '';
    this.#triesLeft--;
    if (this.#request.variable !== undefined) this.#channel.set(this.#request.variable, undefined);
    this.#play(this.#request.prompt, () => this.#collect(this.#request.timeoutMs));
  }

  #play(path: string, then: () => void): void {
    this.#sound = new PlayedSound(this.#exchange, this.#channel, path, then);
    this.#sound.start();
  }

  #collect(timeoutMs: number): void {
    this.#state = 'collecting';
    this.#cancelTimer?.();
    this.#cancelTimer = this.#exchange.clock.after(timeoutMs, () => this.#judge('timeout'));
  }

  digit(digit: string): void {
    if (this.#state !== 'prompting' && this.#state !== 'collecting') return;
    if (this.#state === 'prompting') this.#sound?.stop('break');
    if (this.#request.terminators.includes(digit)) {
      this.#channel.set('read_terminator_used', digit);
      return this.#judge('terminator');
    }
    this.#digits += digit;
    if (this.#digits.length >= this.#request.max) this.#judge('full');
    else this.#collect(this.#request.digitTimeoutMs);
  }

  #judge(end: DigitsEnd): void {
    this.#state = 'judged';
    this.#cancelTimer?.();
    const { variable, badPrompt } = this.#request;
    const { result, taken, invalid } = judgeDigits(this.#request, this.#digits, end);
    this.#channel.set('read_result', result);
    if (variable !== undefined) this.#channel.set(invalid ? `${variable}_invalid` : variable, this.#digits);
    if (taken) return this.#finish();
    this.#play(badPrompt, () => {
      if (this.#triesLeft > 0) this.prompt();
      else this.#finish();
    });
  }

  #finish(): void {
    this.#complete();
    this.#onEnd?.();
  }

  #complete(): void {
    this.#state = 'over';
    this.#cancelTimer?.();
    completeApplication(this.#channel, this);
  }

  /** uuid_break ends the prompt like its end does. */
  interrupt(): boolean {
    if (this.#state === 'prompting' && this.#sound?.stop('break')) this.#collect(this.#request.timeoutMs);
    return false;
  }

  stop(status: 'break' | 'done'): void {
    if (this.#state === 'over') return;
    this.#sound?.stop(status);
    this.#complete();
  }
}
