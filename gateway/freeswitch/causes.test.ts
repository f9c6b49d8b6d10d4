import { describe, expect, it } from 'vitest';
import { legEndings } from '../../app/domain/ending.ts';
import { endingOf, endingOfJob, killCauses } from './causes.ts';

// cause, disposition, SIP status, answered — as FreeSWITCH 1.10.12 reports them.
const reports: readonly (readonly [string, string | undefined, number | undefined, boolean])[] = [
  ['NORMAL_CLEARING', 'recv_bye', 200, true],
  ['USER_BUSY', 'recv_bye', 200, true],
  ['NORMAL_CLEARING', 'send_bye', undefined, true],
  ['MEDIA_TIMEOUT', 'send_bye', undefined, true],
  ['RECOVERY_ON_TIMER_EXPIRE', 'send_bye', undefined, true],
  ['SYSTEM_SHUTDOWN', 'send_bye', undefined, true],
  ['MANAGER_REQUEST', 'send_bye', undefined, true],
  ['ORIGINATOR_CANCEL', 'recv_cancel', 487, false],
  ['USER_BUSY', 'send_refuse', undefined, false],
  ['UNALLOCATED_NUMBER', 'send_refuse', undefined, false],
  ['USER_BUSY', 'recv_refuse', 486, false],
  ['USER_BUSY', 'recv_refuse', 600, false],
  ['CALL_REJECTED', 'recv_refuse', 603, false],
  ['CALL_REJECTED', 'recv_refuse', 403, false],
  ['CALL_REJECTED', undefined, 401, false],
  ['UNALLOCATED_NUMBER', 'recv_refuse', 404, false],
  ['NO_USER_RESPONSE', 'recv_refuse', 480, false],
  ['SUBSCRIBER_ABSENT', 'recv_refuse', 480, false],
  ['RECOVERY_ON_TIMER_EXPIRE', 'recv_refuse', 408, false],
  ['NUMBER_CHANGED', 'recv_refuse', 410, false],
  ['INVALID_NUMBER_FORMAT', 'recv_refuse', 484, false],
  ['INCOMPATIBLE_DESTINATION', 'recv_refuse', 488, false],
  ['SERVICE_NOT_IMPLEMENTED', 'recv_refuse', 415, false],
  ['SERVICE_NOT_IMPLEMENTED', 'recv_refuse', 501, false],
  ['NORMAL_TEMPORARY_FAILURE', 'recv_refuse', 500, false],
  ['NORMAL_TEMPORARY_FAILURE', 'recv_refuse', 503, false],
  ['NETWORK_OUT_OF_ORDER', 'recv_refuse', 502, false],
  ['NO_ROUTE_DESTINATION', 'recv_refuse', 604, false],
  ['NO_ANSWER', 'send_cancel', undefined, false],
  ['LOSE_RACE', 'send_cancel', undefined, false],
  ['NORMAL_CLEARING', 'send_cancel', undefined, false],
  ['SOMETHING_NEW', 'recv_refuse', 499, false],
];

describe('how a leg ended', () => {
  it('is told from cause, disposition and status', () => {
    const table = reports.map(([cause, disposition, status, answered]) => {
      const ending = endingOf({ cause, disposition, status, answered });
      const words = [answered ? 'up' : 'dialled', cause, disposition ?? '-', status ?? '-'];
      return `${words.join(' ').padEnd(56)} ${ending}`;
    });
    expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      up NORMAL_CLEARING recv_bye 200                          hung_up
      up USER_BUSY recv_bye 200                                hung_up
      up NORMAL_CLEARING send_bye -                            released
      up MEDIA_TIMEOUT send_bye -                              media_lost
      up RECOVERY_ON_TIMER_EXPIRE send_bye -                   media_lost
      up SYSTEM_SHUTDOWN send_bye -                            media_lost
      up MANAGER_REQUEST send_bye -                            media_lost
      dialled ORIGINATOR_CANCEL recv_cancel 487                cancelled
      dialled USER_BUSY send_refuse -                          released
      dialled UNALLOCATED_NUMBER send_refuse -                 released
      dialled USER_BUSY recv_refuse 486                        busy
      dialled USER_BUSY recv_refuse 600                        busy
      dialled CALL_REJECTED recv_refuse 603                    declined
      dialled CALL_REJECTED recv_refuse 403                    failed
      dialled CALL_REJECTED - 401                              failed
      dialled UNALLOCATED_NUMBER recv_refuse 404               unknown_number
      dialled NO_USER_RESPONSE recv_refuse 480                 unreachable
      dialled SUBSCRIBER_ABSENT recv_refuse 480                unreachable
      dialled RECOVERY_ON_TIMER_EXPIRE recv_refuse 408         unreachable
      dialled NUMBER_CHANGED recv_refuse 410                   unknown_number
      dialled INVALID_NUMBER_FORMAT recv_refuse 484            unknown_number
      dialled INCOMPATIBLE_DESTINATION recv_refuse 488         rejected_media
      dialled SERVICE_NOT_IMPLEMENTED recv_refuse 415          rejected_media
      dialled SERVICE_NOT_IMPLEMENTED recv_refuse 501          failed
      dialled NORMAL_TEMPORARY_FAILURE recv_refuse 500         failed
      dialled NORMAL_TEMPORARY_FAILURE recv_refuse 503         unreachable
      dialled NETWORK_OUT_OF_ORDER recv_refuse 502             unreachable
      dialled NO_ROUTE_DESTINATION recv_refuse 604             unknown_number
      dialled NO_ANSWER send_cancel -                          no_answer
      dialled LOSE_RACE send_cancel -                          released
      dialled NORMAL_CLEARING send_cancel -                    released
      dialled SOMETHING_NEW recv_refuse 499                    failed
      "
    `);
  });

  it.each([
    ['-ERR USER_NOT_REGISTERED', 'unreachable'],
    ['-ERR SUBSCRIBER_ABSENT', 'unreachable'],
    ['-ERR INVALID_PROFILE', 'failed'],
    ['-ERR DESTINATION_OUT_OF_ORDER', 'failed'],
    ['-ERR NO_ANSWER', 'no_answer'],
    ['-USAGE: <call url> <exten>', 'failed'],
    ['', 'failed'],
  ] as const)('of a dial that came to no channel, %j, is %s', (result, ending) => {
    expect(endingOfJob(result)).toBe(ending);
  });

  it('is always one of the closed list', () => {
    for (const [cause, disposition, status, answered] of reports) {
      expect(legEndings).toContain(endingOf({ cause, disposition, status, answered }));
    }
  });

  it('asks for causes FreeSWITCH knows', () => {
    for (const cause of Object.values(killCauses)) expect(cause).toMatch(/^[A-Z_]+$/);
  });
});
