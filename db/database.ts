// Opens the database: connects, migrates, and hands out one repository per port. Nobody else writes SQL.

import type { Accounts } from '../app/ports/accounts.ts';
import type { Directory } from '../app/ports/directory.ts';
import type { RecordingArchive } from '../app/ports/recordings.ts';
import type { Supervisors } from '../app/ports/groups.ts';
import type { Records } from '../app/ports/records.ts';
import type { Submissions } from '../app/ports/submissions.ts';
import type { DrainedSwitches } from '../app/ports/telephony.ts';
import { createAccounts, createSupervisors } from './accounts.ts';
import { connect, type DatabaseAddress } from './dialect.ts';
import type { KeptFlows } from '../app/ports/flows.ts';
import { createFlows } from './flows.ts';
import { createMessages } from './messages.ts';
import type { Messages } from '../app/ports/messages.ts';
import { createDirectory, type DirectoryOptions } from './directory.ts';
import { createDrainedSwitches } from './drained-switches.ts';
import { createEdgeCalls, type KeptEdgeCalls } from './edge-calls.ts';
import { DatabaseJournal, type JournalOptions } from './journal.ts';
import { migrate } from './migrations.ts';
import { patiently } from './patience.ts';
import { createRecordings, type RecordingOptions } from './recordings.ts';
import { createRecords } from './records.ts';
import { openRegistrations, type KeptRegistrations } from './registrations.ts';
import { seed, type Seeded, type SeedOptions } from './seeds.ts';
import { createSubmissions } from './submissions.ts';
import { createTrunking, type KeptTrunking, type TrunkingOptions } from './trunking.ts';

export interface DatabaseOptions extends DirectoryOptions, TrunkingOptions, RecordingOptions {
  readonly address: DatabaseAddress;
  readonly journal?: JournalOptions;
  /** How long a person's note or rating may wait for a locked database, milliseconds. */
  readonly patienceMs?: number;
  /** Told when registrations or calls of the edge cannot be written for now. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface Database {
  readonly directory: Directory;
  readonly trunking: KeptTrunking;
  readonly flows: KeptFlows;
  readonly messages: Messages;
  readonly accounts: Accounts;
  readonly supervisors: Supervisors;
  readonly registrations: KeptRegistrations;
  readonly edgeCalls: KeptEdgeCalls;
  readonly drainedSwitches: DrainedSwitches;
  readonly journal: DatabaseJournal;
  readonly records: Records;
  readonly recordings: RecordingArchive;
  readonly submissions: Submissions;
  seed(options: SeedOptions): Promise<Seeded>;
  /** Up when the database answers and the journal is not behind. */
  health(): Promise<{ readonly up: boolean; readonly detail: string }>;
  /** Commits what waits, then disconnects. @throws when something could not be committed */
  close(): Promise<void>;
}

/** @throws whatever the driver says when the database cannot be reached or migrated */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const connections = connect(options.address);
  try {
    await patiently(() => migrate(connections), options.patienceMs ?? 8_000);
    const patienceMs = options.patienceMs ?? 8_000;
    const onTrouble = options.onTrouble ?? (() => undefined);
    const registrations = await openRegistrations(connections, onTrouble);
    const edgeCalls = createEdgeCalls(connections, onTrouble);
    const journal = new DatabaseJournal(connections, options.journal);
    return {
      directory: createDirectory(connections, options),
      trunking: createTrunking(connections, options),
      flows: createFlows(connections),
      messages: createMessages(connections, options.patienceMs ?? 8_000),
      accounts: createAccounts(connections),
      supervisors: createSupervisors(connections, options.patienceMs ?? 8_000),
      registrations,
      edgeCalls,
      drainedSwitches: createDrainedSwitches(connections, patienceMs),
      journal,
      records: createRecords(connections, options),
      recordings: createRecordings(connections, options, patienceMs),
      submissions: createSubmissions(connections, patienceMs),
      seed: (seeds) => seed(connections, seeds),
      async health() {
        await connections.read.raw('select 1');
        const { up, pending, detail } = journal.health();
        return { up, detail: `journal: ${detail}, ${pending} waiting` };
      },
      async close() {
        const outcomes = await Promise.allSettled(
          [journal, registrations, edgeCalls].map((kept) => kept.close()),
        );
        await connections.close();
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      },
    };
  } catch (error) {
    await connections.close();
    throw error;
  }
}
