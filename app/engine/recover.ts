// The start: the floor of the last snapshot, minus what the switch no longer holds. Calls went on without us; those whose legs
// live are taken over where they are, the dead ones end with the best known cause, each with its one record.
//
//   last snapshot ─▶ floor (nobody is offered yet) ─▶ settings ─▶ look at the switch, until it answers ─▶ floor opens

import type { Flow } from '../domain/flow.ts';
import { restore } from '../domain/floor/restore.ts';
import type { Floor } from '../domain/floor/floor.ts';
import type { AgentSettings, Input, QueueSettings } from '../domain/floor/inputs.ts';
import type { Instant } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import type { Mailbox } from './mailbox.ts';
import { lookOnce, type ReconcileParts } from './reconcile.ts';

export interface RecoverParts {
  readonly floor: Floor;
  readonly mailbox: Mailbox;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly queues: readonly QueueSettings[];
  readonly agents: readonly AgentSettings[];
  readonly flows: readonly Flow[];
}

/** Puts the floor back as it was written last, and the settings over it. @returns when */
export async function restoreFloor(parts: RecoverParts): Promise<Instant> {
  const { floor, mailbox, clock } = parts;
  const snapshot = await parts.journal.lastSnapshot();
  if (snapshot !== undefined) {
    mailbox.factNumber = snapshot.factNumber;
    const { effects } = restore(floor, snapshot, { now: clock.now(), newId: () => clock.newId() });
    mailbox.resume(effects);
  }
  const settings: Input[] = [
    { kind: 'settings.flows', flows: parts.flows },
    ...parts.queues.map((queue) => ({ kind: 'settings.queue', queue }) as const),
    ...parts.agents.map((agent) => ({ kind: 'settings.agent', agent }) as const),
  ];
  for (const input of settings) mailbox.submit(input);
  return clock.now();
}

/** The first look at the switch; asked again every second until it is answered or `isStopped`. */
export async function adoptLegs(
  parts: ReconcileParts,
  restoredAt: Instant,
  isStopped: () => boolean,
): Promise<void> {
  while (!isStopped()) {
    if (await lookOnce(parts, restoredAt)) return;
    await new Promise<void>((resolve) => void parts.clock.wakeAt(parts.clock.now() + 1_000, resolve));
  }
}
