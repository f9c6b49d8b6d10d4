// How things end. Closed lists: a record never says "other". The media adapter translates the switch's causes into
// LegEnding where they are known; the domain turns a leg's ending into a session's.

/** How one leg on the switch ended, or failed to begin. */
export const legEndings = [
  'hung_up', // the far party ended it
  'released', // we ended it
  'no_answer', // rang until the deadline
  'declined', // 603, or a reject key
  'busy', // 486, 600
  'unreachable', // no registration, no route, phone dead
  'unknown_number', // 404, 410, 484, 604: nobody has that number, or it may not be called
  'cancelled', // the caller gave up before the answer
  'rejected_media', // no common codec (488)
  'failed', // anything else the network said
  'media_lost', // the switch, or the leg's sound, is gone
] as const;
export type LegEnding = (typeof legEndings)[number];

/** Why an offer did not become a conversation. */
export const offerMisses = [
  'no_answer',
  'declined',
  'busy',
  'unreachable',
  'failed',
  'customer_left',
  'withdrawn',
] as const;
export type OfferMiss = (typeof offerMisses)[number];

/** Why a session is over; one of these is in every call record. */
export const sessionEndings = [
  'customer_hung_up', // after talking
  'agent_hung_up', // after talking
  'supervisor_ended',
  'abandoned_waiting', // customer left while waiting in line
  'abandoned_ringing', // customer left while an agent's phone rang
  'abandoned_menu', // customer left a flow
  'closed', // a flow ended the call because nobody is there at this hour
  'flow_ended', // a flow ended the call
  'left_message', // her message was recorded, and nothing came after it
  'never_arrived', // a session id was handed out but no leg came
  'refused', // queue full or closed, unknown number: told to the caller and recorded
  'customer_lost', // the customer's leg died and did not come back in time
  'media_lost', // the switch died under the call
  'third_hung_up', // the outside number, or whoever the call was passed on to
  'agent_not_reached', // an outgoing call: the agent's own phone was not reached; a colleague called by her extension was not
  'destination_not_reached', // an outgoing call: the number was not reached
  'dial_cancelled', // an outgoing call given up before the answer
  'notified', // a notification, heard to its end
  'notification_cut', // a notification that was hung up on
  'failed', // the switch could not do what was needed
] as const;
export type SessionEnding = (typeof sessionEndings)[number];
