// Key presses: raised as events, handed on to the bridged leg, and sent on request.

import { runWaiting } from './applications.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';

/** Where a digit came from, in FreeSWITCH's words. */
export type DtmfSource = 'RTP' | 'ENDPOINT' | 'APP';

const DEFAULT_SAMPLES = 2_000;

/** A digit arrived from a phone, or is to be treated as if. @param samples its length at 8 kHz */
export function receiveDtmf(
  exchange: Exchange,
  channel: Channel,
  digit: string,
  samples: number,
  source: DtmfSource,
): void {
  channel.raise('DTMF', {
    variables: false,
    extra: [
      ['DTMF-Digit', digit],
      ['DTMF-Duration', String(samples)],
      ['DTMF-Source', source],
    ],
  });
  const application = channel.applications.at(-1);
  if (application?.digit) {
    application.digit(digit);
    runWaiting(channel);
    return;
  }
  const partner = channel.partner;
  if (partner?.alive)
    exchange.media.order({
      order: 'dtmf',
      leg: partner.uuid,
      digits: digit,
      durationMs: Math.round(samples / 8),
    });
}

/** Digits with an optional `@milliseconds`, as the DTMF commands take them. */
export function parseDigits(text: string): { digits: string; durationMs: number } | undefined {
  const match = /^([0-9*#A-DwW]{1,64})(?:@(\d{1,5}))?$/i.exec(text);
  if (!match) return undefined;
  return { digits: match[1]!, durationMs: match[2] ? Number(match[2]) : DEFAULT_SAMPLES / 8 };
}
