// uuid_record: a WAV file of one leg, its own voice left and what it hears right when RECORD_STEREO is set.

import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { attachBug, detachBug } from './media-bugs.ts';

/** A path that may be given to the file system. */
const isPath = (path: string): boolean => path !== '' && !path.includes('\0');

/**
 * Starts a recording.
 * @param limitSeconds ends it by itself, 0 for never
 * @returns FreeSWITCH's answer
 */
export async function startRecording(
  exchange: Exchange,
  channel: Channel,
  path: string,
  limitSeconds = 0,
): Promise<string> {
  if (channel.recordings.has(path)) return '+OK Success\n';
  const stereo = channel.isTrue('RECORD_STEREO');
  try {
    if (!isPath(path)) throw new Error('not a path');
    await exchange.media.call('startRecording', { leg: channel.uuid, path, stereo });
  } catch (error) {
    exchange.log(`${channel.uuid}: cannot record: ${error instanceof Error ? error.message : String(error)}`);
    channel.set('record_completion_cause', 'uri-failure');
    return '-ERR Cannot record session!\n';
  }
  const cancelLimit =
    limitSeconds > 0
      ? exchange.clock.after(limitSeconds * 1_000, () => void stopRecording(exchange, channel, path))
      : () => undefined;
  channel.recordings.set(path, cancelLimit);
  channel.raise('RECORD_START', { extra: [['Record-File-Path', path]] });
  attachBug(channel, `record ${path}`, { function: 'session_record', target: path });
  return '+OK Success\n';
}

/** Stops one recording. @returns false when there is none at that path */
export async function stopRecording(exchange: Exchange, channel: Channel, path: string): Promise<boolean> {
  channel.recordings.get(path)?.();
  if (!channel.recordings.delete(path)) return false;
  // FreeSWITCH's words for a recording somebody stopped, and for one that ended with its call.
  let cause = channel.alive ? 'success-maxtime' : 'success-silence';
  try {
    const { samples, bytes } = await exchange.media.call('stopRecording', { leg: channel.uuid, path });
    channel.set('record_samples', samples);
    channel.set('record_ms', Math.round(samples / 8));
    channel.set('record_seconds', Math.floor(samples / 8_000));
    channel.set('record_file_size', bytes);
  } catch (error) {
    exchange.log(
      `${channel.uuid}: recording ended badly: ${error instanceof Error ? error.message : String(error)}`,
    );
    cause = 'uri-failure';
  }
  raiseStop(channel, path, cause);
  return true;
}

function raiseStop(channel: Channel, path: string, cause: string): void {
  channel.set('record_completion_cause', cause);
  channel.raise('RECORD_STOP', {
    extra: [
      ['Record-File-Path', path],
      ['Record-Completion-Cause', cause],
    ],
  });
  detachBug(channel, `record ${path}`);
}

/** The disk failed in the middle. */
export function failRecording(channel: Channel, path: string): void {
  channel.recordings.get(path)?.();
  if (channel.recordings.delete(path)) raiseStop(channel, path, 'uri-failure');
}

/** Masks or unmasks a recording: silence of the same length. @returns FreeSWITCH's answer */
export function maskRecording(exchange: Exchange, channel: Channel, path: string, masked: boolean): string {
  if (!channel.recordings.has(path)) return '-ERR Cannot mask recording session!\n';
  exchange.media.order({ order: 'mask', leg: channel.uuid, path, masked });
  return '+OK Success\n';
}

/** Ends every recording of a channel that hangs up. */
export async function finishRecordings(exchange: Exchange, channel: Channel): Promise<void> {
  for (const path of [...channel.recordings.keys()]) await stopRecording(exchange, channel, path);
}
