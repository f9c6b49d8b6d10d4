// Why a person's command was not carried out. Codes are stable: front ends translate them.

export const refusalCodes = [
  'unknown_session',
  'unknown_agent',
  'unknown_queue',
  'unknown_device',
  'queue_closed',
  'queue_full',
  'too_many_sessions',
  'already_signed_in',
  'not_signed_in',
  'not_in_call',
  'not_ringing',
  'not_in_wrap_up',
  'already_held',
  'not_held',
  'already_ended',
  'not_your_call',
  'wrong_state',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];
