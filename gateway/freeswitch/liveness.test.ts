import { beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../test/support/virtual-clock.ts';
import { Liveness } from './liveness.ts';

describe('whether the switch is there', () => {
  let clock: VirtualClock;
  let lost: string[];
  let liveness: Liveness;
  beforeEach(() => {
    clock = createVirtualClock();
    lost = [];
    liveness = new Liveness({
      clock,
      suspectMs: 2_500,
      silenceMs: 5_000,
      graceMs: 3_000,
      startMs: 20_000,
      onLost: (why) => void lost.push(why),
    });
  });

  it('is waited for at the start, and then not any longer', async () => {
    await clock.advance(19_999);
    expect(lost).toEqual([]);
    await clock.advance(1);
    expect(lost).toHaveLength(1);
    expect(liveness.opened('core-1')).toBe('back');
  });

  it('is lost once when nothing is heard for five seconds', async () => {
    expect(liveness.opened('core-1')).toBe('first');
    for (let second = 0; second < 10; second += 1) {
      await clock.advance(1_000);
      liveness.heard();
    }
    await clock.advance(4_999);
    expect(lost).toEqual([]);
    await clock.advance(60_000);
    expect(lost).toEqual(['nothing heard for 5000 ms']);
    expect(liveness.health().up).toBe(false);
  });

  it('has three seconds to come back after a cut', async () => {
    liveness.opened('core-1');
    await clock.advance(1_000);
    liveness.heard();
    liveness.closed('cut');
    await clock.advance(2_999);
    expect(liveness.opened('core-1')).toBe('same');
    liveness.closed('cut');
    // Failed attempts do not buy it more time.
    await clock.advance(2_000);
    liveness.closed('refused');
    await clock.advance(1_000);
    expect(lost).toEqual(['refused']);
  });

  it('has been restarted when its core changed', () => {
    liveness.opened('core-1');
    liveness.closed('cut');
    expect(liveness.opened('core-2')).toBe('restarted');
    expect(lost).toEqual([]);
  });

  it('is not blamed for our own sleep: a stopped process whose timers fire late', () => {
    let overdue: (() => void) | undefined;
    let now = 0;
    const stopped = new Liveness({
      clock: {
        now: () => now,
        newId: () => '',
        wakeAt: (_at, callback) => ((overdue = callback), () => undefined),
      },
      suspectMs: 2_500,
      silenceMs: 5_000,
      graceMs: 3_000,
      startMs: 20_000,
      onLost: (why) => void lost.push(why),
    });
    stopped.opened('core-1');
    now = 60_000;
    overdue?.();
    expect(lost).toEqual([]);
    now = 65_000;
    overdue?.();
    expect(lost).toEqual(['nothing heard for 5000 ms']);
  });

  it('says since when', async () => {
    const start = clock.now();
    expect(liveness.health()).toMatchObject({ up: false, since: start });
    await clock.advance(500);
    liveness.opened('core-1');
    expect(liveness.health()).toMatchObject({ up: true, since: start + 500 });
    await clock.advance(500);
    liveness.closed('cut');
    expect(liveness.health()).toEqual({ up: false, since: start + 1_000, detail: 'cut' });
  });
});
