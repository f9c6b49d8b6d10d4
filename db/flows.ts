// Call flows as they were stated.

import type { KeptFlows } from '../app/ports/flows.ts';
import type { Connections } from './dialect.ts';

interface PartRow {
  readonly part: string;
  readonly body: string;
}

export const createFlows = ({ read, write }: Connections): KeptFlows => ({
  async read() {
    const rows = await read('flow_parts').select<PartRow[]>('part', 'body');
    return Object.fromEntries(rows.map(({ part, body }) => [part, body]));
  },

  async replace(parts) {
    await write.transaction(async (db) => {
      for (const [part, body] of Object.entries(parts))
        await db('flow_parts').insert({ part, body }).onConflict('part').merge();
    });
  },
});
