// Who is speaking, and in what role. Five kinds of signed value, each under a key of its own:
//
//   staff token       agent, supervisor, admin; short; renewed while in use, at most for a shift
//   customer link     a queue, perhaps an expiry and a label; what a QR code or an e-mail carries
//   session token     one customer, one session
//   call ticket       one INVITE of one session: written by the Janus proxy, verified by the SIP edge
//   recording link    one recording, in the name of who asked for it; minutes
//
// What a role may do is not decided here: the table of operations says it for HTTP, the namespace for sockets, the
// floor for everything else.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { Account, Accounts } from '../ports/accounts.ts';
import { Attempts, type AttemptLimits } from './attempts.ts';
import { defaultCost, hashPassword, verifyPassword, type ScryptCost } from './passwords.ts';
import { createSigner, sameSecret, type Signer } from './signing.ts';
import { Turns } from './turns.ts';

export type StaffPrincipal = {
  readonly role: 'agent' | 'supervisor' | 'admin';
  readonly username: string;
  /** Set when role is `agent`. */
  readonly agentId?: string;
  readonly expiresAt: number;
};
export type CustomerPrincipal = {
  readonly role: 'customer';
  readonly sessionId: string;
  readonly queueId: string;
  readonly expiresAt: number;
};
export type Principal = StaffPrincipal | CustomerPrincipal;

export interface StaffToken {
  readonly token: string;
  readonly expiresAt: number;
  readonly account: Account;
}

export type SignInAnswer =
  | ({ readonly outcome: 'signedIn' } & StaffToken)
  | { readonly outcome: 'wrong' }
  | { readonly outcome: 'tooMany'; readonly retryAfterMs: number };

export interface LinkTerms {
  readonly queueId: string;
  readonly label?: string;
  readonly expiresAt?: number;
}

export interface RecordingTerms {
  readonly recordingId: string;
  readonly username: string;
  /** Which link it was, for the log of who heard what. */
  readonly linkId: string;
}

export interface Auth {
  /**
   * Passwords are checked a few at a time, the addresses they come from by turns.
   * @param wanted false once nobody waits for the answer: the check is left out
   */
  signIn(username: string, password: string, address: string, wanted?: () => boolean): Promise<SignInAnswer>;
  /** A fresh token for one that is still good; undefined when it is not, or the account is gone, or the shift is over. */
  renew(token: string): Promise<StaffToken | undefined>;
  /** Whose token this is, staff or customer; undefined when forged, expired or of another purpose. Never throws. */
  principal(token: string): Principal | undefined;
  makeLink(terms: LinkTerms): string;
  /** Why a link does not open is told apart: the visitor should know that it is too late. */
  openLink(token: string): { outcome: 'open'; terms: LinkTerms } | { outcome: 'invalid' | 'expired' };
  sessionToken(sessionId: string, queueId: string): { readonly token: string; readonly expiresAt: number };
  /** For the INVITE of this session's browser leg; good for a minute. Letters, digits, `-`, `_` and one `.`. */
  makeTicket(call: { readonly sessionId: string; readonly queueId: string }): string;
  verifyTicket(text: string): { readonly sessionId: string; readonly queueId: string } | undefined;
  /** For the sound of one recording, in the name of who asked. */
  recordingLink(about: RecordingTerms): { readonly token: string; readonly expiresAt: number };
  /** Undefined when it is expired, or not a link to this recording. */
  openRecordingLink(token: string, recordingId: string): RecordingTerms | undefined;
  /** The SIP password of an agent's browser: derived, never stored, never sent to a page. */
  browserDevicePassword(agentId: string): string;
  /** The session id that belongs to a visitor's idempotency key under this link: a uuid, the same each time. */
  sessionIdFor(link: string, idempotencyKey: string): string;
}

export interface AuthOptions {
  /** At least 32 random bytes. */
  readonly signingKey: Buffer;
  readonly accounts: Accounts;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits?: AttemptLimits;
  readonly cost?: ScryptCost;
}

const minute = 60_000;
const staffTokenMs = 30 * minute;
/** How long staff tokens are renewed after one sign-in. */
const shiftMs = 16 * 60 * minute;
const sessionTokenMs = 6 * 60 * minute;
const ticketMs = minute;
const recordingLinkMs = 5 * minute;
/** When so many wait to be checked that more would only wait longer, somebody is told to come again. */
const crowdedMs = 5_000;
/** One processor, and one thread of Node's pool, are left to everything else. */
const checkedAtOnce = Math.max(1, Math.min(3, availableParallelism() - 1));

const staffPayload = z.object({
  u: z.string(),
  r: z.enum(['agent', 'supervisor', 'admin']),
  a: z.string().optional(),
  /** Signed in at; renewing does not move it. */
  s: z.number(),
  x: z.number(),
});
const linkPayload = z.object({ q: z.string(), l: z.string().optional(), x: z.number().optional() });
const recordingPayload = z.object({ r: z.string(), u: z.string(), l: z.string(), x: z.number() });
const sessionPayload = z.object({ s: z.string(), q: z.string(), x: z.number() });

/** Everything about identity. Pure but for the clock and the accounts it is given. */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  const { accounts, now, cost = defaultCost } = options;
  const signer = createSigner(options.signingKey);
  const attempts = new Attempts(options.limits);
  const turns = new Turns({ atOnce: checkedAtOnce });
  // Checked against when the name is unknown, so that the answer takes as long as for a known one.
  const nobody = await hashPassword('nobody has this password', cost);

  const opened: Opener = (purpose, schema, token) => {
    const payload = schema.safeParse(signer.open(purpose, token));
    return payload.success && payload.data.x > now() ? payload.data : undefined;
  };

  const staffToken = (account: Account, signedInAt: number): StaffToken => {
    const expiresAt = Math.min(now() + staffTokenMs, signedInAt + shiftMs);
    const { username: u, role: r, agentId: a } = account;
    return { token: signer.sign('staff', { u, r, a, s: signedInAt, x: expiresAt }), expiresAt, account };
  };

  return {
    signIn: signingIn(options, { attempts, turns, nobody, staffToken }),

    async renew(token) {
      const payload = opened('staff', staffPayload, token);
      if (!payload || payload.s + shiftMs <= now()) return undefined;
      const account = await accounts.account(payload.u);
      return account?.role === payload.r && account.agentId === payload.a
        ? staffToken(account, payload.s)
        : undefined;
    },

    principal(token) {
      const staff = opened('staff', staffPayload, token);
      if (staff) {
        const { u: username, r: role, a: agentId, x: expiresAt } = staff;
        return { role, username, expiresAt, ...(agentId !== undefined && { agentId }) };
      }
      const customer = opened('session', sessionPayload, token);
      return (
        customer && { role: 'customer', sessionId: customer.s, queueId: customer.q, expiresAt: customer.x }
      );
    },

    makeLink: ({ queueId: q, label: l, expiresAt: x }) => signer.sign('link', { q, l, x }),

    openLink(token) {
      const payload = linkPayload.safeParse(signer.open('link', token));
      if (!payload.success) return { outcome: 'invalid' };
      const { q: queueId, l: label, x: expiresAt } = payload.data;
      if (expiresAt !== undefined && expiresAt <= now()) return { outcome: 'expired' };
      const terms = {
        queueId,
        ...(label !== undefined && { label }),
        ...(expiresAt !== undefined && { expiresAt }),
      };
      return { outcome: 'open', terms };
    },

    sessionToken(s, q) {
      const expiresAt = now() + sessionTokenMs;
      return { token: signer.sign('session', { s, q, x: expiresAt }), expiresAt };
    },

    makeTicket: ({ sessionId: s, queueId: q }) => signer.sign('ticket', { s, q, x: now() + ticketMs }),

    verifyTicket(text) {
      const payload = opened('ticket', sessionPayload, text);
      return payload && { sessionId: payload.s, queueId: payload.q };
    },

    ...recordingLinks(signer, opened, now),

    browserDevicePassword: (agentId) =>
      signer.derive('browserDevice', `browser:${agentId}`).toString('base64url'),

    sessionIdFor: (link, key) => uuidOf(signer.derive('sessionId', `${link}\n${key}`)),
  };
}

/** @returns Auth.signIn */
function signingIn(
  { accounts, now }: AuthOptions,
  by: {
    readonly attempts: Attempts;
    readonly turns: Turns;
    /** Hash of a password nobody has. */
    readonly nobody: string;
    readonly staffToken: (account: Account, signedInAt: number) => StaffToken;
  },
): Auth['signIn'] {
  const { attempts, turns, nobody, staffToken } = by;

  async function check(username: string, password: string, address: string): Promise<SignInAnswer> {
    const retryAfterMs = attempts.begin(username, address, now());
    if (retryAfterMs > 0) return { outcome: 'tooMany', retryAfterMs };
    const account = await accounts.account(username);
    const right = await verifyPassword(password, account?.passwordHash ?? nobody);
    if (!account || !right) return { outcome: 'wrong' };
    attempts.succeeded(username, address);
    return { outcome: 'signedIn', ...staffToken(account, now()) };
  }

  return async (username, password, address, wanted) => {
    const wait = attempts.wait(username, address, now());
    if (wait > 0) return { outcome: 'tooMany', retryAfterMs: wait };
    const answer = await turns.take(address, () => check(username, password, address), wanted);
    return answer ?? { outcome: 'tooMany', retryAfterMs: crowdedMs };
  };
}

/** The payload of a token that is ours and not expired. */
type Opener = <T extends { readonly x: number }>(
  purpose: 'staff' | 'session' | 'ticket' | 'recording',
  schema: z.ZodType<T>,
  token: string,
) => T | undefined;

function recordingLinks(
  signer: Signer,
  opened: Opener,
  now: () => number,
): Pick<Auth, 'recordingLink' | 'openRecordingLink'> {
  return {
    recordingLink({ recordingId: r, username: u, linkId: l }) {
      const expiresAt = now() + recordingLinkMs;
      return { token: signer.sign('recording', { r, u, l, x: expiresAt }), expiresAt };
    },
    openRecordingLink(token, recordingId) {
      const payload = opened('recording', recordingPayload, token);
      if (!payload || !sameSecret(payload.r, recordingId)) return undefined;
      return { recordingId, username: payload.u, linkId: payload.l };
    },
  };
}

/** A version 8 uuid (RFC 9562 section 5.8) from the first 16 bytes. */
function uuidOf(bytes: Buffer): string {
  const hex = Buffer.from(bytes.subarray(0, 16));
  hex[6] = ((hex[6] ?? 0) & 0x0f) | 0x80;
  hex[8] = ((hex[8] ?? 0) & 0x3f) | 0x80;
  return hex.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
