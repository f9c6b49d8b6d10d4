// The names things are known by. Every id is a string with a brand, so that a leg cannot be passed where a session is meant.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A customer's wish to talk, from the click or the INVITE to the one call record it ends in. */
export type SessionId = Branded<'SessionId'>;
/** A leg is a channel on the media switch; its id *is* the channel uuid (no second id). */
export type LegId = Branded<'LegId'>;
/** An agent's log-in name, for example `1001`. */
export type AgentId = Branded<'AgentId'>;
/** A queue's name, for example `default`. */
export type QueueId = Branded<'QueueId'>;
/** One offer of one session to one agent. */
export type OfferId = Branded<'OfferId'>;
/** Milliseconds since the Unix epoch. The domain never reads a clock; time arrives with each input. */
export type Instant = number;

/** Brands a string that an edge has already validated. */
export const sessionId = (text: string): SessionId => text as SessionId;
export const legId = (text: string): LegId => text as LegId;
export const agentId = (text: string): AgentId => text as AgentId;
export const queueId = (text: string): QueueId => text as QueueId;
export const offerId = (text: string): OfferId => text as OfferId;
