// The policy, pure: who asks, what she holds, what she asks; what goes to Janus, or why not. What goes on is built here from checked parts;
// nothing a page wrote is passed along as it came.
//
//              customer                         staff
//  register    guest, written here              her browser's account, written here
//  call        her link's queue and a ticket    refused (the switch dials for them)
//  accept      refused                          with her answer
//  decline     refused                          480, 486 or 603
//  hangup, dtmf_info, trickle, keepalive, detach, destroy: both, in their own session
//  everything else: refused

import type { Ownership } from './ownership.ts';
import type { BrowserRequest, SipMessage } from './requests.ts';
import { invitation, ownerOf, registration, type Edge, type Speaker } from './speaker.ts';

/** What this connection holds. */
export interface Seat {
  /** The one Janus session of this connection, once created or claimed. */
  readonly sessionId: number | undefined;
  /** Handles attached here; undefined after a claim, when only Janus knows (it looks handles up inside the session). */
  readonly handles: ReadonlySet<number> | undefined;
}

export const refusals = {
  malformed: 'not a request a browser may make',
  not_json: 'not JSON',
  wrong_session: 'not your session',
  wrong_handle: 'not your handle',
  has_session: 'this connection has a session already',
  not_for_role: 'not for your role',
  no_ticket: 'your session may not call',
  too_many: 'too many requests',
} as const;
export type Refusal = keyof typeof refusals;

export type Verdict =
  | { readonly outcome: 'forward'; readonly request: JanusRequest }
  /** The session's id is chosen by the caller of this function, who knows which ids are free. */
  | { readonly outcome: 'create'; readonly transaction: string }
  | { readonly outcome: 'refuse'; readonly why: Refusal };

export interface JanusRequest {
  readonly janus: string;
  readonly transaction: string;
  readonly [field: string]: unknown;
}

export interface Policy {
  readonly ownership: Ownership;
  readonly edge: Edge;
}

const refuse = (why: Refusal): Verdict => ({ outcome: 'refuse', why });
const forward = (request: JanusRequest): Verdict => ({ outcome: 'forward', request });

/** Decides about one request. @param request from parseRequest() */
export function judge(speaker: Speaker, seat: Seat, request: BrowserRequest, policy: Policy): Verdict {
  if (request.janus === 'create') {
    if (seat.sessionId !== undefined) return refuse('has_session');
    return { outcome: 'create', transaction: request.transaction };
  }
  if (request.janus === 'claim') return judgeClaim(speaker, seat, request, policy);
  return judgeInSession(speaker, seat, request, policy);
}

function judgeInSession(
  speaker: Speaker,
  seat: Seat,
  request: Exclude<BrowserRequest, { janus: 'create' | 'claim' }>,
  policy: Policy,
): Verdict {
  if (request.session_id !== seat.sessionId) return refuse('wrong_session');
  if ('handle_id' in request && seat.handles && !seat.handles.has(request.handle_id))
    return refuse('wrong_handle');
  const { janus, transaction, session_id } = request;
  switch (request.janus) {
    case 'keepalive':
    case 'destroy':
      return forward({ janus, transaction, session_id });
    case 'attach':
      return forward({ janus, transaction, session_id, plugin: request.plugin, opaque_id: ownerOf(speaker) });
    case 'detach':
    case 'hangup':
      return forward({ janus, transaction, session_id, handle_id: request.handle_id });
    case 'trickle':
      return forward({
        janus,
        transaction,
        session_id,
        handle_id: request.handle_id,
        candidate: request.candidate,
      });
    case 'message': {
      const written = writeMessage(speaker, request.message, policy.edge);
      if ('why' in written) return refuse(written.why);
      return forward({ janus, transaction, session_id, handle_id: request.handle_id, ...written });
    }
  }
}

function judgeClaim(
  speaker: Speaker,
  seat: Seat,
  { transaction, session_id }: Extract<BrowserRequest, { janus: 'claim' }>,
  { ownership }: Policy,
): Verdict {
  if (seat.sessionId !== undefined && seat.sessionId !== session_id) return refuse('has_session');
  if (!ownership.owns(ownerOf(speaker), session_id)) return refuse('wrong_session');
  return forward({ janus: 'claim', transaction, session_id });
}

type Written =
  { readonly body: Record<string, unknown>; readonly jsep?: SessionDescription } | { readonly why: Refusal };
type SessionDescription = { readonly type: 'offer' | 'answer'; readonly sdp: string };

function writeMessage(speaker: Speaker, message: SipMessage, edge: Edge): Written {
  const { body } = message;
  switch (body.request) {
    case 'register':
      return { body: registration(speaker, edge) };
    case 'call': {
      if (speaker.role !== 'customer') return { why: 'not_for_role' };
      const call = invitation(speaker, edge);
      return call ? { body: call, ...described(message) } : { why: 'no_ticket' };
    }
    case 'accept':
      return speaker.role === 'staff'
        ? { body: { request: 'accept' }, ...described(message) }
        : { why: 'not_for_role' };
    case 'decline':
      return speaker.role === 'staff'
        ? { body: { request: 'decline', code: body.code ?? 603 } }
        : { why: 'not_for_role' };
    case 'hangup':
      return { body: { request: 'hangup' } };
    case 'dtmf_info':
      return { body: { request: 'dtmf_info', digit: body.digit, duration: body.duration ?? 160 } };
  }
}

/** A fresh object of exactly two fields. */
const described = (message: SipMessage): { jsep?: SessionDescription } =>
  'jsep' in message ? { jsep: { type: message.jsep.type, sdp: message.jsep.sdp } } : {};

/** Janus' own form of an error, so that janus.js finds the request it belongs to. */
export function refusalReply(
  why: Refusal,
  transaction: string | undefined,
  sessionId: number | undefined,
): object {
  return {
    janus: 'error',
    ...(sessionId !== undefined && { session_id: sessionId }),
    ...(transaction !== undefined && { transaction }),
    error: { code: why === 'not_json' ? 454 : 403, reason: refusals[why] },
  };
}
