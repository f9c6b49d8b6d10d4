// What every database must do for us; run on SQLite and on PostgreSQL.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import { agentId, legId, offerId, queueId, sessionId } from '../../app/domain/ids.ts';
import type { CallRecord, LegRecord } from '../../app/domain/record.ts';
import type { JournalEntry } from '../../app/ports/journal.ts';
import { trunkDefaults } from '../../app/ports/trunking.ts';
import { hashPassword, verifyPassword } from '../../app/auth/passwords.ts';
import type { DatabaseAddress } from '../../db/dialect.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { ha1For } from '../../db/directory.ts';
import type { SeedOptions } from '../../db/seeds.ts';

export const cheap = { N: 2, r: 8, p: 1 };

export const open = (
  address: DatabaseAddress,
  extra: Partial<Parameters<typeof openDatabase>[0]> = {},
): Promise<Database> =>
  openDatabase({
    address,
    trunks: [],
    sealingKey: Buffer.alloc(32, 1),
    recordingDays: 90,
    browserPassword: (agent) => `derived for ${agent}`,
    ...extra,
  });

export const seeds = (changes: Partial<SeedOptions> = {}): SeedOptions => ({
  demo: true,
  demoPassword: 'demo-password',
  demoPasswordIsSet: false,
  makePassword: () => 'made-password',
  hashPassword: (password) => hashPassword(password, cheap),
  ...changes,
});

export function recordOf(changes: Partial<CallRecord> = {}): CallRecord {
  const at = changes.endedAt ?? 1_800_000_000_000;
  return {
    sessionId: sessionId(randomUUID()),
    source: 'phone',
    queueId: queueId('default'),
    customerNumber: '+4915123451234',
    customerName: 'Zoë 王',
    dialledNumber: '4000',
    requestedAt: at - 60_000,
    arrivedAt: at - 60_000,
    queuedAt: at - 60_000,
    connectedAt: at - 40_000,
    endedAt: at,
    talkMs: 40_000,
    heldMs: 0,
    waitMs: 20_000,
    agentId: agentId('1001'),
    ending: 'customer_hung_up',
    recovered: false,
    offers: [
      {
        offerId: offerId('o1'),
        agentId: agentId('1001'),
        madeAt: at - 50_000,
        endedAt: at - 40_000,
        outcome: 'accepted',
      },
    ],
    segments: [
      { kind: 'waiting', from: at - 60_000, to: at - 40_000 },
      { kind: 'talking', from: at - 40_000, to: at, agentId: agentId('1001') },
    ],
    recordingFile: null,
    recordings: [],
    ...changes,
  };
}

export const legOf = (record: CallRecord): LegRecord => ({
  legId: legId(randomUUID()),
  sessionId: record.sessionId,
  role: 'customer',
  agentId: null,
  createdAt: record.requestedAt,
  answeredAt: record.connectedAt,
  endedAt: record.endedAt,
  ending: 'hung_up',
});

export const factOf = (number: number, fact: Fact): Stamped<Fact> => ({
  number,
  at: 1_800_000_000_000 + number,
  fact,
});

export function entryOf(number: number, records: readonly CallRecord[] = []): JournalEntry {
  const ready: Fact = { kind: 'agent.ready', agentId: agentId('1001') };
  return {
    facts: [factOf(number, ready)],
    ended: records.map((record) => ({ record, legs: [legOf(record)] })),
    snapshot: { sessions: {}, agents: {} },
  };
}

/** A value of the snapshot's shape as far as the database can tell: it stores what it is given. */
const anything = (value: object) => value as never;

/** @param freshAddress of a database of the newest shape with nothing in it @param emptyAddress of one that has no tables yet */
export function describeRepositories(
  freshAddress: () => Promise<DatabaseAddress>,
  emptyAddress: () => Promise<DatabaseAddress>,
): void {
  let address: DatabaseAddress;
  let db: Database;
  beforeEach(async () => {
    address = await freshAddress();
    db = await open(address);
  });
  afterEach(() => db.close());

  it('migrates an empty database, and opening it again changes nothing', async () => {
    await db.close();
    address = await emptyAddress();
    db = await open(address);
    await db.seed(seeds());
    await db.close();
    db = await open(address);
    expect(await db.directory.queues()).toHaveLength(3);
    expect((await db.health()).up).toBe(true);
  });

  it('seeds the demo floor once and an administrator whose password is told once', async () => {
    expect(await db.seed(seeds())).toEqual({ demo: true, newAdminPassword: 'made-password' });
    expect(await db.seed(seeds({ demoPassword: 'another-one' }))).toEqual({ demo: true });
    expect((await db.directory.agents()).map(({ agentId: id, queues }) => [id, queues])).toEqual([
      ['1001', ['default', 'sales']],
      ['1002', ['default', 'support']],
      ['1003', ['default', 'sales', 'support']],
    ]);
    const alice = await db.accounts.account('1001');
    expect(alice).toMatchObject({ role: 'agent', agentId: '1001', displayName: 'Alice' });
    expect(await verifyPassword('demo-password', alice?.passwordHash ?? '')).toBe(true);
    expect(await db.accounts.account('nobody')).toBeUndefined();
  });

  it('gives the demo accounts the password the settings state, for the web and for SIP', async () => {
    await db.seed(seeds());
    await db.seed(
      seeds({ demoPassword: 'stated-password', demoPasswordIsSet: true, adminPassword: 'admin-stated' }),
    );
    const hash = async (name: string) => (await db.accounts.account(name))?.passwordHash ?? '';
    expect(await verifyPassword('stated-password', await hash('supervisor'))).toBe(true);
    expect(await verifyPassword('admin-stated', await hash('admin'))).toBe(true);
    expect((await db.directory.sipCredentials('1001'))?.ha1).toBe(ha1For('1001', 'stated-password'));
  });

  it('does not furnish when told not to', async () => {
    expect((await db.seed(seeds({ demo: false }))).demo).toBe(false);
    expect(await db.directory.queues()).toEqual([]);
    expect(await db.directory.agents()).toEqual([]);
  });

  it('knows SIP credentials of phones and, derived, of browsers; and of nobody else', async () => {
    await db.seed(seeds());
    expect(await db.directory.sipCredentials('1001')).toEqual({
      username: '1001',
      agentId: '1001',
      ha1: ha1For('1001', 'demo-password'),
    });
    expect(await db.directory.sipCredentials('browser-1002')).toEqual({
      username: 'browser-1002',
      agentId: '1002',
      ha1: ha1For('browser-1002', 'derived for 1002'),
    });
    expect(await db.directory.sipCredentials('supervisor')).toEqual({
      username: 'supervisor',
      ha1: ha1For('supervisor', 'demo-password'),
    });
    expect(await db.directory.sipCredentials('browser-admin')).toEqual({
      username: 'browser-admin',
      ha1: ha1For('browser-admin', 'derived for admin'),
    });
    for (const stranger of ['1009', 'browser-1009', 'browser-', "' or 1=1 --", 'admin']) {
      expect(await db.directory.sipCredentials(stranger)).toBeUndefined();
    }
  });

  it('leads inbound numbers to queues, agents and flows, and lists trunks of the settings', async () => {
    await db.seed(seeds());
    expect(await db.trunking.inboundNumber('4001')).toEqual({ kind: 'queue', queueId: 'sales' });
    expect(await db.trunking.inboundNumber('4999')).toBeUndefined();
    await db.close();
    const berlin = { ...trunkDefaults, name: 'berlin', addresses: ['192.0.2.7'] };
    db = await open(address, { trunks: [berlin] });
    expect(await db.trunking.trunks()).toEqual([berlin]);
  });

  it('keeps trunks, routes, numbering and numbers as they were stated, and no password in the clear', async () => {
    await db.seed(seeds());
    const paris = {
      ...trunkDefaults,
      name: 'paris',
      destination: 'sip.example.net:5080',
      outboundLogin: { username: 'u', password: 'päss"word', realm: 'example.net' },
      inboundLogin: { username: 'them', ha1: '0'.repeat(32) },
      callerNumbers: ['+4930*'],
      maxCalls: 30,
    };
    const numbering = { countryCode: '33', internationalPrefix: '00', nationalPrefix: '0' };
    const routes = [
      { prefix: '+33', trunks: ['paris'] },
      { prefix: '+33899', trunks: [] },
    ];
    const numbers = [
      { number: '+33100', target: { kind: 'queue', queueId: 'sales' } },
      { number: '+33101', target: { kind: 'agent', agentId: '1002' } },
      { number: '+33102', target: { kind: 'flow', flowId: 'main-menu' } },
    ] as const;
    await db.trunking.replace({ trunks: [paris], routes, numbering, numbers });
    await db.close();
    db = await open(address);
    expect(await db.trunking.trunks()).toEqual([paris]);
    expect(await db.trunking.outboundRoutes()).toEqual(routes);
    expect(await db.trunking.numbering()).toEqual(numbering);
    for (const { number, target } of numbers) expect(await db.trunking.inboundNumber(number)).toEqual(target);
    expect(await db.trunking.inboundNumber('4001')).toBeUndefined();
    await db.close();
    db = await open(address, { sealingKey: Buffer.alloc(32, 2) });
    await expect(db.trunking.trunks()).rejects.toThrow();
  });

  it('replaces all that is stated of trunks or nothing', async () => {
    await db.seed(seeds());
    const before = await db.trunking.inboundNumber('4001');
    const numbers = [{ number: '1', target: { kind: 'queue', queueId: 'nowhere' } }] as const;
    await expect(db.trunking.replace({ routes: [{ prefix: '+1', trunks: [] }], numbers })).rejects.toThrow();
    expect(await db.trunking.outboundRoutes()).toEqual([]);
    expect(await db.trunking.inboundNumber('4001')).toEqual(before);
  });

  const phone = {
    address: '1001',
    contact: 'sip:1001@192.0.2.7:5062;transport=udp',
    flow: 'udp:192.0.2.7:5062',
    callId: 'c1',
    cseq: 4_294_967_295,
    userAgent: 'Phone/1.0',
    expiresAt: 2_000_000_000_000,
  };

  it('keeps registrations over a restart, replaces by contact, and forgets the expired', async () => {
    await db.registrations.save(phone);
    await db.registrations.save({ ...phone, contact: 'sip:1001@192.0.2.8', expiresAt: 1_000 });
    await db.registrations.save({ ...phone, callId: 'c2', expiresAt: 2_000_000_000_001 });
    await db.close();
    db = await open(address);
    expect(await db.registrations.of('1001', 500)).toHaveLength(2);
    expect(await db.registrations.of('1001', 1_000)).toEqual([
      { ...phone, callId: 'c2', expiresAt: 2_000_000_000_001 },
    ]);
    expect((await db.registrations.removeExpired(1_000)).map(({ contact }) => contact)).toEqual([
      'sip:1001@192.0.2.8',
    ]);
    await db.registrations.remove('1001', phone.contact);
    expect(await db.registrations.all(0)).toEqual([]);
    await db.close();
    db = await open(address);
    expect(await db.registrations.all(0)).toEqual([]);
  });

  it('brings a call record back exactly as it went in, with its legs', async () => {
    const record = recordOf({ recovered: true, recordingFile: 'a.wav' });
    const entry = entryOf(1, [record]);
    db.journal.append(entry);
    await db.journal.flushed(5_000);
    const found = await db.records.find(record.sessionId);
    expect(found).toEqual({ record: { ...record, stars: null }, legs: entry.ended[0]?.legs, notes: [] });
    expect(await db.records.find(randomUUID())).toBeUndefined();
  });

  it('writes one record per session however often it is told', async () => {
    const record = recordOf();
    const entry = entryOf(1, [record]);
    for (let time = 0; time < 3; time += 1) db.journal.append(entry);
    db.journal.append(entryOf(1, [{ ...record, ending: 'failed' }]));
    await db.journal.flushed(5_000);
    const { calls } = await db.records.list({ limit: 10 });
    expect(calls).toEqual([{ ...record, stars: null }]);
  });

  it('remembers the floor: what was last said of each session and agent, and the newest fact number', async () => {
    expect(await db.journal.lastSnapshot()).toBeUndefined();
    db.journal.append({
      facts: entryOf(7).facts,
      ended: [],
      snapshot: {
        sessions: { s1: anything({ id: 's1', n: 1 }), s2: anything({ id: 's2' }) },
        agents: { a: anything({ n: 1 }) },
      },
    });
    db.journal.append({
      facts: entryOf(8).facts,
      ended: [],
      snapshot: { sessions: { s1: anything({ id: 's1', n: 2 }), s2: null }, agents: {} },
    });
    await db.journal.flushed(5_000);
    expect(await db.journal.lastSnapshot()).toEqual({
      factNumber: 8,
      sessions: [{ id: 's1', n: 2 }],
      agents: [{ n: 1 }],
    });
  });

  it('pages through records, newest first, without losing or repeating one while calls end at the same instant', async () => {
    const records = Array.from({ length: 23 }, (_, index) =>
      recordOf({ endedAt: 1_800_000_000_000 + Math.floor(index / 5) }),
    );
    for (const [index, record] of records.entries()) db.journal.append(entryOf(index + 1, [record]));
    await db.journal.flushed(5_000);
    const seen: string[] = [];
    let last = Number.POSITIVE_INFINITY;
    for (let after: string | null = ''; after !== null;) {
      const page: Awaited<ReturnType<Database['records']['list']>> = await db.records.list({
        limit: 4,
        ...(after && { after }),
      });
      for (const { sessionId: id, endedAt } of page.calls) {
        expect(endedAt).toBeLessThanOrEqual(last);
        last = endedAt;
        seen.push(id);
      }
      after = page.next;
    }
    expect(seen).toHaveLength(23);
    expect(new Set(seen)).toEqual(new Set(records.map(({ sessionId: id }) => id)));
  });

  it('filters records by queue, agent, ending and time', async () => {
    const records = [
      recordOf({ queueId: queueId('sales'), endedAt: 1_000 }),
      recordOf({ agentId: agentId('1002'), endedAt: 2_000 }),
      recordOf({ agentId: null, ending: 'abandoned_waiting', connectedAt: null, endedAt: 3_000 }),
    ];
    db.journal.append(entryOf(1, records));
    await db.journal.flushed(5_000);
    const found = async (filter: Parameters<Database['records']['list']>[0]) =>
      (await db.records.list(filter)).calls.map(({ endedAt }) => endedAt);
    expect(await found({ limit: 9, queueId: 'sales' })).toEqual([1_000]);
    expect(await found({ limit: 9, agentId: '1002' })).toEqual([2_000]);
    expect(await found({ limit: 9, ending: 'abandoned_waiting' })).toEqual([3_000]);
    expect(await found({ limit: 9, from: 2_000, to: 3_000 })).toEqual([2_000]);
  });

  it('stores notes and ratings once per key, replaces without one, and refuses a key used for other words', async () => {
    const record = recordOf();
    db.journal.append(entryOf(1, [record]));
    const note = {
      sessionId: record.sessionId,
      agentId: '1001',
      at: 5,
      idempotencyKey: 'key-0123456789abcdef',
    };
    const { submissions } = db;
    expect(await submissions.wrapUpNote({ ...note, note: 'first' })).toEqual({
      outcome: 'stored',
      sessionId: record.sessionId,
    });
    expect(await submissions.wrapUpNote({ ...note, note: 'first' })).toEqual({
      outcome: 'repeated',
      sessionId: record.sessionId,
    });
    expect(await submissions.wrapUpNote({ ...note, note: 'other' })).toEqual({ outcome: 'conflict' });
    const key = { agentId: '1001', idempotencyKey: note.idempotencyKey };
    expect(await submissions.noteSeen({ ...key, note: 'first' })).toBe('repeated');
    expect(await submissions.noteSeen({ ...key, note: 'other' })).toBe('conflict');
    expect(
      await submissions.noteSeen({ agentId: '1002', idempotencyKey: note.idempotencyKey, note: 'first' }),
    ).toBeUndefined();
    const both = await Promise.all(
      [4, 4].map((stars) =>
        submissions.rating({
          sessionId: record.sessionId,
          stars,
          at: 6,
          idempotencyKey: note.idempotencyKey,
        }),
      ),
    );
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['repeated', 'stored']);
    await submissions.rating({ sessionId: record.sessionId, stars: 5, at: 7 });
    await db.journal.flushed(5_000);
    const found = await db.records.find(record.sessionId);
    expect(found?.record.stars).toBe(5);
    expect(found?.notes).toEqual([{ agentId: '1001', note: 'first', at: 5 }]);
  });

  it('takes what a network may send as a name: quotes, NUL, other scripts, far too long', async () => {
    const record = recordOf({
      customerName: `Robert'); DROP TABLE calls;--\0${'é'.repeat(600)}`,
      customerNumber: '9'.repeat(500),
    });
    db.journal.append(entryOf(1, [record]));
    await db.journal.flushed(5_000);
    const found = await db.records.find(record.sessionId);
    expect(found?.record.customerName).toMatch(/^Robert'\); DROP TABLE calls;--é+$/);
    expect(found?.record.customerNumber).toHaveLength(128);
  });

  it('leaves out an entry the database will never take, says so, and goes on with the others', async () => {
    const troubles: string[] = [];
    await db.close();
    db = await open(address, { journal: { onTrouble: ({ kind }) => troubles.push(kind) } });
    const good = [recordOf(), recordOf()];
    db.journal.append(entryOf(1, [good[0] as CallRecord]));
    db.journal.append(entryOf(2, [recordOf({ queueId: null as never })]));
    db.journal.append(entryOf(3, [good[1] as CallRecord]));
    await db.journal.flushed(5_000);
    expect(troubles).toEqual(['rejected']);
    expect(db.journal.health().detail).toContain('1 entries rejected');
    expect((await db.records.list({ limit: 9 })).calls).toHaveLength(2);
  });
}
