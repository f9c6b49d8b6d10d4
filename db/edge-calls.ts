// Calls of the SIP edge, for its next start. Never read while it runs. A call that is over before it was ever written costs nothing.

import type { EdgeCall, EdgeCalls, Farewell } from '../app/ports/edge-calls.ts';
import type { Connections } from './dialect.ts';
import { WriteBehind } from './write-behind.ts';

interface EdgeCallRow {
  readonly call_id: string;
  readonly switch: string;
  readonly core: string;
  readonly towards: EdgeCall['towards'];
  readonly trunk: string | null;
  readonly farewell: string | null;
}

export interface KeptEdgeCalls extends EdgeCalls {
  /** Resolves when all is written; rejects when the last try to write fails. */
  close(): Promise<void>;
}

/** A kill -9 costs the knowledge of calls that were answered within this time before it, milliseconds. */
const collectMs = 200;
/** Rows per statement: a statement may have only so many values. */
const atOnce = 100;
/** Longer ones exist in attacks; such a call is known to memory alone. */
const longestCallId = 255;

export function createEdgeCalls(
  { write, read }: Connections,
  onTrouble: (error: unknown) => void,
): KeptEdgeCalls {
  /** Call-IDs that are in the table, or may be: a commit can succeed and its answer be lost. */
  const written = new Set<string>();

  const table = new WriteBehind<EdgeCall>({
    collectMs,
    onTrouble,
    write: async (changes) => {
      const kept = [...changes.values()].flatMap((call) => call ?? []);
      const gone = [...changes].flatMap(([callId, call]) => (call || !written.has(callId) ? [] : [callId]));
      for (const { callId } of kept) written.add(callId);
      if (kept.length + gone.length > 0)
        await write.transaction(async (transaction) => {
          for (const rows of inChunks(kept.map(rowOf)))
            await transaction('edge_calls').insert(rows).onConflict('call_id').merge();
          for (const callIds of inChunks(gone))
            await transaction('edge_calls').whereIn('call_id', callIds).delete();
        });
      for (const callId of gone) written.delete(callId);
    },
  });

  return {
    async all() {
      const rows = await read('edge_calls').select<EdgeCallRow[]>();
      for (const { call_id } of rows) written.add(call_id);
      return rows.map(callOf);
    },
    keep(call) {
      if (call.callId.length <= longestCallId) void table.changed(call.callId, call);
    },
    forget: (callId) => void table.changed(callId, undefined),
    close: () => table.close(),
  };
}

const inChunks = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / atOnce) }, (_, at) =>
    items.slice(at * atOnce, (at + 1) * atOnce),
  );

const callOf = (row: EdgeCallRow): EdgeCall => ({
  callId: row.call_id,
  switch: row.switch,
  core: row.core,
  towards: row.towards,
  ...(row.trunk !== null && { trunk: row.trunk }),
  ...(row.farewell !== null && { farewell: JSON.parse(row.farewell) as Farewell }),
});

const rowOf = (call: EdgeCall): EdgeCallRow => ({
  call_id: call.callId,
  switch: call.switch,
  core: call.core,
  towards: call.towards,
  trunk: call.trunk ?? null,
  farewell: call.farewell ? JSON.stringify(call.farewell) : null,
});
