import { expect, test } from 'vitest';
import { legId } from '../../app/domain/ids.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { echo } from './echo.ts';
import { LegTable } from './legs.ts';
import type { Switchboard } from './switchboard.ts';

/** As much of a switchboard as an echo needs. */
function board() {
  const clock = createVirtualClock();
  const sent: string[] = [];
  const api = async (command: string): Promise<string> => {
    sent.push(command.split(' ', 1)[0] ?? '');
    return '+OK\n';
  };
  const legs = new LegTable();
  return { sent, clock, legs, board: { api, clock, legs } as unknown as Switchboard };
}
const callOf = (legs: LegTable) => legs.add({ id: legId('leg-1'), direction: 'inbound', createdAt: 0 });

test('an echo that nobody hangs up is hung up after a minute', async () => {
  const { sent, clock, legs, board: switchboard } = board();
  echo(switchboard, callOf(legs));
  await clock.advance(59_999);
  expect(sent).toEqual(['uuid_transfer']);
  await clock.advance(1);
  expect(sent).toEqual(['uuid_transfer', 'uuid_kill']);
});

test('one that ended before is left alone', async () => {
  const { sent, clock, legs, board: switchboard } = board();
  const leg = callOf(legs);
  echo(switchboard, leg);
  legs.end(leg.id);
  expect(clock.pending).toBe(0);
  expect(sent).toEqual(['uuid_transfer']);
});
