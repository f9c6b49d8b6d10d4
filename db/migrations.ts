// The migrations as a source object: they are bundled with the program, so no folder is scanned at run time.

import type { Knex } from 'knex';
import { alone, type Connections } from './dialect.ts';
import * as firstCall from './migrations/0001-first-call.ts';
import * as trunking from './migrations/0002-trunking.ts';
import * as supervisorPhones from './migrations/0003-supervisor-phones.ts';
import * as callControl from './migrations/0004-call-control.ts';
import * as recordings from './migrations/0005-recordings.ts';
import * as flows from './migrations/0006-flows.ts';
import * as messages from './migrations/0007-messages.ts';
import * as surveys from './migrations/0008-surveys.ts';
import * as edgeCalls from './migrations/0009-edge-calls.ts';
import * as standingLines from './migrations/0010-standing-lines.ts';

const migrations: readonly (readonly [name: string, migration: Knex.Migration])[] = [
  ['0001-first-call', firstCall],
  ['0002-trunking', trunking],
  ['0003-supervisor-phones', supervisorPhones],
  ['0004-call-control', callControl],
  ['0005-recordings', recordings],
  ['0006-flows', flows],
  ['0007-messages', messages],
  ['0008-surveys', surveys],
  ['0009-edge-calls', edgeCalls],
  ['0010-standing-lines', standingLines],
];

/** In the order they are carried out. */
export const migrationNames: readonly string[] = migrations.map(([name]) => name);

const source: Knex.MigrationSource<string> = {
  getMigrations: async () => [...migrationNames],
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const found = migrations.find(([known]) => known === name);
    if (!found) throw new Error(`no migration is called ${name}`);
    return found[1];
  },
};

/** Brings the database to the newest shape; each migration in a transaction of its own. */
export async function migrate(connections: Connections): Promise<void> {
  await alone(connections, () => connections.write.migrate.latest({ migrationSource: source }));
}
