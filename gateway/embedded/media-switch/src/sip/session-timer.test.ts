import { SipHeaders } from '@cordboard/sip-stack';
import { describe, expect, test } from 'vitest';
import {
  agreedTimer,
  answerTimer,
  parseSessionExpires,
  SessionTimer,
  type SessionInterval,
} from './session-timer.ts';

const headers = (fields: Record<string, string>): SipHeaders => {
  const made = new SipHeaders();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
};

describe('what Session-Expires says', () => {
  test.each([
    ['1800', { seconds: 1_800, refresher: undefined }],
    ['90;refresher=uac', { seconds: 90, refresher: 'uac' }],
    [' 120 ; refresher = UAS', { seconds: 120, refresher: 'uas' }],
    ['120;x=y;refresher=uas', { seconds: 120, refresher: 'uas' }],
    ['soon', undefined],
    ['', undefined],
  ])('%j', (text, meaning) => {
    expect(parseSessionExpires(text)).toEqual(meaning);
  });
});

describe("a peer's request", () => {
  test.each([
    ['without a timer is answered without one', {}, undefined, undefined],
    [
      'that knows timers and asks for none gets one that we refresh',
      { Supported: 'timer' },
      'us',
      '1800;refresher=uas',
    ],
    [
      'that wants to refresh may',
      { Supported: 'timer', 'Session-Expires': '600;refresher=uac' },
      'peer',
      '600;refresher=uac',
    ],
    [
      'with a longer interval than ours gets ours',
      { Supported: 'timer', 'Session-Expires': '7200' },
      'us',
      '1800;refresher=uas',
    ],
    [
      'gets no less than the path allows',
      { Supported: 'timer', 'Session-Expires': '7200', 'Min-SE': '3600' },
      'us',
      '3600;refresher=uas',
    ],
    [
      'whose timer a proxy put in is refreshed by us',
      { 'Session-Expires': '600;refresher=uac' },
      'us',
      '600;refresher=uas',
    ],
  ] as const)('%s', (_, fields, refresher, answer) => {
    const said = answerTimer(headers(fields), 1_800);
    expect(said.outcome).toBe('accept');
    if (said.outcome !== 'accept') return;
    expect(said.interval?.refresher).toBe(refresher);
    expect(said.headers['Session-Expires']).toBe(answer);
    expect(said.headers['Require']).toBe(refresher === 'peer' ? 'timer' : undefined);
  });

  test('for less than 90 seconds is refused with 422', () => {
    expect(answerTimer(headers({ Supported: 'timer', 'Session-Expires': '60' }), 1_800).outcome).toBe(
      'tooShort',
    );
  });

  test('an answer says who refreshes, or that nobody does', () => {
    expect(agreedTimer(headers({ 'Session-Expires': '300;refresher=uas' }))).toEqual({
      seconds: 300,
      refresher: 'peer',
    });
    expect(agreedTimer(headers({ 'Session-Expires': '300' }))).toEqual({ seconds: 300, refresher: 'us' });
    expect(agreedTimer(headers({}))).toBeUndefined();
  });
});

describe('the timer of a dialog', () => {
  const run = (): {
    timer: SessionTimer;
    told: string[];
    pass: (seconds: number) => void;
    pending: () => number;
  } => {
    let now = 0;
    let timers: { at: number; call: () => void }[] = [];
    const told: string[] = [];
    const clock = {
      after: (ms: number, call: () => void) => {
        const timer = { at: now + ms, call };
        timers.push(timer);
        return () => void (timers = timers.filter((other) => other !== timer));
      },
    };
    const timer = new SessionTimer(clock, {
      refresh: () => void told.push(`refresh at ${now / 1_000}`),
      expire: () => void told.push(`expired at ${now / 1_000}`),
    });
    const pass = (seconds: number): void => {
      const until = now + seconds * 1_000;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!next) break;
        now = next.at;
        timers = timers.filter((other) => other !== next);
        next.call();
      }
      now = until;
    };
    return { timer, told, pass, pending: () => timers.length };
  };
  const ours: SessionInterval = { seconds: 600, refresher: 'us' };

  test('is refreshed by us at half time, and expires when that does not help', () => {
    const { timer, told, pass, pending } = run();
    timer.agree(ours);
    pass(1_000);
    expect(told).toEqual(['refresh at 300', 'expired at 600']);
    expect(pending()).toBe(0);
  });

  test('lives on as long as refreshes succeed', () => {
    const { timer, told, pass } = run();
    timer.agree(ours);
    for (let n = 0; n < 5; n++) {
      pass(310);
      timer.agree(ours);
    }
    expect(told).toEqual([300, 610, 920, 1_230, 1_540].map((at) => `refresh at ${at}`));
  });

  test('a refresh that failed is tried again before the end', () => {
    const { timer, told, pass } = run();
    timer.agree(ours);
    pass(300);
    timer.retry(ours);
    pass(10);
    expect(told).toEqual(['refresh at 300', 'refresh at 310']);
  });

  test.each([
    [600, 568],
    [90, 60],
  ])('of %i s that the peer lets pass ends at %i s', (seconds, at) => {
    const { timer, told, pass } = run();
    timer.agree({ seconds, refresher: 'peer' });
    pass(1_000);
    expect(told).toEqual([`expired at ${at}`]);
  });

  test('leaves nothing behind when the dialog ends, or the peer wants none', () => {
    const { timer, pending } = run();
    timer.agree(ours);
    timer.agree(undefined);
    expect(pending()).toBe(0);
    timer.agree(ours);
    timer.stop();
    expect(pending()).toBe(0);
  });
});
