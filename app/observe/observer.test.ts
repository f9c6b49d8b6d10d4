import { pino } from 'pino';
import { expect, test } from 'vitest';
import { agentId, offerId, sessionId } from '../domain/ids.ts';
import type { Fact } from '../domain/floor/facts.ts';
import { createObserver } from './observer.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly sessionId?: string;
}

function openObserver() {
  const lines: Line[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  return { lines, observer: createObserver(pino({ level: 'debug' }, stream)) };
}

const stamped = (fact: Fact) => [{ number: 7, at: 1, fact }];
const session = sessionId('s1');
const info = 30;
const error = 50;

test('a lifecycle change is one info line with its session, a detail is debug, a lost call is an error', () => {
  const { lines, observer } = openObserver();
  observer.facts(stamped({ kind: 'session.connected', sessionId: session, agentId: agentId('1001') }));
  observer.facts(stamped({ kind: 'agent.activity', agentId: agentId('1001'), activity: 'idle' }));
  observer.facts(stamped({ kind: 'session.ended', sessionId: session, ending: 'media_lost' }));
  expect(lines).toMatchObject([
    { level: info, msg: 'session.connected', sessionId: 's1' },
    { level: 20, msg: 'agent.activity' },
    { level: error, msg: 'session.ended', sessionId: 's1' },
  ]);
});

test('endings, misses, ignored inputs, repairs and bugs are counted by their closed lists', async () => {
  const { lines, observer } = openObserver();
  observer.facts(stamped({ kind: 'session.ended', sessionId: session, ending: 'abandoned_waiting' }));
  const missed = { kind: 'offer.missed', offerId: offerId('o'), sessionId: session } as const;
  observer.facts(stamped({ ...missed, agentId: agentId('1001'), miss: 'busy' }));
  observer.watch.stepped?.({ kind: 'switch.back' }, { outcome: 'ignored', why: 'already up' }, 0.02);
  observer.watch.repaired?.('orphan leg');
  observer.watch.bug?.(new Error('broken'), { kind: 'switch.lost' });
  const text = await observer.metrics.metrics();
  expect(text).toContain('cordboard_sessions_ended_total{ending="abandoned_waiting"} 1');
  expect(text).toContain('cordboard_offers_missed_total{miss="busy"} 1');
  expect(text).toContain('cordboard_inputs_ignored_total{why="already up"} 1');
  expect(text).toContain('cordboard_repairs_total{what="orphan leg"} 1');
  expect(text).toContain('cordboard_bugs_total 1');
  expect(lines.at(-1)).toMatchObject({ level: error });
});

test('what is held at this moment is read when it is asked for', async () => {
  const { observer } = openObserver();
  let timers = 3;
  const none = () => 0;
  observer.watchVitals({
    timers: () => timers,
    effectsUnderway: none,
    liveSessions: none,
    sockets: () => ({ customer: 2, agent: 0 }),
    janusLinks: none,
    switchLegs: none,
    switchReplies: none,
    edgeCalls: none,
  });
  expect(await observer.metrics.metrics()).toContain('\ncordboard_timers 3\n');
  timers = 0;
  const text = await observer.metrics.metrics();
  expect(text).toContain('\ncordboard_timers 0\n');
  expect(text).toContain('cordboard_sockets{audience="customer"} 2');
  // Whatever keeps the process alive, whoever opened it.
  expect(text).toContain('nodejs_active_resources{type="Timeout"}');
});
