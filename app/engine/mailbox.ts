// The one mailbox: take input → step → journal → publish → perform. A decision is made at once and whole; what follows
// from it is carried out in order, also when a listener answers a fact with another input in the middle of it.
//
//   submit ─▶ step(floor) ─▶ journal.append ─▶ outbox ─▶ listeners ─▶ timers and media ─▶ (their results: submit)

import type { Fact, Stamped } from '../domain/floor/facts.ts';
import { legOf, type Effect, type MediaEffect } from '../domain/floor/effects.ts';
import type { Floor } from '../domain/floor/floor.ts';
import type { Input } from '../domain/floor/inputs.ts';
import { step, type Step } from '../domain/floor/step.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal, JournalEntry } from '../ports/journal.ts';
import { MediaError, type Media } from '../ports/media.ts';
import type { Answer } from './core.ts';
import type { Timers } from './timers.ts';
import type { Watch } from './watch.ts';

export type Listener = (facts: readonly Stamped<Fact>[]) => void;

export interface MailboxParts {
  readonly floor: Floor;
  readonly media: Media;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly watch: Watch;
}

const broken: Answer = { outcome: 'ignored', why: 'internal error' };

export class Mailbox {
  factNumber = 0;
  readonly #parts: MailboxParts;
  readonly #timers: () => Timers;
  readonly #listeners = new Set<Listener>();
  readonly #outbox: { readonly facts: readonly Stamped<Fact>[]; readonly effects: readonly Effect[] }[] = [];
  #delivering = false;
  #closed = false;
  #underway = 0;

  constructor(parts: MailboxParts, timers: () => Timers) {
    this.#parts = parts;
    this.#timers = timers;
  }

  /** Effects the switch has not accepted or refused yet. */
  get underway(): number {
    return this.#underway;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  submit(input: Input): Answer {
    if (this.#closed) return { outcome: 'ignored', why: 'closed' };
    const { floor, clock, watch } = this.#parts;
    const began = performance.now();
    let taken: Step;
    try {
      taken = step(floor, input, { now: clock.now(), newId: () => clock.newId() });
    } catch (bug) {
      watch.bug?.(bug, input);
      return broken;
    }
    watch.stepped?.(input, taken.answer, performance.now() - began);
    this.accept(taken);
    return taken.answer;
  }

  /** Writes down and carries out what a step decided. */
  accept(taken: Step): void {
    for (const what of taken.repairs) this.#parts.watch.repaired?.(what);
    const facts = this.#stamp(taken.facts);
    this.#write(facts, taken);
    if (facts.length > 0 || taken.effects.length > 0) this.#outbox.push({ facts, effects: taken.effects });
    this.#deliver();
  }

  /** Takes up the timers of a restored floor; nothing became true by that, and nothing is written. */
  resume(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #stamp(facts: readonly Fact[]): readonly Stamped<Fact>[] {
    const at = this.#parts.clock.now();
    return facts.map((fact) => ({ number: ++this.factNumber, at, fact }));
  }

  #write(facts: readonly Stamped<Fact>[], { ended, sessions, agents }: Step): void {
    if (facts.length === 0 && ended.length === 0 && sessions.size === 0 && agents.size === 0) return;
    const snapshot: JournalEntry['snapshot'] = {
      sessions: Object.fromEntries(sessions),
      agents: Object.fromEntries(agents),
    };
    this.#parts.journal.append({ facts, ended, snapshot });
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#outbox.shift(); next; next = this.#outbox.shift()) {
        if (next.facts.length > 0) this.#publish(next.facts);
        for (const effect of next.effects) this.#perform(effect);
      }
    } finally {
      this.#delivering = false;
    }
  }

  #publish(facts: readonly Stamped<Fact>[]): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(facts);
      } catch (error) {
        this.#parts.watch.listenerFailed?.(error);
      }
    }
  }

  #perform(effect: Effect): void {
    if (effect.kind === 'timer.start' || effect.kind === 'timer.cancel') {
      this.#timers().apply(effect);
      return;
    }
    this.#underway += 1;
    void this.#begin(effect).finally(() => {
      this.#underway -= 1;
    });
  }

  /** An effect that fails comes back as an input; it never throws into the mailbox. */
  async #begin(effect: MediaEffect): Promise<void> {
    try {
      await this.#parts.media.perform(effect);
    } catch (error) {
      const reason = error instanceof MediaError ? error.reason : 'failed';
      this.#parts.watch.effectFailed?.(effect, reason, error);
      this.submit({ kind: 'effect.failed', effect: effect.kind, ...withLeg(effect), reason });
    }
  }
}

function withLeg(effect: MediaEffect) {
  const legId = legOf(effect);
  return legId === undefined ? {} : { legId };
}
