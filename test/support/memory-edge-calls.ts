// Calls of the edge as the database keeps them: they outlive the edge.

import type { EdgeCall, EdgeCalls } from '../../app/ports/edge-calls.ts';

export class MemoryEdgeCalls implements EdgeCalls {
  readonly rows = new Map<string, EdgeCall>();

  async all(): Promise<readonly EdgeCall[]> {
    return [...this.rows.values()];
  }
  keep(call: EdgeCall): void {
    this.rows.set(call.callId, call);
  }
  forget(callId: string): void {
    this.rows.delete(callId);
  }
}
