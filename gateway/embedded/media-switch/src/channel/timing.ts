// The timing variables of CHANNEL_HANGUP_COMPLETE. Whole-second durations are differences of whole epoch seconds, as
// in FreeSWITCH; billmsec and billusec are the exact ones.

import { localStamp } from '../esl/event-bus.ts';
import type { Channel } from './channel.ts';

const seconds = (micros: number): number => Math.floor(micros / 1_000_000);

const moment = (channel: Channel, name: string, micros: number): void => {
  if (micros > 0) channel.set(`${name}_stamp`, localStamp(new Date(micros / 1_000)));
  channel.set(`${name}_epoch`, seconds(micros));
  channel.set(`${name}_uepoch`, micros);
};

const span = (channel: Channel, name: string, from: number, to: number): void => {
  const micros = from > 0 && to > 0 ? Math.max(0, to - from) : 0;
  const whole = from > 0 && to > 0 ? Math.max(0, seconds(to) - seconds(from)) : 0;
  channel.set(name === 'duration' ? name : `${name}sec`, whole);
  channel.set(name === 'duration' ? 'mduration' : `${name}msec`, Math.round(micros / 1_000));
  channel.set(name === 'duration' ? 'uduration' : `${name}usec`, micros);
};

/** Writes every `…_stamp`, `…_epoch`, `…_uepoch` and duration variable of an ended channel. */
export function setTimingVariables(channel: Channel): void {
  const { times } = channel;
  moment(channel, 'start', times.created);
  moment(channel, 'profile_start', times.profileCreated);
  moment(channel, 'answer', times.answered);
  moment(channel, 'bridge', times.bridged);
  moment(channel, 'last_hold', times.lastHold);
  moment(channel, 'resurrect', 0);
  moment(channel, 'progress', times.progress);
  moment(channel, 'progress_media', times.progressMedia);
  moment(channel, 'end', times.hungUp);
  channel.set('hold_accum_seconds', seconds(times.holdAccum));
  channel.set('hold_accum_usec', times.holdAccum);
  channel.set('hold_accum_ms', Math.round(times.holdAccum / 1_000));
  span(channel, 'duration', times.created, times.hungUp);
  span(channel, 'bill', times.answered, times.hungUp);
  span(channel, 'flow_bill', times.answered, times.hungUp);
  span(channel, 'answer', times.created, times.answered);
  span(channel, 'wait', times.created, times.bridged);
  span(channel, 'progress', times.created, times.progress);
  span(channel, 'progress_media', times.created, times.progressMedia);
}
