// What a browser may say to Janus, as schemas: every field of every request, and not one more. Anything that does not parse is refused.
// Janus' own words: https://janus.conf.meetecho.com/docs/rest.html and the SIP plugin's documentation.

import { z } from 'zod';

const transaction = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const id = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** Longest SDP taken; Chromium's audio offer with candidates has about 3 KB. */
export const longestSdp = 20_000;

/** Session description with audio only: the SIP plugin would also relay video. Lines end in CRLF or LF; no other control characters. */
const sdp = z
  .string()
  .max(longestSdp)
  .regex(/^v=0\r?\n[^\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]*$/)
  .refine((text) => !/^m=(?!audio )/m.test(text), 'audio only');

const offer = z.strictObject({ type: z.literal('offer'), sdp });
const answer = z.strictObject({ type: z.literal('answer'), sdp });

const line = z
  .string()
  .max(1024)
  .regex(/^[^\u0000-\u001f\u007f]*$/);
const candidate = z.union([
  z.strictObject({ completed: z.literal(true) }),
  z.strictObject({
    candidate: line,
    sdpMid: line.nullish(),
    sdpMLineIndex: z.number().int().min(0).max(16).nullish(),
    usernameFragment: line.nullish(),
  }),
]);

const inSession = { transaction, session_id: id };
const onHandle = { ...inSession, handle_id: id };

/** Bodies for the SIP plugin. What they lead to is written by the server: see rules.ts. */
const sipMessage = z.union([
  z.strictObject({ body: z.strictObject({ request: z.literal('register') }) }),
  z.strictObject({ body: z.strictObject({ request: z.literal('call') }), jsep: offer }),
  z.strictObject({ body: z.strictObject({ request: z.literal('accept') }), jsep: answer }),
  z.strictObject({
    body: z.strictObject({ request: z.literal('decline'), code: z.literal([480, 486, 603]).optional() }),
  }),
  z.strictObject({ body: z.strictObject({ request: z.literal('hangup') }) }),
  z.strictObject({
    body: z.strictObject({
      request: z.literal('dtmf_info'),
      digit: z.string().regex(/^[0-9*#A-D]$/),
      duration: z.number().int().min(40).max(5_000).optional(),
    }),
  }),
]);

const envelope = z.discriminatedUnion('janus', [
  z.strictObject({ janus: z.literal('create'), transaction }),
  z.strictObject({ janus: z.literal('claim'), ...inSession }),
  z.strictObject({ janus: z.literal('keepalive'), ...inSession }),
  z.strictObject({ janus: z.literal('destroy'), ...inSession }),
  z.strictObject({
    janus: z.literal('attach'),
    ...inSession,
    plugin: z.literal('janus.plugin.sip'),
    /** Taken and thrown away: janus.js lets a page set one. */
    opaque_id: z.string().max(64).optional(),
  }),
  z.strictObject({ janus: z.literal('detach'), ...onHandle }),
  z.strictObject({ janus: z.literal('hangup'), ...onHandle }),
  z.strictObject({ janus: z.literal('trickle'), ...onHandle, candidate }),
  z.strictObject({
    janus: z.literal('message'),
    ...onHandle,
    body: z.looseObject({ request: z.string().max(32) }),
    jsep: z.unknown().optional(),
  }),
]);

export type SipMessage = z.infer<typeof sipMessage>;
type Envelope = z.infer<typeof envelope>;
export type BrowserRequest =
  | Exclude<Envelope, { janus: 'message' }>
  | (Omit<Extract<Envelope, { janus: 'message' }>, 'body' | 'jsep'> & { readonly message: SipMessage });

/** @returns the request, every field checked, or undefined when it is not one a browser may make */
export function parseRequest(value: unknown): BrowserRequest | undefined {
  const outer = envelope.safeParse(value);
  if (!outer.success) return undefined;
  if (outer.data.janus !== 'message') return outer.data;
  const { body, jsep, ...rest } = outer.data;
  const inner = sipMessage.safeParse(jsep === undefined ? { body } : { body, jsep });
  return inner.success ? { ...rest, message: inner.data } : undefined;
}

const addressed = z.object({ transaction: transaction.optional().catch(undefined) });

/** The transaction of a request that was not understood, so that the refusal finds its way. */
export const transactionOf = (value: unknown): string | undefined =>
  addressed.safeParse(value).data?.transaction;
