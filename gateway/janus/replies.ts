// What Janus may say to a browser, pure: each message is built anew from the fields listed here. Addresses, numbers, names and headers of the
// far side are in none of them, so they cannot reach a page that may not see them.

import { z } from 'zod';
import type { Speaker } from './speaker.ts';

const number = z.number();
const text = z.string().optional().catch(undefined);
const message = z.looseObject({
  janus: z.string(),
  transaction: text,
  session_id: number.optional().catch(undefined),
  sender: number.optional().catch(undefined),
});
const jsepSchema = z.object({ type: z.enum(['offer', 'answer']), sdp: z.string() });
const created = z.object({ data: z.object({ id: number }) });
const failed = z.object({ error: z.object({ code: number, reason: z.string() }) });
const media = z.object({
  type: z.enum(['audio', 'video']),
  receiving: z.boolean(),
  mid: z.string().optional(),
  seconds: number.optional(),
});
const slow = z.object({ media: z.string(), uplink: z.boolean(), lost: number, mid: z.string().optional() });
const hungUp = z.object({ reason: z.string() });
const trickled = z.object({
  candidate: z.union([
    z.object({ completed: z.literal(true) }),
    z.object({ candidate: z.string(), sdpMid: text, sdpMLineIndex: number.optional() }),
  ]),
});
const sipEvent = z.object({
  plugindata: z.object({
    plugin: z.literal('janus.plugin.sip'),
    data: z.object({
      result: z.object({ event: z.string(), code: number.optional().catch(undefined) }).optional(),
      error_code: number.optional(),
    }),
  }),
  jsep: jsepSchema.optional(),
});

const forBoth = [
  'registering',
  'registered',
  'registration_failed',
  'unregistered',
  'calling',
  'proceeding',
  'ringing',
  'progress',
  'accepted',
  'hangingup',
  'hangup',
  'dtmfsent',
] as const;
const forStaff = ['incomingcall', 'missed_call', 'accepting', 'declining'] as const;

const eventsFor: Readonly<Record<Speaker['role'], ReadonlySet<string>>> = {
  customer: new Set(forBoth),
  staff: new Set([...forBoth, ...forStaff]),
};

/** What passes, or nothing. A customer is called by nobody: `strayCall` asks the proxy to decline on that handle. */
export interface PassedBack {
  readonly message: Readonly<Record<string, unknown>> | undefined;
  readonly strayCall?: number;
}

/** @param value one message from Janus, parsed as JSON */
export function passBack(role: Speaker['role'], value: unknown): PassedBack {
  const head = message.safeParse(value);
  if (!head.success) return { message: undefined };
  const { janus, transaction, session_id, sender } = head.data;
  const base = { janus, ...defined({ transaction, session_id, sender }) };
  if (janus === 'event') return passEvent(role, base, sender, value);
  const rest = fieldsOf(janus, value);
  return { message: rest && { ...base, ...rest } };
}

function fieldsOf(janus: string, value: unknown): Record<string, unknown> | undefined {
  switch (janus) {
    case 'ack':
    case 'webrtcup':
    case 'detached':
    case 'timeout':
      return {};
    case 'success': {
      const { data } = created.safeParse(value);
      return data ? { data: { id: data.data.id } } : {};
    }
    case 'error':
      return failed.safeParse(value).data;
    case 'media':
      return withoutUndefined(media.safeParse(value).data);
    case 'slowlink':
      return withoutUndefined(slow.safeParse(value).data);
    case 'hangup':
      return hungUp.safeParse(value).data;
    case 'trickle':
      return trickled.safeParse(value).data;
    default:
      return undefined;
  }
}

function passEvent(
  role: Speaker['role'],
  base: object,
  sender: number | undefined,
  value: unknown,
): PassedBack {
  const parsed = sipEvent.safeParse(value);
  if (!parsed.success) return { message: undefined };
  const { plugindata, jsep } = parsed.data;
  const { result, error_code } = plugindata.data;
  if (result && !eventsFor[role].has(result.event)) {
    const stray = result.event === 'incomingcall' && sender !== undefined;
    return stray ? { message: undefined, strayCall: sender } : { message: undefined };
  }
  const data = {
    sip: 'event',
    ...(result && { result: defined({ event: result.event, code: result.code }) }),
    // The plugin's sentence may quote an address; its number says enough.
    ...(error_code !== undefined && { error_code, error: 'the telephone side refused' }),
  };
  const described = jsep && { jsep: { type: jsep.type, sdp: plainSdp(jsep.sdp) } };
  return { message: { ...base, plugindata: { plugin: plugindata.plugin, data }, ...described } };
}

/** Session name, e-mail, phone, URI and free text of a description (RFC 8866 sections 5.3 to 5.6) say who is there: taken out. */
export const plainSdp = (sdp: string): string =>
  sdp
    .split(/\r?\n/)
    .filter((line) => !/^[iuep]=/.test(line))
    .map((line) => (line.startsWith('s=') ? 's=-' : line.replace(/^o=\S+/, 'o=-')))
    .join('\r\n');

const defined = <T extends Record<string, unknown>>(fields: T): Partial<T> =>
  withoutUndefined(fields) as Partial<T>;

function withoutUndefined(fields: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return fields && Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
