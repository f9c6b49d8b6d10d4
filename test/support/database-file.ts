// The SQLite file of a Cordboard under test, for what no door of it can set.

import path from 'node:path';
import knex, { type Knex } from 'knex';

/** @param dataFolder of the Cordboard; destroy() what is returned */
export const openDatabaseFile = (dataFolder: string): Knex =>
  knex({
    client: 'sqlite3',
    connection: { filename: path.join(dataFolder, 'cordboard.sqlite') },
    useNullAsDefault: true,
  });
