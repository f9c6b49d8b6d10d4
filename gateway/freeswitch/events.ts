// From the switch's events to a closed list of happenings. Each event is picked down to the headers that matter and
// validated; one that does not hold what its name promises becomes `malformed` and is counted, never guessed at.

import { z } from 'zod';
import type { EslEvent } from './connection.ts';

/**
 * What is subscribed to. An event with a leg's variables is 5 to 12 kB on FreeSWITCH, so only what becomes a signal, and of
 * two events that say the same the smaller one: CHANNEL_CALLSTATE (2 kB, no variables) instead of PROGRESS and ANSWER. That
 * a pair has parted is told by what comes next for each of the two: parked, in a conference, in another bridge, or ended.
 * Left out: CREATE, STATE, EXECUTE, DESTROY (say nothing these do not), RECORD_START (the reply proves it), PLAYBACK_* (music is
 * not a fact), HEARTBEAT (a ping asks in both directions). An ordinary answered, recorded and bridged call raises 11.
 */
export const subscription = [
  'CHANNEL_PARK',
  'CHANNEL_CALLSTATE',
  'CHANNEL_BRIDGE',
  'CHANNEL_HANGUP_COMPLETE',
  'DTMF',
  'RECORD_STOP',
  'BACKGROUND_JOB',
  // Last: every word after CUSTOM is a subclass.
  'CUSTOM',
  'conference::maintenance',
] as const;

/**
 * What is not wanted of these. With any filter FreeSWITCH sends only what a positive one lets through, hence the first.
 * A leg that hangs up says so three times more before CHANNEL_HANGUP_COMPLETE (call state, end of its recording).
 */
export const filters = [
  'Event-Name /./',
  'Channel-State -CS_HANGUP',
  'Original-Channel-Call-State -ACTIVE',
] as const;

export interface Parked {
  readonly kind: 'parked';
  readonly leg: string;
  readonly direction: 'inbound' | 'outbound';
  readonly answered: boolean;
  /** What the control plane left on it earlier; present means it is no new arrival. */
  readonly role: string | undefined;
  readonly callId: string | undefined;
  readonly arrival: Arrival;
  readonly sequence: number;
}

const notices = ['done', 'declined', 'busy', 'unavailable', 'unknown'] as const;
/** What became of what somebody dialled; all but the first are refusals. */
export type Notice = (typeof notices)[number];

/** Who calls, as the edge and the INVITE say. */
export interface Arrival {
  /** `echo`, `notice`: she wants to hear herself, or what became of her wish, and nobody else (aside.ts). */
  readonly source: 'web' | 'phone' | 'echo' | 'notice' | undefined;
  /** Of a notice: what is to be heard. */
  readonly notice: Notice | undefined;
  readonly session: string | undefined;
  readonly queue: string | undefined;
  /** Whose own number was dialled. */
  readonly agent: string | undefined;
  /** Which agent it is who calls, at her desk phone. */
  readonly colleague: string | undefined;
  readonly flow: string | undefined;
  readonly from: string | undefined;
  readonly fromName: string | undefined;
  readonly to: string | undefined;
}

export interface Ended {
  readonly kind: 'ended';
  readonly leg: string;
  readonly cause: string;
  readonly disposition: string | undefined;
  readonly status: number | undefined;
  readonly answered: boolean;
  /** Length of the recording that ended with it. */
  readonly recordedMs: number | undefined;
}

export type SwitchEvent =
  | Parked
  | {
      readonly kind: 'progress';
      readonly leg: string;
      readonly direction: 'inbound' | 'outbound';
      /** Sound comes with it (183). */
      readonly early: boolean;
    }
  | { readonly kind: 'answered'; readonly leg: string }
  | { readonly kind: 'bridged'; readonly a: string; readonly b: string; readonly sequence: number }
  | {
      readonly kind: 'entered' | 'left';
      readonly leg: string;
      readonly room: string;
      readonly sequence: number;
    }
  | { readonly kind: 'listenedTo'; readonly leg: string }
  | { readonly kind: 'lifted'; readonly leg: string; readonly what: string }
  | Ended
  | { readonly kind: 'digit'; readonly leg: string; readonly digit: string }
  | {
      readonly kind: 'recordStopped';
      readonly leg: string;
      readonly file: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'jobDone'; readonly job: string; readonly ok: boolean; readonly result: string }
  /** Nothing that concerns us, and known to be so. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'malformed'; readonly name: string; readonly why: string };

const uuid = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
const direction = z.enum(['inbound', 'outbound']);
/** An id the edge wrote; anything else in its place is treated as absent. */
const label = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,127}$/)
  .optional()
  .catch(undefined);
const shown = z
  .string()
  .max(256)
  .transform((text) => text.replace(/\p{Cc}/gu, '').trim() || undefined)
  .optional()
  .catch(undefined);
/** RFC 3261 section 25.1 allows more; what we could not put into a header of our own is treated as absent. */
const callId = z
  .string()
  .regex(/^[!-~]{1,255}$/)
  .optional()
  .catch(undefined);
/** Numbers arrive as text. */
const count = z.coerce.number().int().nonnegative();

/** Order in which things happened; what is told arrives in a slightly different one. */
const sequence = count.optional().catch(undefined);

const parked = z.object({
  'Unique-ID': uuid,
  'Call-Direction': direction,
  'Answer-State': z.string(),
  variable_cordboard_role: z.string().optional(),
  variable_sip_call_id: callId,
  'variable_sip_h_X-Cordboard-Source': z.enum(['web', 'phone', 'echo', 'notice']).optional().catch(undefined),
  'variable_sip_h_X-Cordboard-Notice': z.enum(notices).optional().catch(undefined),
  'variable_sip_h_X-Cordboard-Session': label,
  'variable_sip_h_X-Cordboard-Queue': label,
  'variable_sip_h_X-Cordboard-Agent': label,
  'variable_sip_h_X-Cordboard-Colleague': label,
  'variable_sip_h_X-Cordboard-Flow': label,
  'variable_sip_h_X-Cordboard-Caller': shown,
  'variable_sip_h_X-Cordboard-Dialled': shown,
  'Caller-Caller-ID-Number': shown,
  'Caller-Caller-ID-Name': shown,
  'Caller-Destination-Number': shown,
  'Event-Sequence': sequence,
});
const callState = z.object({
  'Unique-ID': uuid,
  'Call-Direction': direction,
  'Channel-Call-State': z.string(),
});
const pair = z.object({
  'Bridge-A-Unique-ID': uuid,
  'Bridge-B-Unique-ID': uuid,
  'Event-Sequence': sequence,
});
const conferenceAct = z.object({ Action: z.string() });
const member = z.object({ 'Unique-ID': uuid, 'Conference-Name': uuid, 'Event-Sequence': sequence });
const attachment = z.object({
  'Unique-ID': uuid,
  'Media-Bug-Function': z.string(),
  'Media-Bug-Target': z.string().optional(),
});
const ended = z.object({
  'Unique-ID': uuid,
  'Hangup-Cause': z.string().regex(/^[A-Z0-9_]{1,64}$/),
  variable_sip_hangup_disposition: z.string().optional(),
  variable_sip_term_status: count.optional().catch(undefined),
  /** Microseconds; 0 is never. */
  'Caller-Channel-Answered-Time': count.optional().catch(undefined),
  variable_record_ms: count.optional().catch(undefined),
});
const digit = z.object({ 'Unique-ID': uuid, 'DTMF-Digit': z.string().regex(/^[0-9*#A-D]$/) });
const recordStopped = z.object({
  'Unique-ID': uuid,
  'Record-File-Path': z.string().min(1),
  variable_record_ms: count.optional().catch(undefined),
});
const job = z.object({ 'Job-UUID': uuid });

/** Translates one event. Never throws. */
export function translate(event: EslEvent): SwitchEvent {
  switch (event.name) {
    case 'CHANNEL_PARK':
      return read(event, parked, toParked);
    case 'CHANNEL_CALLSTATE':
      return read(event, callState, toCallState);
    case 'CHANNEL_BRIDGE':
      return read(event, pair, (h) => ({
        kind: 'bridged',
        a: h['Bridge-A-Unique-ID'],
        b: h['Bridge-B-Unique-ID'],
        sequence: h['Event-Sequence'] ?? 0,
      }));
    case 'CUSTOM':
      return read(event, conferenceAct, ({ Action }) => toConferenceAct(event, Action));
    case 'MEDIA_BUG_START':
    case 'MEDIA_BUG_STOP':
      return read(event, attachment, (h) => toAttachment(event.name, h));
    case 'CHANNEL_HANGUP_COMPLETE':
      return read(event, ended, toEnded);
    case 'DTMF':
      return read(event, digit, (h) => ({ kind: 'digit', leg: h['Unique-ID'], digit: h['DTMF-Digit'] }));
    case 'RECORD_STOP':
      return read(event, recordStopped, (h) => ({
        kind: 'recordStopped',
        leg: h['Unique-ID'],
        file: h['Record-File-Path'],
        durationMs: h.variable_record_ms ?? 0,
      }));
    case 'BACKGROUND_JOB':
      return read(event, job, (h) => ({
        kind: 'jobDone',
        job: h['Job-UUID'],
        ok: event.body.startsWith('+OK'),
        result: event.body.trim(),
      }));
    default:
      return { kind: 'malformed', name: event.name, why: 'not subscribed to' };
  }
}

function toCallState(h: z.infer<typeof callState>): SwitchEvent {
  const { 'Unique-ID': leg, 'Call-Direction': direction, 'Channel-Call-State': state } = h;
  if (state === 'ACTIVE') return { kind: 'answered', leg };
  if (state !== 'RINGING' && state !== 'EARLY') return { kind: 'nothing' };
  return { kind: 'progress', leg, direction, early: state === 'EARLY' };
}

/** Rooms come and go without a word to the core: it knows who is in them. */
function toConferenceAct(event: EslEvent, action: string): SwitchEvent {
  const kind = ({ 'add-member': 'entered', 'del-member': 'left' } as const)[action];
  if (kind === undefined) return { kind: 'nothing' };
  return read(event, member, (h) => ({
    kind,
    leg: h['Unique-ID'],
    room: h['Conference-Name'],
    sequence: h['Event-Sequence'] ?? 0,
  }));
}

function toAttachment(name: string, h: z.infer<typeof attachment>): SwitchEvent {
  const { 'Unique-ID': leg, 'Media-Bug-Function': what, 'Media-Bug-Target': target = '' } = h;
  if (name === 'MEDIA_BUG_START' && what === 'eavesdrop') return { kind: 'listenedTo', leg };
  if (name === 'MEDIA_BUG_STOP' && what === 'displace') return { kind: 'lifted', leg, what: target };
  return { kind: 'nothing' };
}

const toParked = (h: z.infer<typeof parked>): Parked => ({
  kind: 'parked',
  leg: h['Unique-ID'],
  direction: h['Call-Direction'],
  answered: h['Answer-State'] === 'answered',
  role: h.variable_cordboard_role,
  callId: h.variable_sip_call_id,
  arrival: toArrival(h),
  sequence: h['Event-Sequence'] ?? Number.MAX_SAFE_INTEGER,
});

const toArrival = (h: z.infer<typeof parked>): Arrival => ({
  ...toCaller(h),
  source: h['variable_sip_h_X-Cordboard-Source'],
  notice: h['variable_sip_h_X-Cordboard-Notice'],
  session: h['variable_sip_h_X-Cordboard-Session'],
  queue: h['variable_sip_h_X-Cordboard-Queue'],
  agent: h['variable_sip_h_X-Cordboard-Agent'],
  colleague: h['variable_sip_h_X-Cordboard-Colleague'],
  flow: h['variable_sip_h_X-Cordboard-Flow'],
  to: h['variable_sip_h_X-Cordboard-Dialled'] ?? h['Caller-Destination-Number'],
});

/** Of a telephone call only what the edge believes: nothing there is a number withheld, whatever P-Asserted-Identity gives away. */
function toCaller(h: z.infer<typeof parked>): Pick<Arrival, 'from' | 'fromName'> {
  const believed = h['variable_sip_h_X-Cordboard-Caller'];
  if (believed === undefined && h['variable_sip_h_X-Cordboard-Source'] === 'phone')
    return { from: undefined, fromName: undefined };
  const [number, name] = [h['Caller-Caller-ID-Number'], h['Caller-Caller-ID-Name']];
  // FreeSWITCH puts the number where no name was given.
  return { from: believed ?? number, fromName: name === number ? undefined : name };
}

const toEnded = (h: z.infer<typeof ended>): Ended => ({
  kind: 'ended',
  leg: h['Unique-ID'],
  cause: h['Hangup-Cause'],
  disposition: h.variable_sip_hangup_disposition,
  status: h.variable_sip_term_status,
  answered: (h['Caller-Channel-Answered-Time'] ?? 0) > 0,
  recordedMs: h.variable_record_ms,
});

/** Picks the schema's headers out of the event (modesl's look-up is linear, so no more than those) and validates them. */
function read<Shape extends z.ZodRawShape>(
  event: EslEvent,
  schema: z.ZodObject<Shape>,
  make: (headers: z.infer<z.ZodObject<Shape>>) => SwitchEvent,
): SwitchEvent {
  const picked = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = event.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const result = schema.safeParse(picked);
  if (result.success) return make(result.data);
  const issue = result.error.issues[0];
  return {
    kind: 'malformed',
    name: event.name,
    why: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  };
}

/** uuid_dump's answer reads like a CHANNEL_PARK event that may be at any stage of its life. */
export const channelDump = parked.extend({
  'Channel-State': z.string().optional(),
  'Channel-Call-State': z.string().optional(),
  variable_cordboard_session: label,
  variable_cordboard_agent: label,
  variable_cordboard_offer: label,
  variable_cordboard_supervisor: label,
  variable_cordboard_standing: z.string().optional(),
  variable_cordboard_muted: z.string().optional(),
  variable_cordboard_recording: z.string().optional(),
  variable_current_application: z.string().optional(),
  variable_current_application_data: z.string().optional(),
  variable_bridge_uuid: uuid.optional().catch(undefined),
  variable_signal_bond: uuid.optional().catch(undefined),
  'Caller-Channel-Created-Time': count.optional().catch(undefined),
});
export type ChannelDump = z.infer<typeof channelDump>;
export const arrivalOfDump = (dump: ChannelDump): Arrival => toArrival(dump);
