// From the switch's events to a closed list of happenings. Each event is picked down to the headers that matter and
// validated; one that does not hold what its name promises becomes `malformed` and is counted, never guessed at.

import { z } from 'zod';
import type { EslEvent } from './connection.ts';

/**
 * What is subscribed to. An event is 5 to 9 kB, so only those that become a signal: an ordinary answered, recorded and
 * bridged call raises 14 of them. Left out: CREATE, STATE, CALLSTATE, EXECUTE, DESTROY (say nothing these do not),
 * PLAYBACK_* (music is not a fact), HEARTBEAT (a ping asks in both directions).
 */
export const subscription = [
  'CHANNEL_PARK',
  'CHANNEL_PROGRESS',
  'CHANNEL_PROGRESS_MEDIA',
  'CHANNEL_ANSWER',
  'CHANNEL_BRIDGE',
  'CHANNEL_UNBRIDGE',
  'CHANNEL_HANGUP_COMPLETE',
  'DTMF',
  'RECORD_START',
  'RECORD_STOP',
  'BACKGROUND_JOB',
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
}

/** Who calls, as the edge and the INVITE say. */
export interface Arrival {
  readonly source: 'web' | 'phone' | undefined;
  readonly session: string | undefined;
  readonly queue: string | undefined;
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
}

export type SwitchEvent =
  | Parked
  | { readonly kind: 'progress'; readonly leg: string; readonly direction: 'inbound' | 'outbound' }
  | {
      readonly kind: 'answered';
      readonly leg: string;
      readonly direction: 'inbound' | 'outbound';
      /** SIP Call-ID. */
      readonly callId: string | undefined;
    }
  | { readonly kind: 'bridged'; readonly a: string; readonly b: string }
  | { readonly kind: 'unbridged'; readonly a: string; readonly b: string }
  | Ended
  | { readonly kind: 'digit'; readonly leg: string; readonly digit: string }
  | { readonly kind: 'recordStarted'; readonly leg: string; readonly file: string }
  | {
      readonly kind: 'recordStopped';
      readonly leg: string;
      readonly file: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'jobDone'; readonly job: string; readonly ok: boolean; readonly result: string }
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

const parked = z.object({
  'Unique-ID': uuid,
  'Call-Direction': direction,
  'Answer-State': z.string(),
  variable_cordboard_role: z.string().optional(),
  variable_sip_call_id: callId,
  'variable_sip_h_X-Cordboard-Source': z.enum(['web', 'phone']).optional().catch(undefined),
  'variable_sip_h_X-Cordboard-Session': label,
  'variable_sip_h_X-Cordboard-Queue': label,
  'Caller-Caller-ID-Number': shown,
  'Caller-Caller-ID-Name': shown,
  'Caller-Destination-Number': shown,
});
const ofLeg = z.object({ 'Unique-ID': uuid, 'Call-Direction': direction });
const answered = ofLeg.extend({ variable_sip_call_id: callId });
const pair = z.object({ 'Bridge-A-Unique-ID': uuid, 'Bridge-B-Unique-ID': uuid });
const ended = z.object({
  'Unique-ID': uuid,
  'Hangup-Cause': z.string().regex(/^[A-Z0-9_]{1,64}$/),
  variable_sip_hangup_disposition: z.string().optional(),
  variable_sip_term_status: count.optional().catch(undefined),
  /** Microseconds; 0 is never. */
  'Caller-Channel-Answered-Time': count.optional().catch(undefined),
});
const digit = z.object({ 'Unique-ID': uuid, 'DTMF-Digit': z.string().regex(/^[0-9*#A-D]$/) });
const recordStarted = z.object({ 'Unique-ID': uuid, 'Record-File-Path': z.string().min(1) });
const recordStopped = recordStarted.extend({ variable_record_ms: count.optional().catch(undefined) });
const job = z.object({ 'Job-UUID': uuid });

/** Translates one event. Never throws. */
export function translate(event: EslEvent): SwitchEvent {
  switch (event.name) {
    case 'CHANNEL_PARK':
      return read(event, parked, toParked);
    case 'CHANNEL_PROGRESS':
    case 'CHANNEL_PROGRESS_MEDIA':
      return read(event, ofLeg, (h) => ({
        kind: 'progress',
        leg: h['Unique-ID'],
        direction: h['Call-Direction'],
      }));
    case 'CHANNEL_ANSWER':
      return read(event, answered, (h) => ({
        kind: 'answered',
        leg: h['Unique-ID'],
        direction: h['Call-Direction'],
        callId: h.variable_sip_call_id,
      }));
    case 'CHANNEL_BRIDGE':
      return read(event, pair, (h) => ({
        kind: 'bridged',
        a: h['Bridge-A-Unique-ID'],
        b: h['Bridge-B-Unique-ID'],
      }));
    case 'CHANNEL_UNBRIDGE':
      return read(event, pair, (h) => ({
        kind: 'unbridged',
        a: h['Bridge-A-Unique-ID'],
        b: h['Bridge-B-Unique-ID'],
      }));
    case 'CHANNEL_HANGUP_COMPLETE':
      return read(event, ended, toEnded);
    case 'DTMF':
      return read(event, digit, (h) => ({ kind: 'digit', leg: h['Unique-ID'], digit: h['DTMF-Digit'] }));
    case 'RECORD_START':
      return read(event, recordStarted, (h) => ({
        kind: 'recordStarted',
        leg: h['Unique-ID'],
        file: h['Record-File-Path'],
      }));
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

const toParked = (h: z.infer<typeof parked>): Parked => ({
  kind: 'parked',
  leg: h['Unique-ID'],
  direction: h['Call-Direction'],
  answered: h['Answer-State'] === 'answered',
  role: h.variable_cordboard_role,
  callId: h.variable_sip_call_id,
  arrival: toArrival(h),
});

const toArrival = (h: z.infer<typeof parked>): Arrival => ({
  source: h['variable_sip_h_X-Cordboard-Source'],
  session: h['variable_sip_h_X-Cordboard-Session'],
  queue: h['variable_sip_h_X-Cordboard-Queue'],
  from: h['Caller-Caller-ID-Number'],
  // FreeSWITCH puts the number where no name was given.
  fromName:
    h['Caller-Caller-ID-Name'] === h['Caller-Caller-ID-Number'] ? undefined : h['Caller-Caller-ID-Name'],
  to: h['Caller-Destination-Number'],
});

const toEnded = (h: z.infer<typeof ended>): Ended => ({
  kind: 'ended',
  leg: h['Unique-ID'],
  cause: h['Hangup-Cause'],
  disposition: h.variable_sip_hangup_disposition,
  status: h.variable_sip_term_status,
  answered: (h['Caller-Channel-Answered-Time'] ?? 0) > 0,
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
  variable_bridge_uuid: uuid.optional().catch(undefined),
  variable_signal_bond: uuid.optional().catch(undefined),
  'Caller-Channel-Created-Time': count.optional().catch(undefined),
});
export type ChannelDump = z.infer<typeof channelDump>;
export const arrivalOfDump = (dump: ChannelDump): Arrival => toArrival(dump);
