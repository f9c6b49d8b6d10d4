import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Budget } from './budget.ts';
import { Coalescer } from './coalescer.ts';
import { allowsOrigin } from './origin.ts';

describe('a budget', () => {
  it('lets a burst pass, then a steady rate, and never saves up more than the burst', () => {
    const budget = new Budget({ burst: 3, perSecond: 2 }, 0);
    const take = (now: number, times: number) =>
      Array.from({ length: times }, () => budget.take(now)).filter(Boolean).length;
    expect([take(0, 5), take(499, 5), take(500, 5), take(100_000, 9)]).toEqual([3, 0, 1, 3]);
  });

  it('is not refilled by a clock that goes back', () => {
    const budget = new Budget({ burst: 1, perSecond: 1 }, 10_000);
    expect([budget.take(10_000), budget.take(5_000), budget.take(5_500)]).toEqual([true, false, false]);
  });
});

describe('an origin', () => {
  it.each([
    [undefined, 'a:1', true], // no browser
    ['http://a:1', 'a:1', true],
    ['https://a:1', 'a:1', true], // a proxy may end TLS in front of us
    ['http://a:2', 'a:1', false],
    ['http://evil.example', 'a:1', false],
    ['null', 'a:1', false],
    ['', 'a:1', false],
    ['http://a:1', undefined, false],
  ])('%s at host %s without a public URL: %s', (origin, host, allowed) => {
    expect(allowsOrigin({}, origin, host)).toBe(allowed);
  });

  it('must be the public one where there is one, or one of the others named', () => {
    const policy = { publicUrl: 'https://calls.example.org', others: ['https://shop.example'] };
    const allowed = [
      'https://calls.example.org',
      'https://shop.example',
      'http://calls.example.org',
      'https://a',
      'https://calls.example.org.evil',
    ];
    expect(allowed.map((origin) => allowsOrigin(policy, origin, 'a'))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a coalescer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('hands over together, once per interval, and sleeps while nothing changes', () => {
    const handed: string[][] = [];
    const changes = new Coalescer<string>(100, (changed) => handed.push([...changed]));
    for (const item of ['a', 'b', 'a']) changes.add(item);
    vi.advanceTimersByTime(99);
    expect(handed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(handed).toEqual([['a', 'b']]);
    expect(vi.getTimerCount()).toBe(0);
    changes.add('c');
    changes.flush();
    changes.add('d');
    changes.close();
    vi.advanceTimersByTime(1_000);
    expect(handed).toEqual([['a', 'b'], ['c']]);
  });
});
