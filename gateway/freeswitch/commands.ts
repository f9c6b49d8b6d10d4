// Every line the adapter may send, built here and nowhere else, so that what reaches the switch can be read (and tested)
// on one page. Each function throws MediaError `refused` rather than send a value it does not trust.

import type { HangUpCause, LegLabels } from '../../app/domain/floor/effects.ts';
import { MediaError } from '../../app/ports/media.ts';
import { killCauses } from './causes.ts';
import { quoted, safeLabel, safePath, safeUuid } from './safe-text.ts';

export const answer = (leg: string): string => `uuid_answer ${safeUuid(leg)}`;
/** 180 to an inbound caller; parked unanswered she has had only 100. */
export const ring = (leg: string): string => `uuid_ring_ready ${safeUuid(leg)}`;
export const kill = (leg: string, cause: HangUpCause): string =>
  `uuid_kill ${safeUuid(leg)} ${killCauses[cause]}`;

/** Endless, and ended by uuid_break, unlike the application endless_playback. */
export const playMusic = (leg: string): string => `uuid_broadcast ${safeUuid(leg)} local_stream://moh aleg`;
/** Keeps RTP flowing to a parked leg, and its recording in step with the clock. */
export const playSilence = (leg: string): string =>
  `uuid_broadcast ${safeUuid(leg)} silence_stream://-1 aleg`;
export const stopPlaying = (leg: string): string => `uuid_break ${safeUuid(leg)} all`;

export const bridge = (a: string, b: string): string => `uuid_bridge ${safeUuid(a)} ${safeUuid(b)}`;
/** Per leg, before the bridge: without it the survivor of a bridge is hung up. */
export const keepAfterBridge = (leg: string): string => `uuid_setvar ${safeUuid(leg)} park_after_bridge true`;
/** The only unbridge that keeps both legs: uuid_park hangs up the partner. */
export const parkBoth = (leg: string): string => `uuid_transfer ${safeUuid(leg)} -both park: inline`;

export const recordInStereo = (leg: string): string => `uuid_setvar ${safeUuid(leg)} RECORD_STEREO true`;
export const startRecording = (leg: string, file: string): string =>
  `uuid_record ${safeUuid(leg)} start ${quoted(safePath(file))}`;
export const stopRecording = (leg: string, file: string): string =>
  `uuid_record ${safeUuid(leg)} stop ${quoted(safePath(file))}`;

/** NOTIFY `Event: talk` to a ringing phone. */
export const talk = (leg: string): string => `uuid_phone_event ${safeUuid(leg)} talk`;

export function label(leg: string, labels: LegLabels): string {
  const variables = [
    `cordboard_role=${labels.role}`,
    `cordboard_session=${safeLabel(labels.sessionId)}`,
    ...(labels.agentId === undefined ? [] : [`cordboard_agent=${safeLabel(labels.agentId)}`]),
    ...(labels.offerId === undefined ? [] : [`cordboard_offer=${safeLabel(labels.offerId)}`]),
  ];
  return `uuid_setvar_multi ${safeUuid(leg)} ${variables.join(';')}`;
}

export const exists = (leg: string): string => `uuid_exists ${safeUuid(leg)}`;
export const dump = (leg: string): string => `uuid_dump ${safeUuid(leg)} json`;
export const showChannels = 'show channels as json';
export const ping = 'uptime';

/** FreeSWITCH tells success from failure only in the text of an api response. */
export const isError = (reply: string): boolean => /^-(ERR|USAGE|ERROR)/.test(reply);

const unknownLeg = /no such channel|invalid uuid|cannot locate session|^-ERROR/i;

/** The reply as an error of the port. */
export function errorOf(command: string, reply: string): MediaError {
  const verb = command.split(' ', 1)[0] ?? command;
  const text = reply.trim().split('\n', 1)[0] ?? '';
  return new MediaError(unknownLeg.test(reply) ? 'no_such_leg' : 'refused', `${verb}: ${text}`);
}
