// What one client wants to hear: names, custom subclasses, and filters over header values.

import { EVENT_NAMES } from './event-names.ts';
import type { SwitchEvent } from './event.ts';

interface Filter {
  readonly header: string;
  readonly value: string;
  readonly matches: (value: string) => boolean;
}

const MAX_PATTERN = 256;

const matcher = (value: string): ((candidate: string) => boolean) => {
  const pattern = /^\/(.+)\/$/.exec(value)?.[1];
  if (pattern === undefined || pattern.length > MAX_PATTERN) return (candidate) => candidate === value;
  try {
    const regex = new RegExp(pattern);
    return (candidate) => regex.test(candidate);
  } catch {
    // Not a regular expression JavaScript can read: it matches nothing, like FreeSWITCH's own failed compile.
    return () => false;
  }
};

/** See the file's head. */
export class Subscription {
  #all = false;
  readonly #names = new Set<string>();
  readonly #subclasses = new Set<string>();
  #filters: Filter[] = [];
  #exclusions: Filter[] = [];

  /**
   * Adds the words of an `event` command; every word after CUSTOM is a subclass.
   * @returns false when no word is an event name
   */
  add(words: readonly string[]): boolean {
    return this.#each(
      words,
      (name) => this.#names.add(name),
      (subclass) => this.#subclasses.add(subclass),
      () => {
        this.#all = true;
      },
    );
  }

  /** Takes the words of a `nixevent` command away; false when no word is an event name. */
  remove(words: readonly string[]): boolean {
    return this.#each(
      words,
      (name) => this.#names.delete(name),
      (subclass) => this.#subclasses.delete(subclass),
      () => this.clear(),
    );
  }

  #each(
    words: readonly string[],
    onName: (name: string) => void,
    onSubclass: (subclass: string) => void,
    onAll: () => void,
  ): boolean {
    let known = false;
    let custom = false;
    for (const word of words) {
      const name = word.toUpperCase();
      if (custom) onSubclass(word);
      else if (name === 'CUSTOM') custom = true;
      else if (name === 'ALL') onAll();
      else if (EVENT_NAMES.has(name)) onName(name);
      else continue;
      known = true;
    }
    return known;
  }

  /** Forgets names and subclasses; filters stay. */
  clear(): void {
    this.#all = false;
    this.#names.clear();
    this.#subclasses.clear();
  }

  /** Adds a filter. @param value exact text, or `/regex/`; a leading `-` excludes */
  filter(header: string, value: string): void {
    const negative = value.startsWith('-');
    const wanted = negative ? value.slice(1) : value;
    const list = negative ? this.#exclusions : this.#filters;
    list.push({ header: header.toLowerCase(), value, matches: matcher(wanted) });
  }

  /** Removes filters of a header, all of them without a value; `all` removes every filter. */
  unfilter(header: string, value: string | undefined): void {
    const stays = (filter: Filter): boolean =>
      header.toLowerCase() !== 'all' &&
      (filter.header !== header.toLowerCase() || (value !== undefined && filter.value !== value));
    this.#filters = this.#filters.filter(stays);
    this.#exclusions = this.#exclusions.filter(stays);
  }

  wants(name: string, subclass: string | undefined): boolean {
    if (this.#all) return true;
    return name === 'CUSTOM'
      ? subclass !== undefined && this.#subclasses.has(subclass)
      : this.#names.has(name);
  }

  /** Whether the filters let an event through: any positive match, no exclusion; only exclusions let nothing through. */
  passes(event: SwitchEvent): boolean {
    if (this.#filters.length === 0 && this.#exclusions.length === 0) return true;
    const hit = (filter: Filter): boolean => {
      const value = event.field(filter.header);
      return value !== undefined && filter.matches(value);
    };
    return this.#filters.some(hit) && !this.#exclusions.some(hit);
  }
}
