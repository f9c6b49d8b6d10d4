// The door to recordings. A link is made for a person who may hear one, and whoever brings it within five minutes hears it in
// that person's name; nobody hears anything that is not in the log first. A recording that may not be heard, is no more or never
// was looks the same from outside.

import { stat } from 'node:fs/promises';
import type { Auth, StaffPrincipal } from '../auth/auth.ts';
import { apiPrefix } from '../contract/operations.ts';
import type { RecordingLog } from '../contract/recordings.ts';
import { agentId } from '../domain/ids.ts';
import type { Core } from '../engine/core.ts';
import type { Account, Accounts } from '../ports/accounts.ts';
import type { KeptRecording, RecordingArchive } from '../ports/recordings.ts';
import { Refused } from '../realtime/commands.ts';
import type { FetchRefusal, RecordingListener } from '../recordings/events.ts';
import { inside } from '../recordings/files.ts';
import type { Asked, Implementation } from './routes.ts';
import { sendSound, type SoundFile } from './sound-file.ts';

export interface RecordingDoor {
  readonly archive: RecordingArchive;
  /** Asked again at each use of a link: who may no longer sign in hears nothing more. */
  readonly accounts: Accounts;
  /** Where recordings are; nothing outside it is ever sent. */
  readonly folder: string;
  readonly tell: RecordingListener;
}

interface Options {
  readonly core: Core;
  readonly auth: Auth;
  readonly recordings: RecordingDoor;
  /** A random uuid v4. */
  readonly newId: () => string;
  readonly now: () => number;
  /** Without a slash at its end. */
  readonly publicUrl: () => string;
}

type Recordings =
  | 'linkRecording'
  | 'hearRecording'
  | 'holdRecording'
  | 'releaseRecording'
  | 'readRecordingLog'
  | 'readRetention'
  | 'setRetention';

type Lead = { readonly principal: StaffPrincipal; readonly param: (name: string) => string };

const done = { ok: true } as const;

export function recordings(options: Options): Pick<Implementation, Recordings> {
  const { auth, now, publicUrl, newId } = options;
  const { archive, accounts, tell } = options.recordings;

  /** @throws Refused not_found: no such recording, or one of a queue she does not look after */
  const own = async ({ principal, param }: Lead): Promise<KeptRecording> => {
    const found = await archive.find(param('recordingId'));
    const account = await accounts.account(principal.username);
    if (!found || !mayHear(options, account, found)) throw new Refused('not_found');
    return found;
  };

  const act = async (asked: Lead & { readonly context: { readonly ip: string } }) => ({
    recordingId: (await own(asked)).recordingId,
    by: asked.principal.username,
    address: asked.context.ip,
    at: now(),
  });

  return {
    async linkRecording(asked) {
      const recording = await own(asked);
      if (isGone(recording)) throw new Refused('not_found');
      const linkId = newId();
      const { recordingId } = recording;
      const by = asked.principal.username;
      await archive.linked({ recordingId, linkId, by, address: asked.context.ip, at: now() });
      tell({ kind: 'recording.linked', recordingId, by });
      const { token, expiresAt } = auth.recordingLink({ recordingId, username: by, linkId });
      const path = `${apiPrefix}/recordings/${recordingId}/sound?link=${token}`;
      return { path, url: publicUrl() + path, expiresAt };
    },

    hearRecording: (asked) => hear(options, asked),

    async holdRecording(asked) {
      const { reason } = asked.body;
      const about = await act(asked);
      const outcome = await archive.hold({ ...about, reason });
      if (outcome === 'held') throw new Refused('recording_held', 'It is held already');
      if (outcome !== 'done')
        throw new Refused('recording_deleted', 'It is too late: the file goes or has gone');
      tell({ kind: 'recording.held', recordingId: about.recordingId, by: about.by, reason });
      return done;
    },

    async releaseRecording(asked) {
      const { reason } = asked.body;
      const about = await act(asked);
      const outcome = await archive.release({ ...about, reason });
      if (outcome !== 'done') throw new Refused('recording_not_held', 'Nothing holds it');
      tell({ kind: 'recording.released', recordingId: about.recordingId, by: about.by, reason });
      return done;
    },

    async readRecordingLog(asked): Promise<RecordingLog> {
      const { recordingId } = await own(asked);
      return { lines: (await archive.log(recordingId)).map((line) => ({ ...line })) };
    },

    async readRetention() {
      const { defaultDays, queues } = await archive.retention();
      return { defaultDays, queues: queues.map((queue) => ({ ...queue })) };
    },

    async setRetention({ principal, param, body: { days } }) {
      const queueId = param('queueId');
      if (!(await archive.setRetention(queueId, days))) throw new Refused('unknown_queue');
      tell({ kind: 'retention.set', queueId, days, by: principal.username });
      return done;
    },
  };
}

/** The log comes before the sound: what cannot be written down is not heard. @throws Refused, StorageUnavailable */
async function hear(options: Options, { param, query, context }: Asked<'hearRecording'>): Promise<void> {
  const { auth, recordings: door, now } = options;
  const { archive, accounts, tell } = door;
  const refuse = (why: FetchRefusal): Refused => {
    tell({ kind: 'recording.refused', why });
    return new Refused('not_found');
  };
  const terms = auth.openRecordingLink(query.link, param('recordingId'));
  if (!terms) throw refuse('bad_link');
  const { recordingId, username: by, linkId } = terms;
  const recording = await archive.find(recordingId);
  if (!recording || isGone(recording)) throw refuse('no_recording');
  if (!mayHear(options, await accounts.account(by), recording)) throw refuse('not_allowed');
  const file = await soundOf(door.folder, recording);
  if (!file) throw refuse('no_file');
  await archive.fetched({ recordingId, linkId, by, address: context.ip, at: now() });
  tell({ kind: 'recording.fetched', recordingId, by, range: context.get('Range') || undefined });
  sendSound(context, file);
}

async function soundOf(folder: string, { file, recordingId }: KeptRecording): Promise<SoundFile | undefined> {
  const path = await inside(folder, file);
  const stats = path === undefined ? undefined : await stat(path);
  if (path === undefined || !stats?.isFile()) return undefined;
  return { path, stats, name: `${recordingId}.wav` };
}

const isGone = ({ claimedAt, deleted }: KeptRecording): boolean => claimedAt !== null || deleted !== null;

/** Supervisors hear what was said in the queues they look after, agents the messages of theirs, administrators everything. */
function mayHear({ core }: Options, account: Account | undefined, { queueId, kind }: KeptRecording): boolean {
  if (account?.agentId !== undefined)
    return kind === 'message' && Boolean(core.view.agent(agentId(account.agentId))?.queues.includes(queueId));
  if (account?.role === 'admin') return true;
  return account?.role === 'supervisor' && (account.queues?.includes(queueId) ?? true);
}
