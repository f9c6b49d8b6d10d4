// A journal in memory. It keeps what a database would hold after each commit, so that it can be handed to the next control plane;
// `lag` keeps the newest entries uncommitted, as a killed process would leave them.

import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { FloorSnapshot } from '../../app/domain/floor/snapshot.ts';
import type { CallRecord, LegRecord } from '../../app/domain/record.ts';
import type { Journal, JournalEntry } from '../../app/ports/journal.ts';

export interface FakeJournal extends Journal {
  readonly facts: readonly Stamped<Fact>[];
  readonly records: readonly CallRecord[];
  readonly legs: readonly LegRecord[];
  /** From now on nothing is committed until `commit()`: the disk is slow. */
  stall(): void;
  commit(): void;
  /** The process dies: what was not committed is gone. */
  loseUncommitted(): void;
}

type SavedSession = FloorSnapshot['sessions'][number];
type SavedAgent = FloorSnapshot['agents'][number];

export function createFakeJournal(): FakeJournal {
  const facts: Stamped<Fact>[] = [];
  const records: CallRecord[] = [];
  const legs: LegRecord[] = [];
  const sessions = new Map<string, SavedSession>();
  const agents = new Map<string, SavedAgent>();
  let waiting: JournalEntry[] = [];
  let stalled = false;

  function commit(): void {
    for (const entry of waiting.splice(0)) {
      // What a database would do to it: the floor's values must survive as JSON.
      const written = JSON.parse(JSON.stringify(entry)) as JournalEntry;
      facts.push(...written.facts);
      for (const ended of written.ended) {
        records.push(ended.record);
        legs.push(...ended.legs);
      }
      apply(sessions, written.snapshot.sessions);
      apply(agents, written.snapshot.agents);
    }
  }

  return {
    facts,
    records,
    legs,
    append(entry) {
      waiting.push(entry);
      if (!stalled) commit();
    },
    async flushed() {
      if (waiting.length > 0) throw new Error('the journal is behind');
    },
    async lastSnapshot() {
      const factNumber = facts.at(-1)?.number ?? 0;
      if (factNumber === 0) return undefined;
      return { factNumber, sessions: [...sessions.values()], agents: [...agents.values()] };
    },
    health: () => ({ up: !stalled, pending: waiting.length, detail: stalled ? 'stalled' : 'ok' }),
    async close() {
      commit();
    },
    stall() {
      stalled = true;
    },
    commit() {
      stalled = false;
      commit();
    },
    loseUncommitted() {
      waiting = [];
      stalled = false;
    },
  };
}

function apply<T>(saved: Map<string, T>, changes: Readonly<Record<string, T | null>>): void {
  for (const [id, value] of Object.entries(changes)) {
    if (value === null) saved.delete(id);
    else saved.set(id, value);
  }
}
