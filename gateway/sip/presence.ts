// Is the phone there? Two sources: the registrations (lapsed or removed: unregistered) and OPTIONS asked of each contact now
// and then (unanswered twice: unresponsive). Changes, and only changes, are told.
//
//   unregistered ──REGISTER──► reachable ──2 OPTIONS unanswered──► unresponsive
//        ▲                         │  ▲                                 │
//        └──expired, removed───────┘  └──OPTIONS answered, REGISTER─────┘
//
// Time comes as beats. A cycle of beats asks every contact once, spread evenly; one that was silent is asked again on the next beat.

import { createHash } from 'node:crypto';
import type { Reachability } from '../../app/domain/device.ts';
import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import { targetOf } from './registrar.ts';

export interface PresenceOptions {
  readonly registrations: Registrations;
  /** Asks OPTIONS of a URI; resolves with the status, 408 or 503 when nothing came, undefined when it could not be asked. */
  readonly ask: (uri: string) => Promise<number | undefined>;
  readonly now: () => number;
  readonly onChange: (address: string, reachability: Reachability) => void;
  /** How long between two questions to one contact, milliseconds. */
  readonly qualifyEveryMs: number;
  readonly onError: (error: unknown) => void;
  /** Calls back every so many milliseconds; returns the disposer. Default: the real clock. */
  readonly every?: (ms: number, callback: () => void) => () => void;
}

const missesUntilUnresponsive = 2;
const silent = new Set([408, 503]);
export const beatsPerCycle = 20;
const shortestBeatMs = 50;

export class Presence {
  readonly #options: PresenceOptions;
  readonly #told = new Map<string, string>();
  readonly #misses = new Map<string, number>();
  #cycle: readonly Registration[] = [];
  #beat = 0;
  #looking = false;
  readonly #asking = new Set<string>();
  #stop: (() => void) | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Tells how things stand, then looks on every beat. */
  async start(): Promise<void> {
    await this.#tellAll(await this.#options.registrations.all(this.#options.now()));
    const { every = everyOnTheClock, qualifyEveryMs } = this.#options;
    const beatMs = Math.max(shortestBeatMs, qualifyEveryMs / beatsPerCycle);
    this.#stop = every(beatMs, () => void this.beat());
  }

  stop(): void {
    this.#stop?.();
  }

  /** One look: drops what expired, asks those whose turn it is. Resolves when they have answered or not. */
  async beat(): Promise<void> {
    // A slow database must not pile up looks.
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#askAll(await this.#look().finally(() => (this.#looking = false)));
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** The bindings of an address changed: tells what that changes. */
  async refresh(address: string): Promise<void> {
    this.#tell(address, await this.#options.registrations.of(address, this.#options.now()));
  }

  /** A call met silence at every contact of this address: as good as OPTIONS unanswered, so ask once more at once. */
  async doubt(address: string): Promise<void> {
    const bindings = await this.#options.registrations.of(address, this.#options.now());
    for (const binding of bindings) this.#missed(binding);
    await this.#askAll(bindings);
  }

  /** The phone spoke (REGISTER): whatever was held against it is forgotten. */
  heardFrom(binding: Registration): void {
    this.#misses.delete(keyOf(binding));
  }

  async #look(): Promise<readonly Registration[]> {
    const gone = await this.#options.registrations.removeExpired(this.#options.now());
    await this.#refreshAll(gone);
    return this.#due();
  }

  /** Those whose slot of the cycle this beat is, and those that missed once and are asked again. */
  async #due(): Promise<readonly Registration[]> {
    const slot = this.#beat++ % beatsPerCycle;
    if (slot === 0) {
      this.#cycle = await this.#options.registrations.all(this.#options.now());
      await this.#tellAll(this.#cycle);
    }
    return this.#cycle.filter((binding) => {
      const misses = this.#misses.get(keyOf(binding)) ?? 0;
      return slotOf(binding) === slot || (misses > 0 && misses < missesUntilUnresponsive);
    });
  }

  async #askAll(bindings: readonly Registration[]): Promise<void> {
    await Promise.all(bindings.map((binding) => this.#ask(binding)));
    await this.#refreshAll(bindings);
  }

  async #ask(binding: Registration): Promise<void> {
    const key = keyOf(binding);
    // The last question is still open: a silent phone takes longer than a beat.
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    try {
      const answer = await this.#options.ask(targetOf(binding));
      if (answer === undefined) return;
      if (silent.has(answer)) this.#missed(binding);
      else this.heardFrom(binding);
    } finally {
      this.#asking.delete(key);
    }
  }

  #missed(binding: Registration): void {
    const key = keyOf(binding);
    this.#misses.set(key, (this.#misses.get(key) ?? 0) + 1);
  }

  async #refreshAll(bindings: readonly Registration[]): Promise<void> {
    for (const address of new Set(bindings.map((binding) => binding.address))) await this.refresh(address);
  }

  /** Also those told before and not among these: removed behind our back. */
  async #tellAll(bindings: readonly Registration[]): Promise<void> {
    const byAddress = new Map<string, Registration[]>();
    for (const address of this.#told.keys()) byAddress.set(address, []);
    for (const binding of bindings) {
      const known = byAddress.get(binding.address);
      if (known) known.push(binding);
      else byAddress.set(binding.address, [binding]);
    }
    for (const [address, known] of byAddress) this.#tell(address, known);
    const live = new Set(bindings.map(keyOf));
    for (const key of this.#misses.keys()) if (!live.has(key)) this.#misses.delete(key);
  }

  #tell(address: string, bindings: readonly Registration[]): void {
    const reachability = this.#reachabilityOf(bindings);
    const word = reachability.reachable ? 'reachable' : reachability.why;
    if ((this.#told.get(address) ?? 'unregistered') === word) return;
    // What is gone and was told so need not be remembered: addresses come and go.
    if (word === 'unregistered') this.#told.delete(address);
    else this.#told.set(address, word);
    this.#options.onChange(address, reachability);
  }

  #reachabilityOf(bindings: readonly Registration[]): Reachability {
    if (bindings.length === 0) return { reachable: false, why: 'unregistered' };
    const alive = bindings.some(
      (binding) => (this.#misses.get(keyOf(binding)) ?? 0) < missesUntilUnresponsive,
    );
    return alive ? { reachable: true } : { reachable: false, why: 'unresponsive' };
  }
}

const keyOf = ({ address, contact }: Registration): string => `${address} ${contact}`;

/** A contact's own place in the cycle, the same in each: so that a thousand phones are not asked at once. */
const slotOf = (binding: Registration): number =>
  createHash('md5').update(keyOf(binding)).digest().readUInt32BE(0) % beatsPerCycle;

function everyOnTheClock(ms: number, callback: () => void): () => void {
  const timer = setInterval(callback, ms);
  return () => clearInterval(timer);
}
