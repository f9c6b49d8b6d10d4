import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pulse } from './pulse.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const begin = (): { readonly pulse: Pulse; readonly said: string[] } => {
  const said: string[] = [];
  return { pulse: new Pulse({ openMs: 5_000, silenceMs: 12_000, onSilent: (why) => said.push(why) }), said };
};

test('a connection that does not come up is given up, once', () => {
  const { said } = begin();
  vi.advanceTimersByTime(4_999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(['not connected within 5000 ms']);
});

test('one that is up is given up when it has been silent for too long, and not before', () => {
  const { pulse, said } = begin();
  pulse.up();
  for (let words = 0; words < 10; words += 1) {
    vi.advanceTimersByTime(11_000);
    pulse.heard();
  }
  vi.advanceTimersByTime(11_999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(['nothing heard for 12000 ms']);
});

test('after its end nothing is said', () => {
  const { pulse, said } = begin();
  pulse.up();
  pulse.stop();
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
});
