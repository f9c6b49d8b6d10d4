// api commands about what is played, recorded, muted and dialled on a channel.

import { breakApplications, whenFree } from '../channel/applications.ts';
import type { Channel } from '../channel/channel.ts';
import { startDisplacing, stopDisplacing } from '../channel/displace.ts';
import { parseDigits, receiveDtmf } from '../channel/dtmf.ts';
import type { Exchange } from '../channel/exchange.ts';
import { isRunnable } from '../channel/plan.ts';
import { maskRecording, startRecording, stopRecording } from '../channel/recording.ts';
import { runOnTop } from '../channel/run-plan.ts';
import { clearAudio, setAudio } from '../channel/volume.ts';
import { splitArguments } from '../channel/words.ts';
import {
  NO_SESSION,
  NO_SUCH_CHANNEL,
  OK,
  OK_SUCCESS,
  onChannel,
  words,
  type ApiCommands,
} from './arguments.ts';

const RECORD_USAGE = '-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n';
const AUDIO_USAGE = '-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n';
const DISPLACE_USAGE = '-USAGE: <uuid> [start|stop] <path> [<limit>] [mux]\n';
const BROADCAST_USAGE = '-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n';
const NO_RECORDING = '-ERR Cannot stop record session!\n';

async function record(exchange: Exchange, channel: Channel, rest: string): Promise<string> {
  const [verb = '', path, limit] = splitArguments(rest);
  if (!path) return RECORD_USAGE;
  switch (verb) {
    case 'start':
      return startRecording(exchange, channel, path, Math.max(0, Number.parseInt(limit ?? '0', 10) || 0));
    case 'stop':
      return stopRecordings(exchange, channel, path);
    case 'mask':
    case 'unmask':
      return maskRecording(exchange, channel, path, verb === 'mask');
    default:
      return RECORD_USAGE;
  }
}

async function stopRecordings(exchange: Exchange, channel: Channel, path: string): Promise<string> {
  const paths = path === 'all' ? [...channel.recordings.keys()] : [path];
  let stopped = false;
  for (const each of paths) stopped = (await stopRecording(exchange, channel, each)) || stopped;
  return stopped ? '+OK Success\n' : NO_RECORDING;
}

function audio(exchange: Exchange, channel: Channel, rest: string): string {
  const [verb, side, kind, level] = words(rest);
  if (verb === 'stop') {
    clearAudio(exchange, channel);
    return OK;
  }
  if (verb !== 'start' || (side !== 'read' && side !== 'write') || level === undefined) return AUDIO_USAGE;
  if (kind !== 'mute' && kind !== 'level') return AUDIO_USAGE;
  setAudio(exchange, channel, { side, kind, value: Number.parseInt(level, 10) || 0 });
  return OK;
}

const xmlText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What hangs on a channel's sound, in the order attached. */
function bugList(channel: Channel): string {
  const bugs = [...channel.bugs.values()].map(
    (bug) =>
      ` <media-bug>\n  <function>${bug.function}</function>\n  <target>${xmlText(bug.target)}</target>\n` +
      '  <thread-locked>0</thread-locked>\n </media-bug>\n',
  );
  return `<media-bugs>\n${bugs.join('')}</media-bugs>\n`;
}

async function displace(exchange: Exchange, channel: Channel, rest: string): Promise<string> {
  const [verb, path, limit, flags = ''] = splitArguments(rest);
  if (!path) return DISPLACE_USAGE;
  if (verb === 'stop')
    return stopDisplacing(exchange, channel, path) ? OK_SUCCESS : '-ERR Cannot stop displace session!\n';
  if (verb !== 'start') return DISPLACE_USAGE;
  const limitSeconds = Math.max(0, Number.parseInt(limit ?? '0', 10) || 0);
  const started = await startDisplacing(exchange, channel, { path, limitSeconds, flags });
  return started ? OK_SUCCESS : '-ERR Cannot displace session!\n';
}

function broadcast(exchange: Exchange, channel: Channel, rest: string): string {
  const [what = '', legs = 'aleg'] = splitArguments(rest);
  const scope = legs.toLowerCase();
  if (what === '' || !['aleg', 'bleg', 'both'].includes(scope)) return BROADCAST_USAGE;
  const [, name = 'playback', argument = ''] = /^(?:(\w+)::)?(.+)$/s.exec(what) ?? [];
  if (!isRunnable({ name, argument })) return `-ERR ${name} is not an application to broadcast\n`;
  const { partner } = channel;
  const run = (leg: Channel): void => whenFree(leg, () => runOnTop(exchange, leg, { name, argument }));
  exchange.clock.soon(() => {
    if (scope !== 'aleg' && partner?.alive) run(partner);
    if (scope !== 'bleg' && channel.alive) run(channel);
  });
  return '+OK Message sent\n';
}

function sendDtmf(exchange: Exchange, channel: Channel, rest: string): string {
  const text = rest.trim();
  const parsed = parseDigits(text);
  if (!parsed) return '-USAGE: <uuid> <dtmf_data>\n';
  exchange.media.order({ order: 'dtmf', leg: channel.uuid, ...parsed });
  return `+OK ${channel.uuid} sent DTMF ${text}.\n`;
}

function recvDtmf(exchange: Exchange, channel: Channel, rest: string): string {
  const text = rest.trim();
  const parsed = parseDigits(text);
  if (!parsed) return '-USAGE: <uuid> <dtmf_data>\n';
  exchange.clock.soon(() => {
    for (const digit of parsed.digits.toUpperCase())
      if (digit !== 'W') receiveDtmf(exchange, channel, digit, parsed.durationMs * 8, 'APP');
  });
  return `+OK ${channel.uuid} received DTMF ${text}.\n`;
}

/** The commands of this file. */
export function soundCommands(exchange: Exchange): ApiCommands {
  const dtmf = { usage: '-USAGE: <uuid> <dtmf_data>\n', unknown: NO_SESSION, needs: 2 };
  return {
    uuid_broadcast: onChannel(
      exchange,
      { usage: BROADCAST_USAGE, unknown: '-ERR invalid uuid\n', needs: 2 },
      (channel, rest) => broadcast(exchange, channel, rest),
    ),
    uuid_break: onChannel(
      exchange,
      { usage: '-USAGE: <uuid> [all]\n', unknown: NO_SUCH_CHANNEL },
      (channel, rest) => {
        breakApplications(channel, rest.trim() === 'all');
        return OK;
      },
    ),
    uuid_record: onChannel(
      exchange,
      { usage: RECORD_USAGE, unknown: NO_SESSION, needs: 3 },
      (channel, rest) => record(exchange, channel, rest),
    ),
    uuid_buglist: onChannel(exchange, { usage: '-USAGE: <uuid>\n', unknown: '-ERR no reply\n' }, bugList),
    uuid_displace: onChannel(
      exchange,
      { usage: DISPLACE_USAGE, unknown: NO_SESSION, needs: 3 },
      (channel, rest) => displace(exchange, channel, rest),
    ),
    uuid_audio: onChannel(
      exchange,
      { usage: AUDIO_USAGE, unknown: NO_SUCH_CHANNEL, needs: 2 },
      (channel, rest) => audio(exchange, channel, rest),
    ),
    uuid_send_dtmf: onChannel(exchange, dtmf, (channel, rest) => sendDtmf(exchange, channel, rest)),
    uuid_recv_dtmf: onChannel(exchange, dtmf, (channel, rest) => recvDtmf(exchange, channel, rest)),
  };
}
