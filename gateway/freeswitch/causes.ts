// Why legs end, in both directions: what we ask for as FreeSWITCH hang-up causes (it maps them to Q.850 and SIP), and what
// FreeSWITCH reports as one of our closed list of endings. The tables follow what FreeSWITCH 1.10.12 was seen to do.

import type { HangUpCause } from '../../app/domain/floor/effects.ts';
import type { LegEnding } from '../../app/domain/ending.ts';

/** The cause given to uuid_kill, and the SIP answer an unanswered inbound caller gets for it. */
export const killCauses: Readonly<Record<HangUpCause, string>> = {
  normal: 'NORMAL_CLEARING', // 480
  answered_elsewhere: 'LOSE_RACE', // CANCEL with Reason: SIP;cause=200;text="Call completed elsewhere": no missed call
  no_answer: 'NO_ANSWER', // 480, Q.850 19
  queue_full: 'USER_BUSY', // 486: the caller hears busy and no trunk tries another route
  closed: 'SUBSCRIBER_ABSENT', // 480, Q.850 20
  not_found: 'UNALLOCATED_NUMBER', // 404
  temporary_failure: 'NORMAL_TEMPORARY_FAILURE', // 503
};

/** What CHANNEL_HANGUP_COMPLETE says about an end. */
export interface ReportedEnd {
  /** Hangup-Cause, for example NORMAL_CLEARING. */
  readonly cause: string;
  /** variable_sip_hangup_disposition: recv_ or send_ with bye, cancel or refuse. Absent when SIP never got that far. */
  readonly disposition?: string | undefined;
  /** variable_sip_term_status: the SIP status that ended a dial. */
  readonly status?: number | undefined;
  readonly answered: boolean;
}

/** Causes that mean the sound or the switch is gone, whoever sent the BYE. */
const mediaLost: ReadonlySet<string> = new Set([
  'MEDIA_TIMEOUT',
  'RECOVERY_ON_TIMER_EXPIRE', // on an answered leg: its session refresh went unanswered
  'SYSTEM_SHUTDOWN',
  'MANAGER_REQUEST', // `hupall`: an operator emptied the switch
  'CRASH',
]);

const byCause: Readonly<Record<string, LegEnding>> = {
  USER_BUSY: 'busy',
  CALL_REJECTED: 'declined',
  NO_ANSWER: 'no_answer',
  ALLOTTED_TIMEOUT: 'no_answer',
  PROGRESS_TIMEOUT: 'no_answer',
  SUBSCRIBER_ABSENT: 'unreachable', // the edge: nobody registered under that address
  USER_NOT_REGISTERED: 'unreachable',
  NO_USER_RESPONSE: 'unreachable', // 480 without a reason: the phone is there, its user is not
  UNALLOCATED_NUMBER: 'unknown_number', // 404, also the edge's where no route leads there
  NO_ROUTE_DESTINATION: 'unknown_number', // 604
  NUMBER_CHANGED: 'unknown_number', // 410
  INVALID_NUMBER_FORMAT: 'unknown_number', // 484
  RECOVERY_ON_TIMER_EXPIRE: 'unreachable', // 408, or the INVITE ran out unanswered
  DESTINATION_OUT_OF_ORDER: 'failed',
  NETWORK_OUT_OF_ORDER: 'unreachable',
  INCOMPATIBLE_DESTINATION: 'rejected_media',
  BEARERCAPABILITY_NOTAVAIL: 'rejected_media',
  ORIGINATOR_CANCEL: 'cancelled',
  LOSE_RACE: 'released',
  PICKED_OFF: 'released',
  NORMAL_CLEARING: 'released',
};

/** SIP statuses that say more than the cause FreeSWITCH folds them into. */
const byStatus: Readonly<Record<number, LegEnding>> = {
  401: 'failed', // FreeSWITCH says CALL_REJECTED, but nobody declined: our side was not let in
  403: 'failed',
  407: 'failed',
  415: 'rejected_media',
  488: 'rejected_media',
  503: 'unreachable', // also given for a closed port: FreeSWITCH reports a transport failure as 503
  606: 'rejected_media',
};

/**
 * One of our endings for what the switch reported.
 * An ending on the far side's initiative (`recv_bye`) is a hang-up whatever Reason it carried; a leg that never came up is
 * judged by status first, then by cause; everything else was our doing.
 */
export function endingOf(end: ReportedEnd): LegEnding {
  if (end.answered) {
    if (end.disposition === 'recv_bye') return 'hung_up';
    if (mediaLost.has(end.cause)) return 'media_lost';
    return end.cause === 'NORMAL_TEMPORARY_FAILURE' && end.disposition === undefined
      ? 'media_lost'
      : 'released';
  }
  if (end.disposition === 'recv_cancel') return 'cancelled';
  if (end.disposition === 'send_refuse') return 'released'; // an inbound caller we turned away
  if (end.cause === 'SYSTEM_SHUTDOWN' || end.cause === 'MANAGER_REQUEST') return 'media_lost';
  const told = end.status === undefined ? undefined : byStatus[end.status];
  return told ?? byCause[end.cause] ?? 'failed';
}

/** The ending for a dial that failed before any channel existed: the text of the job's result, `-ERR <CAUSE>`. */
export function endingOfJob(result: string): LegEnding {
  const cause = /^-ERR ([A-Z_]+)/.exec(result)?.[1];
  return cause === undefined ? 'failed' : (byCause[cause] ?? 'failed');
}
