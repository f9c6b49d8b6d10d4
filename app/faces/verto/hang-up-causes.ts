// Ends of calls by FreeSWITCH's names and their Q.850 numbers, as Verto clients know them (switch_types.h; RFC 3398 section 8.2).

export interface Cause {
  readonly cause: string;
  readonly causeCode: number;
}

const bySipStatus: Readonly<Record<number, Cause>> = {
  200: { cause: 'NORMAL_CLEARING', causeCode: 16 },
  403: { cause: 'CALL_REJECTED', causeCode: 21 },
  404: { cause: 'UNALLOCATED_NUMBER', causeCode: 1 },
  408: { cause: 'RECOVERY_ON_TIMER_EXPIRE', causeCode: 102 },
  480: { cause: 'NO_USER_RESPONSE', causeCode: 18 },
  484: { cause: 'INVALID_NUMBER_FORMAT', causeCode: 28 },
  486: { cause: 'USER_BUSY', causeCode: 17 },
  487: { cause: 'ORIGINATOR_CANCEL', causeCode: 487 },
  488: { cause: 'INCOMPATIBLE_DESTINATION', causeCode: 88 },
  503: { cause: 'NORMAL_TEMPORARY_FAILURE', causeCode: 41 },
  600: { cause: 'USER_BUSY', causeCode: 17 },
  603: { cause: 'CALL_REJECTED', causeCode: 21 },
};

/** @param status the SIP status that ended the call, 200 for a BYE */
export const causeOf = (status: number): Cause =>
  bySipStatus[status] ?? { cause: 'NORMAL_UNSPECIFIED', causeCode: 31 };

/** What a page that hangs up means, as the SIP status that says so. */
export function declineStatus(cause: unknown): number {
  if (cause === 'USER_BUSY') return 486;
  return cause === 'NO_ANSWER' || cause === 'NO_USER_RESPONSE' ? 480 : 603;
}
