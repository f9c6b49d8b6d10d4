// How the queues did, for those who look after them.

import { scopeOf, type Groups } from '../auth/groups.ts';
import type { QueueFigures } from '../contract/figures.ts';
import type { QueueTotals, Records } from '../ports/records.ts';
import type { Implementation } from './routes.ts';

interface Options {
  readonly groups: Groups;
  readonly records: Records;
}

export const figures = ({ groups, records }: Options): Pick<Implementation, 'readFigures'> => ({
  async readFigures({ principal, query }) {
    const { queues } = scopeOf(groups, principal);
    const found = await records.totals({ ...query, ...(queues !== 'all' && { queues }) });
    return { queues: found.map(figuresOf) };
  },
});

function figuresOf({ waitMs, abandonedLate, ...totals }: QueueTotals): QueueFigures {
  const { answered, answeredInTime } = totals;
  const due = answered + abandonedLate;
  return {
    ...totals,
    serviceLevel: due === 0 ? null : answeredInTime / due,
    averageWaitMs: answered === 0 ? null : Math.round(waitMs / answered),
  };
}
