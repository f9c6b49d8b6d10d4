// What an agent may do with the call she has, each as one promise: it resolves when the server has taken the wish, and what came of
// it arrives with the session.

import type { z } from 'zod';
import type { callCommandSchemas, ConsultTarget, TransferTarget } from '../contract/call-control.ts';

type Wishes = {
  readonly [Name in keyof typeof callCommandSchemas]: z.input<(typeof callCommandSchemas)[Name]>;
};
export type SendCallCommand = <Name extends keyof Wishes>(name: Name, wish: Wishes[Name]) => Promise<void>;
export type DialWish = Wishes['dial'];
export type PlayWish = Wishes['play'];

/** Every method @throws CordboardProblem with the server's refusal, such as `not_in_call` or `agent_unavailable`. */
export class CallControl {
  readonly #send: SendCallCommand;

  constructor(send: SendCallCommand) {
    this.#send = send;
  }

  /** Done on the switch, so that it holds for a desk phone too. */
  mute(muted: boolean): Promise<void> {
    return this.#send('mute', { muted });
  }

  /** @param digits 1 to 32 of 0-9 A-D * # */
  sendDigits(digits: string): Promise<void> {
    return this.#send('sendDigits', { digits });
  }

  /** Leaves the call at once; it comes back when nobody is reached. */
  transfer(to: TransferTarget): Promise<void> {
    return this.#send('transfer', { to });
  }

  /** Asks somebody while the customer hears music. */
  consult(to: ConsultTarget): Promise<void> {
    return this.#send('consult', { to });
  }

  completeTransfer(): Promise<void> {
    return this.#send('completeTransfer', {});
  }

  cancelConsult(): Promise<void> {
    return this.#send('cancelConsult', {});
  }

  toggle(): Promise<void> {
    return this.#send('toggle', {});
  }

  conference(): Promise<void> {
    return this.#send('conference', {});
  }

  dropParty(party: 'customer' | 'third'): Promise<void> {
    return this.#send('dropParty', { party });
  }

  park(): Promise<void> {
    return this.#send('park', {});
  }

  pickUp(slot: number): Promise<void> {
    return this.#send('pickUp', { slot });
  }

  /** Her own phone rings first, then the number is called. */
  dial(wish: DialWish): Promise<void> {
    return this.#send('dial', wish);
  }

  play(wish: PlayWish): Promise<void> {
    return this.#send('play', wish);
  }

  stopPlaying(): Promise<void> {
    return this.#send('stopPlaying', {});
  }

  recording(wish: 'start' | 'stop' | 'pause' | 'resume'): Promise<void> {
    return this.#send('recording', { wish });
  }
}
