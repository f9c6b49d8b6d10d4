// The header sets of channel events, names and order as FreeSWITCH sends them.

import type { EventFields } from '../esl/event.ts';
import type { MediaSession } from '../sdp/negotiation.ts';
import { STATE_NUMBERS } from './states.ts';
import type { AnswerState, CallerProfile, CallState, ChannelState, ChannelTimes } from './states.ts';

/** What an event says about a channel. */
export interface ChannelFacts {
  readonly uuid: string;
  readonly name: string;
  readonly direction: 'inbound' | 'outbound';
  readonly state: ChannelState;
  readonly callState: CallState;
  readonly answerState: AnswerState;
  readonly caller: CallerProfile;
  readonly times: ChannelTimes;
  readonly variables: ReadonlyMap<string, string>;
  readonly session: MediaSession | undefined;
  readonly otherLeg: ChannelFacts | undefined;
  readonly otherType: 'originator' | 'originatee';
}

const timeFields = (prefix: string, times: ChannelTimes): EventFields => [
  [`${prefix}-Profile-Created-Time`, String(times.profileCreated)],
  [`${prefix}-Channel-Created-Time`, String(times.created)],
  [`${prefix}-Channel-Answered-Time`, String(times.answered)],
  [`${prefix}-Channel-Progress-Time`, String(times.progress)],
  [`${prefix}-Channel-Progress-Media-Time`, String(times.progressMedia)],
  [`${prefix}-Channel-Hangup-Time`, String(times.hungUp)],
  [`${prefix}-Channel-Transfer-Time`, String(times.transferred)],
  [`${prefix}-Channel-Resurrect-Time`, '0'],
  [`${prefix}-Channel-Bridged-Time`, String(times.bridged)],
  [`${prefix}-Channel-Last-Hold`, String(times.lastHold)],
  [`${prefix}-Channel-Hold-Accum`, String(times.holdAccum)],
];

const codecFields = (channel: ChannelFacts): EventFields => {
  const codec = channel.session?.negotiated?.parameters.codec;
  if (!codec) return [];
  return ['Read', 'Write'].flatMap((side) => [
    [`Channel-${side}-Codec-Name`, codec] as const,
    [`Channel-${side}-Codec-Rate`, codec === 'G722' ? '16000' : '8000'] as const,
    [`Channel-${side}-Codec-Bit-Rate`, '64000'] as const,
  ]);
};

const optional = (name: string, value: string): EventFields => (value === '' ? [] : [[name, value]]);

/** The channel set: states, caller profile, times. */
export function channelFields(channel: ChannelFacts): EventFields {
  const { caller } = channel;
  return [
    ['Channel-State', channel.state],
    ['Channel-Call-State', channel.callState],
    ['Channel-State-Number', String(STATE_NUMBERS[channel.state])],
    ['Channel-Name', channel.name],
    ['Unique-ID', channel.uuid],
    ['Call-Direction', channel.direction],
    ['Presence-Call-Direction', channel.direction],
    ['Channel-HIT-Dialplan', String(channel.direction === 'inbound')],
    ['Channel-Call-UUID', channel.variables.get('call_uuid') ?? channel.uuid],
    ['Answer-State', channel.answerState],
    ...codecFields(channel),
    ['Caller-Direction', channel.direction],
    ['Caller-Logical-Direction', channel.direction],
    ...optional('Caller-Username', caller.username),
    ['Caller-Dialplan', 'XML'],
    ...optional('Caller-Caller-ID-Name', caller.idName),
    ['Caller-Caller-ID-Number', caller.idNumber],
    ...optional('Caller-Orig-Caller-ID-Name', caller.origIdName),
    ['Caller-Orig-Caller-ID-Number', caller.origIdNumber],
    ...optional('Caller-Callee-ID-Name', caller.calleeName),
    ...optional('Caller-Callee-ID-Number', caller.calleeNumber),
    ...optional('Caller-Network-Addr', caller.networkAddress),
    ['Caller-ANI', caller.ani],
    ['Caller-Destination-Number', caller.destination],
    ['Caller-Unique-ID', channel.uuid],
    ['Caller-Source', 'mod_sofia'],
    ['Caller-Context', 'default'],
    ['Caller-Channel-Name', channel.name],
    ['Caller-Profile-Index', '1'],
    ...timeFields('Caller', channel.times),
    ['Caller-Screen-Bit', 'true'],
    ['Caller-Privacy-Hide-Name', 'false'],
    ['Caller-Privacy-Hide-Number', 'false'],
  ];
}

/** The other-leg set, from the first bridge on. */
export function otherLegFields(channel: ChannelFacts): EventFields {
  const other = channel.otherLeg;
  if (!other) return [];
  const { caller } = other;
  return [
    ['Other-Type', channel.otherType],
    ['Other-Leg-Direction', other.direction],
    ['Other-Leg-Logical-Direction', other.direction],
    ...optional('Other-Leg-Username', caller.username),
    ['Other-Leg-Dialplan', 'XML'],
    ...optional('Other-Leg-Caller-ID-Name', caller.idName),
    ['Other-Leg-Caller-ID-Number', caller.idNumber],
    ...optional('Other-Leg-Orig-Caller-ID-Name', caller.origIdName),
    ['Other-Leg-Orig-Caller-ID-Number', caller.origIdNumber],
    ...optional('Other-Leg-Callee-ID-Name', caller.calleeName),
    ...optional('Other-Leg-Callee-ID-Number', caller.calleeNumber),
    ...optional('Other-Leg-Network-Addr', caller.networkAddress),
    ['Other-Leg-ANI', caller.ani],
    ['Other-Leg-Destination-Number', caller.destination],
    ['Other-Leg-Unique-ID', other.uuid],
    ['Other-Leg-Source', 'mod_sofia'],
    ['Other-Leg-Context', 'default'],
    ['Other-Leg-Channel-Name', other.name],
    ...timeFields('Other-Leg', other.times),
    ['Other-Leg-Screen-Bit', 'true'],
    ['Other-Leg-Privacy-Hide-Name', 'false'],
    ['Other-Leg-Privacy-Hide-Number', 'false'],
  ];
}

/** `variable_…`, one per channel variable. */
export const variableFields = (channel: ChannelFacts): EventFields =>
  [...channel.variables].map(([name, value]) => [`variable_${name}`, value] as const);
