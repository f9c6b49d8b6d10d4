// Every line the adapter may send, built here and nowhere else, so that what reaches the switch can be read (and tested)
// on one page. Each function throws MediaError `refused` rather than send a value it does not trust.

import type { HangUpCause, LegLabels, MonitorMode } from '../../app/domain/floor/effects.ts';
import { MediaError } from '../../app/ports/media.ts';
import { killCauses } from './causes.ts';
import type { Notice } from './events.ts';
import { quoted, safeDigits, safeLabel, safePath, safeUuid } from './safe-text.ts';

export const answer = (leg: string): string => `uuid_answer ${safeUuid(leg)}`;
/** 180 to an inbound caller; parked unanswered she has had only 100. */
export const ring = (leg: string): string => `uuid_ring_ready ${safeUuid(leg)}`;
export const kill = (leg: string, cause: HangUpCause): string =>
  `uuid_kill ${safeUuid(leg)} ${killCauses[cause]}`;

/** Endless, and ended by uuid_break, unlike the application endless_playback. */
export const playMusic = (leg: string): string => `uuid_broadcast ${safeUuid(leg)} local_stream://moh aleg`;
/** The tone of a far phone that rings, as ITU-T E.180 describes it: 1 s on, 4 s off. */
export const playRingback = (leg: string): string =>
  `uuid_broadcast ${safeUuid(leg)} tone_stream://%(1000,4000,425);loops=-1 aleg`;
/** Keeps RTP flowing to a parked leg, and its recording in step with the clock. */
export const playSilence = (leg: string): string =>
  `uuid_broadcast ${safeUuid(leg)} silence_stream://-1 aleg`;
export const stopPlaying = (leg: string): string => `uuid_break ${safeUuid(leg)} all`;

export const bridge = (a: string, b: string): string => `uuid_bridge ${safeUuid(a)} ${safeUuid(b)}`;
/** Per leg, before the bridge: without it the survivor of a bridge is hung up. */
export const keepAfterBridge = (leg: string): string => `uuid_setvar ${safeUuid(leg)} park_after_bridge true`;
/** The only unbridge that keeps both legs: uuid_park hangs up the partner. */
export const parkBoth = (leg: string): string => `uuid_transfer ${safeUuid(leg)} -both park: inline`;
/** For a leg that is in no bridge: a former partner named by a left-over variable would be taken along by -both. */
export const park = (leg: string): string => `uuid_transfer ${safeUuid(leg)} park: inline`;

/** One second of 1004 Hz, the trade's test tone (ITU-T O.6), then whatever comes from the leg goes back to it. Commas belong to the tone. */
export const echo = (leg: string): string =>
  `uuid_transfer ${safeUuid(leg)} m:^:answer:^playback:tone_stream://%(1000,0,1004)^echo: inline`;

/** Sound before it is lost at many phones, which only then open their ears. */
const leadIn = 'playback:silence_stream://300';
/** Two notes up: it is done. */
const granted = 'tone_stream://%(120,40,660);%(200,0,880)';
/** Two low ones, of the same height: it is not. */
const denied = 'tone_stream://%(250,120,330);%(250,0,330)';
const denialCauses: Readonly<Record<Exclude<Notice, 'done'>, string>> = {
  declined: 'CALL_REJECTED',
  busy: 'USER_BUSY',
  unavailable: 'SUBSCRIBER_ABSENT',
  unknown: 'UNALLOCATED_NUMBER',
};
export const notice = (leg: string, what: Notice): string => {
  const plan =
    what === 'done'
      ? `answer:^${leadIn}^playback:${granted}^hangup:NORMAL_CLEARING`
      : `pre_answer:^${leadIn}^playback:${denied}^hangup:${denialCauses[what]}`;
  return `uuid_transfer ${safeUuid(leg)} m:^:${plan} inline`;
};

// Whatever ends these by itself leaves the leg parked, not hung up: an inline dialplan that has run out ends its channel.
const conference = (room: string): string => `conference:${safeUuid(room)}@cordboard,park:`;
export const confer = (leg: string, room: string): string =>
  `uuid_transfer ${safeUuid(leg)} ${conference(room)} inline`;
/** Both legs of a bridge. */
export const conferBoth = (leg: string, room: string): string =>
  `uuid_transfer ${safeUuid(leg)} -both ${conference(room)} inline`;
export const listen = (leg: string, on: string): string =>
  `uuid_transfer ${safeUuid(leg)} eavesdrop:${safeUuid(on)},park: inline`;

/** Read when the listening begins, and not afterwards; the keys of her own phone are to mean nothing. */
export function prepareListening(leg: string, mode: MonitorMode): string {
  const variables = [
    'eavesdrop_enable_dtmf=false',
    // Named after the wrong leg: `bleg` lets the one that is listened to hear, `aleg` its partner.
    `eavesdrop_whisper_bleg=${mode !== 'listen'}`,
    `eavesdrop_whisper_aleg=${mode === 'barge'}`,
  ];
  return `uuid_setvar_multi ${safeUuid(leg)} ${variables.join(';')}`;
}
/** Headers of an event that is queued to the listening session: the digits its keypad would have sent. */
export const listenInMode = (leg: string, mode: MonitorMode): Readonly<Record<string, string>> => ({
  'unique-id': safeUuid(leg),
  'eavesdrop-command': { listen: '0', whisper: '2', barge: '3' }[mode],
});

/** `read` is what comes from the phone. The level at the end is no option. The variable is for whoever takes over. */
export const mute = (leg: string): string => `uuid_audio ${safeUuid(leg)} start read mute 1`;
export const unmute = (leg: string): string => `uuid_audio ${safeUuid(leg)} stop`;
export const noteMuted = (leg: string, muted: boolean): string =>
  `uuid_setvar ${safeUuid(leg)} cordboard_muted ${muted}`;

export const sendDigits = (leg: string, digits: string): string =>
  `uuid_send_dtmf ${safeUuid(leg)} ${safeDigits(digits)}`;

/** Over what the leg hears (`mux`), or in its place, in both directions (`w`); `l` again and again. */
export const layOver = (leg: string, sound: string, how: { mix: boolean; endless: boolean }): string =>
  `uuid_displace ${safeUuid(leg)} start ${quoted(sound)} 0 ${how.mix ? 'mux' : 'w'}${how.endless ? 'l' : ''}`;
export const liftOff = (leg: string, sound: string): string =>
  `uuid_displace ${safeUuid(leg)} stop ${quoted(sound)}`;
/** XML: the recordings, listeners and sounds that hang on a leg. */
export const attached = (leg: string): string => `uuid_buglist ${safeUuid(leg)}`;

/** The file is noted for whoever takes over. */
export const recordInStereo = (leg: string, file: string): string =>
  `uuid_setvar_multi ${safeUuid(leg)} RECORD_STEREO=true;cordboard_recording=${safePath(file)}`;
export const startRecording = (leg: string, file: string): string =>
  `uuid_record ${safeUuid(leg)} start ${quoted(safePath(file))}`;
export const stopRecording = (leg: string, file: string): string =>
  `uuid_record ${safeUuid(leg)} stop ${quoted(safePath(file))}`;

/** From here to `unmaskRecording` the file holds silence, and what was said is nowhere. */
export const maskRecording = (leg: string, file: string): string =>
  `uuid_record ${safeUuid(leg)} mask ${quoted(safePath(file))}`;
export const unmaskRecording = (leg: string, file: string): string =>
  `uuid_record ${safeUuid(leg)} unmask ${quoted(safePath(file))}`;

/** NOTIFY `Event: talk` to a ringing phone. */
export const talk = (leg: string): string => `uuid_phone_event ${safeUuid(leg)} talk`;

/** Writes on the channel whose leg it is, for a control plane that comes later. @throws MediaError `refused` for an id that is none */
export function label(leg: string, labels: LegLabels): string {
  const variables = [
    `cordboard_role=${labels.role}`,
    `cordboard_session=${safeLabel(labels.sessionId)}`,
    ...(labels.agentId === undefined ? [] : [`cordboard_agent=${safeLabel(labels.agentId)}`]),
    ...(labels.offerId === undefined ? [] : [`cordboard_offer=${safeLabel(labels.offerId)}`]),
    ...(labels.supervisorId === undefined ? [] : [`cordboard_supervisor=${safeLabel(labels.supervisorId)}`]),
    ...(labels.standing === true ? ['cordboard_standing=true'] : []),
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
