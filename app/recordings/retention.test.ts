// Removing recordings whose time is over, with real files and an archive in memory that can be told to fail.

import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { legId, queueId, sessionId } from '../domain/ids.ts';
import type { KeptRecording, RecordingArchive } from '../ports/recordings.ts';
import type { RecordingEvent } from './events.ts';
import { Retention } from './retention.ts';

let home: string;
let folder: string;
let archive: ArchiveInMemory;
let told: RecordingEvent[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cordboard-retention-'));
  folder = join(home, 'recordings');
  mkdirSync(folder);
  archive = new ArchiveInMemory();
  told = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** What retention asks of an archive. Everything in it is due, but for what is held. */
class ArchiveInMemory implements Pick<RecordingArchive, 'due' | 'claim' | 'deleted'> {
  readonly kept = new Map<string, KeptRecording>();
  pages = 0;
  /** The next call of this is the last thing a control plane does. */
  diesIn: 'claim' | 'deleted' | undefined;
  beforeClaim: (recordingId: string) => void = () => undefined;

  async due(_now: number, limit: number, after?: KeptRecording): Promise<readonly KeptRecording[]> {
    this.pages += 1;
    return [...this.kept.values()]
      .filter(({ hold, deleted }) => hold === null && deleted === null)
      .filter(({ recordingId }) => after === undefined || recordingId > after.recordingId)
      .slice(0, limit);
  }

  async claim(recordingId: string, now: number): Promise<boolean> {
    this.beforeClaim(recordingId);
    const known = this.kept.get(recordingId);
    if (!known || known.hold !== null) return false;
    this.kept.set(recordingId, { ...known, claimedAt: known.claimedAt ?? now });
    if (this.diesIn === 'claim') throw new Error('killed');
    return true;
  }

  async deleted(recordingId: string, deletion: KeptRecording['deleted'] & object): Promise<void> {
    if (this.diesIn === 'deleted') throw new Error('killed');
    this.change(recordingId, { deleted: deletion });
  }

  change(recordingId: string, change: Partial<KeptRecording>): void {
    const known = this.kept.get(recordingId);
    if (known) this.kept.set(recordingId, { ...known, ...change });
  }
}

function recording(id: string, { file = `${id}.wav`, there = true } = {}): string {
  if (there) writeFileSync(join(folder, file), 'sound');
  archive.kept.set(id, {
    recordingId: id,
    sessionId: sessionId('s'),
    queueId: queueId('default'),
    file,
    legId: legId('c'),
    startedAt: 0,
    durationMs: 1,
    pauses: [],
    hold: null,
    deletesAt: 1,
    claimedAt: null,
    deleted: null,
  });
  return join(folder, file);
}

/** One look, to its end. */
async function look(atOnce = 2): Promise<void> {
  let ended = (): void => undefined;
  const looked = new Promise<void>((resolve) => (ended = resolve));
  const retention = new Retention({
    archive: archive as unknown as RecordingArchive,
    folder,
    now: () => 1_000,
    atOnce,
    everyMs: 3_600_000,
    tell: (event) => {
      told.push(event);
      if (event.kind === 'retention.done' || event.kind === 'retention.failed') ended();
    },
  });
  await looked;
  await retention.stop();
}

const kinds = () => told.map(({ kind }) => kind);

describe('retention', () => {
  it('removes the files of all that is due, page by page, and keeps the records with when and why', async () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((id) => recording(id));
    await look();
    expect(files.filter((file) => existsSync(file))).toEqual([]);
    expect([...archive.kept.values()].map(({ deleted }) => deleted)).toEqual(
      Array(5).fill({ at: 1_000, why: 'retention' }),
    );
    expect(archive.pages).toBe(3);
    expect(told.at(-1)).toEqual({ kind: 'retention.done', deleted: 5, stuck: 0 });
  });

  it('leaves what is held, also when the hold comes between the look and the removal', async () => {
    const [held, late] = [recording('a'), recording('b')];
    const hold = { at: 1, by: 'sue', reason: 'Case 7' };
    archive.change('a', { hold });
    archive.beforeClaim = (id) => archive.change(id, { hold });
    await look();
    expect([existsSync(held), existsSync(late)]).toEqual([true, true]);
    expect(archive.kept.get('b')?.deleted).toBeNull();
  });

  it.each(['claim', 'deleted'] as const)(
    'killed in %s, it ends what it began at its next start',
    async (where) => {
      const file = recording('a');
      archive.diesIn = where;
      await look();
      expect(kinds()).toEqual(['retention.failed']);
      expect([existsSync(file), archive.kept.get('a')?.deleted]).toEqual([where === 'claim', null]);
      archive.diesIn = undefined;
      await look();
      expect([existsSync(file), archive.kept.get('a')?.deleted?.why]).toEqual([false, 'retention']);
    },
  );

  it('says of a file that was not there that it was not there', async () => {
    recording('a', { there: false });
    await look();
    expect(archive.kept.get('a')?.deleted?.why).toBe('missing');
  });

  it('takes nothing for gone while the folder itself is not there', async () => {
    recording('a');
    rmSync(folder, { recursive: true });
    await look();
    expect(kinds()).toEqual(['retention.failed']);
    expect(archive.kept.get('a')).toMatchObject({ claimedAt: null, deleted: null });
  });

  it('goes on past a file it cannot remove, warns of it once, and tries again', async () => {
    const stubborn = recording('a');
    rmSync(stubborn);
    mkdirSync(stubborn); // unlink refuses a folder, also to root
    const others = ['b', 'c', 'd'].map((id) => recording(id));
    let looks = 0;
    let ended = (): void => undefined;
    const thrice = new Promise<void>((resolve) => (ended = resolve));
    const retention = new Retention({
      archive: archive as unknown as RecordingArchive,
      folder,
      now: () => 1_000,
      atOnce: 2,
      everyMs: 1,
      tell: (event) => {
        told.push(event);
        if (event.kind !== 'retention.done') return;
        looks += 1;
        if (looks === 2) rmSync(stubborn, { recursive: true });
        if (looks === 3) ended();
      },
    });
    await thrice;
    await retention.stop();
    expect(others.filter((file) => existsSync(file))).toEqual([]);
    expect(told.filter(({ kind }) => kind === 'recording.stuck')).toMatchObject([{ recordingId: 'a' }]);
    expect(told.filter(({ kind }) => kind === 'retention.done')).toMatchObject([
      { deleted: 3, stuck: 1 },
      { deleted: 0, stuck: 1 },
      { deleted: 1, stuck: 0 },
    ]);
  });

  it('removes nothing outside of its folder, whatever a record says', async () => {
    const precious = join(home, 'precious.wav');
    writeFileSync(precious, 'sound');
    recording('a', { file: '../precious.wav', there: false });
    recording('b', { file: precious, there: false });
    recording('c', { file: 'link.wav', there: false });
    symlinkSync(precious, join(folder, 'link.wav'));
    await look();
    expect(existsSync(precious)).toBe(true);
    expect(existsSync(join(folder, 'link.wav'))).toBe(false);
    expect(kinds().filter((kind) => kind === 'recording.stuck')).toHaveLength(2);
  });

  it('stops between two files when it is told to', async () => {
    const files = ['a', 'b', 'c'].map((id) => recording(id));
    let stopped: Promise<void> = Promise.resolve();
    const retention = new Retention({
      archive: archive as unknown as RecordingArchive,
      folder,
      now: () => 1_000,
      tell: (event) => {
        if (event.kind === 'recording.deleted') stopped = retention.stop();
      },
    });
    while (existsSync(files[0] ?? '')) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await stopped;
    await retention.stop();
    expect(files.filter((file) => existsSync(file))).toHaveLength(2);
  });
});
