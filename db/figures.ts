// What a queue's records add up to. One pass over the calls of the stretch of time, by the index on when they ended.

import type { Knex } from 'knex';
import type { FigureQuery, QueueTotals } from '../app/ports/records.ts';

/** Drivers give sums of big integers as text. */
type Row = { readonly [Column in Exclude<keyof QueueTotals, 'queueId'>]: number | string } & {
  readonly queueId: string;
};

const answered = 'connected_at is not null';
const inTime = `${answered} and connected_at - queued_at <= :within`;
const abandoned = `connected_at is null and ending in ('abandoned_waiting', 'abandoned_ringing', 'customer_lost')`;
const late = `${abandoned} and ended_at - queued_at > :within`;

export async function totals(
  db: Knex,
  { from, withinMs, queues }: FigureQuery,
): Promise<readonly QueueTotals[]> {
  const query = db('calls')
    .where('ended_at', '>=', from)
    .where('queued_at', '>=', from)
    .whereNot('source', 'outbound')
    .groupBy('queue_id')
    .orderBy('queue_id')
    .select<Row[]>(
      db.ref('queue_id').as('queueId'),
      ...Object.entries({
        answered: countOf(answered),
        answeredInTime: countOf(inTime),
        abandoned: countOf(abandoned),
        abandonedLate: countOf(late),
        waitMs: `sum(case when ${answered} then connected_at - queued_at else 0 end)`,
      }).map(([name, sql]) => db.raw(`${sql} as ??`.replaceAll(':within', String(withinMs)), [name])),
    );
  if (queues !== undefined) void query.whereIn('queue_id', queues);
  return (await query).map(({ queueId, ...sums }) => ({ queueId, ...numbers(sums) }));
}

const countOf = (condition: string): string => `sum(case when ${condition} then 1 else 0 end)`;

const numbers = ({ answered, answeredInTime, abandoned, abandonedLate, waitMs }: Omit<Row, 'queueId'>) => ({
  answered: Number(answered),
  answeredInTime: Number(answeredInTime),
  abandoned: Number(abandoned),
  abandonedLate: Number(abandonedLate),
  waitMs: Number(waitMs),
});
