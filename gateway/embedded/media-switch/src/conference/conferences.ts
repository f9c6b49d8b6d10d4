// All conferences of a switch, by name.

import { Conference } from './conference.ts';
import type { ConferenceSurroundings } from './surroundings.ts';

/** See the file's head. */
export class Conferences {
  readonly #around: ConferenceSurroundings;
  readonly #byName = new Map<string, Conference>();
  /** A leg keeps its member id in whatever conference it joins. */
  readonly #memberIds = new Map<string, number>();
  #nextMemberId = 1;

  constructor(around: ConferenceSurroundings) {
    this.#around = around;
  }

  /** The newest first, as FreeSWITCH lists them. */
  get all(): Conference[] {
    return [...this.#byName.values()].reverse();
  }

  find(name: string): Conference | undefined {
    return this.#byName.get(name);
  }

  /** The conference a leg is in. */
  of(leg: string): Conference | undefined {
    return [...this.#byName.values()].find((conference) => conference.memberOf(leg));
  }

  /** The conference of that name, made if there is none. */
  open(name: string, profile: string): Conference {
    const existing = this.#byName.get(name);
    if (existing) return existing;
    const made = new Conference(name, profile, this.#around, () => this.#byName.delete(name));
    this.#byName.set(name, made);
    return made;
  }

  /** The id of a leg as a member. */
  memberId(leg: string): number {
    const id = this.#memberIds.get(leg) ?? this.#nextMemberId++;
    this.#memberIds.set(leg, id);
    return id;
  }

  /** A leg is gone for good. */
  forget(leg: string): void {
    this.#memberIds.delete(leg);
  }
}
