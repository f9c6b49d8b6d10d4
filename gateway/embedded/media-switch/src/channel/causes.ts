// Hang-up causes by FreeSWITCH's names, their Q.850 numbers, and the SIP codes they become or come from.

/** Names and numbers; those above 127 are FreeSWITCH's own and are reported to Q.850 as 16. */
export const CAUSES = {
  NONE: 0,
  UNALLOCATED_NUMBER: 1,
  NO_ROUTE_TRANSIT_NET: 2,
  NO_ROUTE_DESTINATION: 3,
  CHANNEL_UNACCEPTABLE: 6,
  CALL_AWARDED_DELIVERED: 7,
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  SUBSCRIBER_ABSENT: 20,
  CALL_REJECTED: 21,
  NUMBER_CHANGED: 22,
  REDIRECTION_TO_NEW_DESTINATION: 23,
  EXCHANGE_ROUTING_ERROR: 25,
  DESTINATION_OUT_OF_ORDER: 27,
  INVALID_NUMBER_FORMAT: 28,
  FACILITY_REJECTED: 29,
  RESPONSE_TO_STATUS_ENQUIRY: 30,
  NORMAL_UNSPECIFIED: 31,
  NORMAL_CIRCUIT_CONGESTION: 34,
  NETWORK_OUT_OF_ORDER: 38,
  NORMAL_TEMPORARY_FAILURE: 41,
  SWITCH_CONGESTION: 42,
  ACCESS_INFO_DISCARDED: 43,
  REQUESTED_CHAN_UNAVAIL: 44,
  PRE_EMPTED: 45,
  FACILITY_NOT_SUBSCRIBED: 50,
  OUTGOING_CALL_BARRED: 52,
  INCOMING_CALL_BARRED: 54,
  BEARERCAPABILITY_NOTAUTH: 57,
  BEARERCAPABILITY_NOTAVAIL: 58,
  SERVICE_UNAVAILABLE: 63,
  BEARERCAPABILITY_NOTIMPL: 65,
  CHAN_NOT_IMPLEMENTED: 66,
  FACILITY_NOT_IMPLEMENTED: 69,
  SERVICE_NOT_IMPLEMENTED: 79,
  INVALID_CALL_REFERENCE: 81,
  INCOMPATIBLE_DESTINATION: 88,
  INVALID_MSG_UNSPECIFIED: 95,
  MANDATORY_IE_MISSING: 96,
  MESSAGE_TYPE_NONEXIST: 97,
  WRONG_MESSAGE: 98,
  IE_NONEXIST: 99,
  INVALID_IE_CONTENTS: 100,
  WRONG_CALL_STATE: 101,
  RECOVERY_ON_TIMER_EXPIRE: 102,
  MANDATORY_IE_LENGTH_ERROR: 103,
  PROTOCOL_ERROR: 111,
  INTERWORKING: 127,
  ORIGINATOR_CANCEL: 487,
  CRASH: 700,
  SYSTEM_SHUTDOWN: 701,
  LOSE_RACE: 702,
  MANAGER_REQUEST: 703,
  BLIND_TRANSFER: 800,
  ATTENDED_TRANSFER: 801,
  ALLOTTED_TIMEOUT: 802,
  USER_CHALLENGE: 803,
  MEDIA_TIMEOUT: 804,
  PICKED_OFF: 805,
  USER_NOT_REGISTERED: 806,
  PROGRESS_TIMEOUT: 807,
  INVALID_GATEWAY: 808,
  GATEWAY_DOWN: 809,
  INVALID_URL: 810,
  INVALID_PROFILE: 811,
} as const;

/** A hang-up cause by name. */
export type Cause = keyof typeof CAUSES;

const BY_NUMBER: ReadonlyMap<number, Cause> = new Map(
  Object.entries(CAUSES).map(([name, number]) => [number, name as Cause]),
);

/** The number a cause has in `hangup_cause_q850`. */
export const q850 = (cause: Cause): number => (CAUSES[cause] > 127 ? 16 : CAUSES[cause]);

/** Reads a cause as uuid_kill takes it: a name in any case, or a number; anything else is NORMAL_CLEARING. */
export function parseCause(word: string | undefined): Cause {
  if (!word) return 'NORMAL_CLEARING';
  if (/^\d+$/.test(word)) return BY_NUMBER.get(Number(word)) ?? 'NORMAL_CLEARING';
  const name = word.toUpperCase();
  return name in CAUSES ? (name as Cause) : 'NORMAL_CLEARING';
}

/** Whether a word names a cause exactly. */
export const isCause = (word: string): word is Cause => word in CAUSES;

const TO_SIP: Partial<Readonly<Record<Cause, number>>> = {
  UNALLOCATED_NUMBER: 404,
  NO_ROUTE_TRANSIT_NET: 404,
  NO_ROUTE_DESTINATION: 404,
  USER_BUSY: 486,
  NO_USER_RESPONSE: 408,
  CALL_REJECTED: 603,
  NUMBER_CHANGED: 410,
  REDIRECTION_TO_NEW_DESTINATION: 410,
  DESTINATION_OUT_OF_ORDER: 502,
  INVALID_NUMBER_FORMAT: 484,
  FACILITY_REJECTED: 501,
  NORMAL_TEMPORARY_FAILURE: 503,
  NETWORK_OUT_OF_ORDER: 503,
  SWITCH_CONGESTION: 503,
  NORMAL_CIRCUIT_CONGESTION: 503,
  REQUESTED_CHAN_UNAVAIL: 503,
  BEARERCAPABILITY_NOTAVAIL: 503,
  GATEWAY_DOWN: 503,
  BEARERCAPABILITY_NOTIMPL: 488,
  SERVICE_NOT_IMPLEMENTED: 501,
  FACILITY_NOT_IMPLEMENTED: 501,
  INCOMPATIBLE_DESTINATION: 488,
  OUTGOING_CALL_BARRED: 403,
  INCOMING_CALL_BARRED: 403,
  BEARERCAPABILITY_NOTAUTH: 403,
  RECOVERY_ON_TIMER_EXPIRE: 504,
  EXCHANGE_ROUTING_ERROR: 483,
  ORIGINATOR_CANCEL: 487,
};

/** The SIP status an unanswered inbound call is refused with. */
export const sipStatusOf = (cause: Cause): number => TO_SIP[cause] ?? 480;

/** The Reason header (RFC 3326) of a BYE, CANCEL or refusal. */
export function reasonHeader(cause: Cause): string {
  if (cause === 'LOSE_RACE' || cause === 'PICKED_OFF') return 'SIP;cause=200;text="Call completed elsewhere"';
  const protocol = CAUSES[cause] > 127 ? 'SIP' : 'Q.850';
  return `${protocol};cause=${CAUSES[cause]};text="${cause}"`;
}

const FROM_SIP: Readonly<Record<number, Cause>> = {
  400: 'NORMAL_TEMPORARY_FAILURE',
  401: 'CALL_REJECTED',
  402: 'CALL_REJECTED',
  403: 'CALL_REJECTED',
  404: 'UNALLOCATED_NUMBER',
  405: 'SERVICE_UNAVAILABLE',
  406: 'SERVICE_NOT_IMPLEMENTED',
  407: 'CALL_REJECTED',
  408: 'RECOVERY_ON_TIMER_EXPIRE',
  410: 'NUMBER_CHANGED',
  413: 'INTERWORKING',
  414: 'INTERWORKING',
  415: 'SERVICE_NOT_IMPLEMENTED',
  416: 'INTERWORKING',
  420: 'INTERWORKING',
  480: 'NO_USER_RESPONSE',
  482: 'EXCHANGE_ROUTING_ERROR',
  483: 'EXCHANGE_ROUTING_ERROR',
  484: 'INVALID_NUMBER_FORMAT',
  485: 'NO_ROUTE_DESTINATION',
  486: 'USER_BUSY',
  487: 'ORIGINATOR_CANCEL',
  488: 'INCOMPATIBLE_DESTINATION',
  500: 'NORMAL_TEMPORARY_FAILURE',
  501: 'SERVICE_NOT_IMPLEMENTED',
  502: 'NETWORK_OUT_OF_ORDER',
  503: 'NORMAL_TEMPORARY_FAILURE',
  504: 'RECOVERY_ON_TIMER_EXPIRE',
  505: 'INTERWORKING',
  513: 'INTERWORKING',
  600: 'USER_BUSY',
  603: 'CALL_REJECTED',
  604: 'NO_ROUTE_DESTINATION',
  606: 'INCOMPATIBLE_DESTINATION',
};

/** A Q.850 cause from a Reason header of the peer; only its first value counts, and other protocols say nothing. */
export function causeOfReason(reason: string | undefined): Cause | undefined {
  const match = /^\s*Q\.850\s*;[^,]*?cause=(\d+)/i.exec(reason ?? '');
  return match ? BY_NUMBER.get(Number(match[1])) : undefined;
}

/** The cause of a refused call. @param reason its Reason header, which wins when it carries a Q.850 cause */
export const causeOfResponse = (status: number, reason: string | undefined): Cause =>
  causeOfReason(reason) ?? FROM_SIP[status] ?? 'NORMAL_UNSPECIFIED';
