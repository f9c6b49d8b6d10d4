// The conference application: a leg in a room until it leaves, is sent away, or something else takes it.

import { randomUUID } from 'node:crypto';
import { beginApplication, completeApplication, type ApplicationRequest } from '../channel/applications.ts';
import type { Channel, RunningApplication } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { answer } from '../channel/life.ts';
import { parseConferenceArgument } from './argument.ts';
import type { Conference } from './conference.ts';
import type { ConferenceMember } from './member.ts';

/** Brings a leg into the conference its argument names; answers it first. */
export function joinConference(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const stay = new ConferenceStay(exchange, channel, request);
  beginApplication(channel, stay);
  stay.enter();
}

class ConferenceStay implements RunningApplication {
  readonly name = 'conference';
  readonly argument: string;
  readonly id: string;
  readonly #exchange: Exchange;
  readonly #channel: Channel;
  readonly #onEnd: (() => void) | undefined;
  #conference: Conference | undefined;
  #member: ConferenceMember | undefined;
  #over = false;

  constructor(exchange: Exchange, channel: Channel, request: ApplicationRequest) {
    this.#exchange = exchange;
    this.#channel = channel;
    this.#onEnd = request.onEnd;
    this.argument = request.argument;
    this.id = request.id ?? randomUUID();
  }

  enter(): void {
    const wanted = parseConferenceArgument(this.argument);
    if (!wanted) return this.#end();
    const { conferences } = this.#exchange;
    // Whoever was dialled into a locked conference was let in by somebody; whoever calls in was not.
    if (conferences.find(wanted.room)?.locked && this.#channel.direction === 'inbound') return this.#end();
    answer(this.#exchange, this.#channel);
    this.#conference = conferences.open(wanted.room, wanted.profile);
    this.#member = this.#conference.admit(this.#channel, {
      id: conferences.memberId(this.#channel.uuid),
      flags: wanted.flags,
      exit: {
        kick: () => this.#exchange.clock.soon(() => this.#end()),
        hangUp: () =>
          this.#exchange.clock.soon(() => void hangUp(this.#exchange, this.#channel, 'NORMAL_CLEARING')),
      },
    });
  }

  interrupt(): boolean {
    return false;
  }

  stop(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#member) this.#conference?.remove(this.#member);
    // Begun on top of a bridge, it leaves the leg where it was.
    const pair = this.#channel.bridge;
    const { uuid } = this.#channel;
    if (pair) this.#exchange.media.order({ order: 'join', room: pair.first.uuid, legs: [uuid] });
    completeApplication(this.#channel, this);
  }

  #end(): void {
    if (this.#over) return;
    this.stop();
    this.#onEnd?.();
  }
}
