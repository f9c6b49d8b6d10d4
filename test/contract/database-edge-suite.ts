// What must be found again after a restart of the control plane: calls of the SIP edge, and which switches are being emptied. Run on SQLite
// and on PostgreSQL.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EdgeCall } from '../../app/ports/edge-calls.ts';
import type { Database } from '../../db/database.ts';
import type { DatabaseAddress } from '../../db/dialect.ts';
import { open } from './database-suite.ts';

const rings: EdgeCall = {
  callId: 'rings@192.0.2.9',
  switch: '192.0.2.1:5080',
  core: '',
  towards: 'phone',
  trunk: 'paris',
};
const talks: EdgeCall = {
  callId: 'talks@192.0.2.9',
  switch: '192.0.2.1:5080',
  core: '0af0b1c2-6d3a-4a8b-9a43-0d2f6f3d0c11',
  towards: 'switch',
  farewell: {
    uri: 'sip:1001@192.0.2.7:5062',
    nextHop: 'sip:203.0.113.9:5062;transport=tcp',
    headers: {
      'Call-ID': 'talks@192.0.2.9',
      From: '"Zoë 王" <sip:1001@example.org>;tag=a',
      CSeq: '10000 BYE',
    },
  },
};

export function describeEdgeCalls(freshAddress: () => Promise<DatabaseAddress>): void {
  let address: DatabaseAddress;
  let db: Database;
  beforeEach(async () => {
    address = await freshAddress();
    db = await open(address);
  });
  afterEach(() => db.close());

  const again = async (): Promise<void> => {
    await db.close();
    db = await open(address);
  };
  const kept = async (): Promise<readonly EdgeCall[]> =>
    [...(await db.edgeCalls.all())].sort((a, b) => a.callId.localeCompare(b.callId));

  it('keeps calls of the edge over a restart, each as it was said last, and none that is over', async () => {
    const over = { ...rings, callId: 'over' };
    for (const call of [rings, talks, over]) db.edgeCalls.keep(call);
    await again();
    expect(await kept()).toEqual([over, rings, talks]);
    const answered = { ...rings, core: talks.core, farewell: { uri: 'sip:a@b', headers: { From: 'x' } } };
    db.edgeCalls.keep(answered);
    db.edgeCalls.forget(over.callId);
    db.edgeCalls.keep({ ...rings, callId: 'short' });
    db.edgeCalls.forget('short');
    await again();
    expect(await kept()).toEqual([answered, talks]);
  });

  it('keeps many calls at once, and forgets them at once; a Call-ID that is too long to be true stops nobody', async () => {
    const many = Array.from({ length: 350 }, (_, at) => ({ ...rings, callId: `c${at}` }));
    for (const call of many) db.edgeCalls.keep(call);
    db.edgeCalls.keep({ ...rings, callId: 'x'.repeat(5_000) });
    await again();
    expect(await kept()).toHaveLength(many.length);
    for (const { callId } of many) db.edgeCalls.forget(callId);
    await again();
    expect(await kept()).toEqual([]);
  });

  it('keeps which switches are being emptied, however often it is told', async () => {
    for (const draining of [true, true]) await db.drainedSwitches.keep('192.0.2.1:5080', draining);
    await db.drainedSwitches.keep('192.0.2.2:5080', true);
    await db.drainedSwitches.keep('192.0.2.2:5080', false);
    await again();
    expect(await db.drainedSwitches.all()).toEqual(['192.0.2.1:5080']);
  });
}
