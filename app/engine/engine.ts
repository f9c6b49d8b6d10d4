// The engine: one floor, one mailbox, its timers, its reconciler. Everything it needs of the world comes in through the ports;
// making one does nothing until start().

import type { Flow } from '../domain/flow.ts';
import { newFloor, type Rules } from '../domain/floor/floor.ts';
import type { AgentSettings, QueueSettings } from '../domain/floor/inputs.ts';
import { viewOf } from '../domain/floor/views.ts';
import type { Instant } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { Media, MediaSignal } from '../ports/media.ts';
import type { Core } from './core.ts';
import { Mailbox } from './mailbox.ts';
import { adoptLegs, restoreFloor } from './recover.ts';
import { keepReconciling, lookOnce, type ReconcileParts } from './reconcile.ts';
import { createTimers, type Timers } from './timers.ts';
import type { Watch } from './watch.ts';

export interface EngineOptions {
  readonly media: Media;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Settings at the start; later changes come as `settings.*` inputs. */
  readonly queues?: readonly QueueSettings[];
  readonly agents?: readonly AgentSettings[];
  readonly flows?: readonly Flow[];
  /** Durations other than the defaults of domain/floor/floor.ts. */
  readonly rules?: Partial<Rules>;
  readonly watch?: Watch;
}

export interface Engine extends Core {
  /**
   * Puts the floor back as it was and begins to listen; nobody is offered before start(). For what must be there in between, such as
   * the way to the agents' phones. @throws what the journal throws when it cannot be read
   */
  restore(): Promise<void>;
  /**
   * Restores the floor if that has not been done, and takes over live calls. Resolves when the switch has been looked at once;
   * until then commands are taken but nobody is offered. @throws what the journal throws when it cannot be read
   */
  start(): Promise<void>;
  /** Lets go of timers and listeners. Calls live on; the ports are the owner's to close. */
  stop(): void;
  /** Holds the floor against the switch now; false when the switch could not be asked. */
  reconcile(): Promise<boolean>;
  /** What is running, for health, metrics and tests. */
  readonly vitals: {
    readonly timers: number;
    readonly effectsUnderway: number;
    readonly liveSessions: number;
  };
}

/** How often the floor is held against the switch. */
const reconcileEveryMs = 5_000;

/** The one loop over one floor. Nobody is offered before `start()`; `stop()` leaves the calls alone. */
export function createEngine(options: EngineOptions): Engine {
  const { media, journal, clock, queues = [], agents = [], flows = [], watch = {} } = options;
  const floor = newFloor(options.rules);
  const mailbox: Mailbox = new Mailbox({ floor, media, journal, clock, watch }, () => timers);
  const timers: Timers = createTimers(clock, (timer) => void mailbox.submit({ kind: 'timer', timer }));
  const look: ReconcileParts = {
    media,
    clock,
    watch,
    everyMs: reconcileEveryMs,
    submit: (input) => void mailbox.submit(input),
  };
  const disposers: (() => void)[] = [];
  let stopped = false;
  let restoredAt: Instant | undefined;

  return {
    submit: (input) => mailbox.submit(input),
    subscribe: (listener) => mailbox.subscribe(listener),
    view: viewOf(floor, () => clock.now()),
    get factNumber() {
      return mailbox.factNumber;
    },
    get vitals() {
      return { timers: timers.size, effectsUnderway: mailbox.underway, liveSessions: floor.live };
    },
    async restore() {
      // What the switch says before the floor is back is heard, and told to the floor once it is.
      const early: MediaSignal[] = [];
      let hear = (signal: MediaSignal): void => void early.push(signal);
      disposers.push(media.subscribe((signal) => hear(signal)));
      restoredAt = await restoreFloor({ floor, mailbox, journal, clock, queues, agents, flows });
      hear = (signal) => void mailbox.submit(signal);
      early.forEach(hear);
    },
    async start() {
      if (restoredAt === undefined) await this.restore();
      await adoptLegs(look, restoredAt ?? clock.now(), () => stopped);
      if (!stopped) disposers.push(keepReconciling(look));
    },
    stop() {
      stopped = true;
      for (const dispose of disposers.splice(0)) dispose();
      timers.stop();
      mailbox.close();
    },
    reconcile: () => lookOnce(look),
  };
}
