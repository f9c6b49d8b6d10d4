// Is the phone there? Two sources: the registrations (lapsed or removed: unregistered) and OPTIONS asked of each contact now
// and then (unanswered twice: unresponsive). Changes, and only changes, are told.
//
//   unregistered ──REGISTER──► reachable ──2 OPTIONS unanswered──► unresponsive
//        ▲                         │  ▲                                 │
//        └──expired, removed───────┘  └──────OPTIONS answered───────────┘

import type { Reachability } from '../../app/domain/device.ts';
import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import { targetOf } from './registrar.ts';

export interface PresenceOptions {
  readonly registrations: Registrations;
  /** Asks OPTIONS of a URI; resolves with the status, 408 or 503 when nothing came. */
  readonly ask: (uri: string) => Promise<number>;
  readonly now: () => number;
  readonly onChange: (address: string, reachability: Reachability) => void;
  /** How long between two questions to one contact, milliseconds. */
  readonly qualifyEveryMs: number;
  readonly onError: (error: unknown) => void;
}

const missesUntilUnresponsive = 2;
const silent = new Set([408, 503]);

export class Presence {
  readonly #options: PresenceOptions;
  readonly #told = new Map<string, string>();
  readonly #misses = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Begins looking: at once, then on a steady beat. */
  async start(): Promise<void> {
    await this.#tellAll();
    const beat = Math.max(250, Math.min(1_000, this.#options.qualifyEveryMs / 4));
    let untilQualify = this.#options.qualifyEveryMs;
    this.#timer = setInterval(() => {
      untilQualify -= beat;
      const qualify = untilQualify <= 0;
      if (qualify) untilQualify = this.#options.qualifyEveryMs;
      void this.#look(qualify);
    }, beat);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The bindings of an address changed, or a call to it found it dead or alive: look again now. */
  async refresh(address: string): Promise<void> {
    this.#tell(address, await this.#options.registrations.of(address, this.#options.now()));
  }

  /** A call found a contact silent; that counts like unanswered OPTIONS. */
  async calledInVain(address: string): Promise<void> {
    for (const binding of await this.#options.registrations.of(address, this.#options.now())) {
      this.#misses.set(keyOf(binding), missesUntilUnresponsive);
    }
    await this.refresh(address);
  }

  /** The phone spoke (REGISTER): whatever was held against it is forgotten. */
  heardFrom(binding: Registration): void {
    this.#misses.delete(keyOf(binding));
  }

  async #look(qualify: boolean): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#options.registrations.removeExpired(this.#options.now());
      if (qualify) await this.#qualifyAll();
      await this.#tellAll();
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#looking = false;
    }
  }

  async #qualifyAll(): Promise<void> {
    const all = await this.#options.registrations.all(this.#options.now());
    await Promise.all(
      all.map(async (binding) => {
        const key = keyOf(binding);
        if (silent.has(await this.#options.ask(targetOf(binding)))) {
          this.#misses.set(key, (this.#misses.get(key) ?? 0) + 1);
        } else this.#misses.delete(key);
      }),
    );
  }

  async #tellAll(): Promise<void> {
    const byAddress = new Map<string, Registration[]>();
    for (const address of this.#told.keys()) byAddress.set(address, []);
    for (const binding of await this.#options.registrations.all(this.#options.now())) {
      const bindings = byAddress.get(binding.address);
      if (bindings) bindings.push(binding);
      else byAddress.set(binding.address, [binding]);
    }
    for (const [address, bindings] of byAddress) this.#tell(address, bindings);
    this.#forgetGone(byAddress);
  }

  #tell(address: string, bindings: readonly Registration[]): void {
    const reachability = this.#reachabilityOf(bindings);
    const word = reachability.reachable ? 'reachable' : reachability.why;
    if (this.#told.get(address) === word) return;
    this.#told.set(address, word);
    this.#options.onChange(address, reachability);
  }

  #reachabilityOf(bindings: readonly Registration[]): Reachability {
    if (bindings.length === 0) return { reachable: false, why: 'unregistered' };
    const alive = bindings.some(
      (binding) => (this.#misses.get(keyOf(binding)) ?? 0) < missesUntilUnresponsive,
    );
    return alive ? { reachable: true } : { reachable: false, why: 'unresponsive' };
  }

  #forgetGone(byAddress: ReadonlyMap<string, readonly Registration[]>): void {
    const live = new Set([...byAddress.values()].flat().map(keyOf));
    for (const key of this.#misses.keys()) if (!live.has(key)) this.#misses.delete(key);
  }
}

const keyOf = ({ address, contact }: Registration): string => `${address} ${contact}`;
