// Administrators say which queues a supervisor looks after.

import type { Groups } from '../auth/groups.ts';
import type { Core } from '../engine/core.ts';
import { Refused } from '../realtime/commands.ts';
import type { Implementation } from './routes.ts';

export function supervisors({
  core,
  groups,
}: {
  readonly core: Core;
  readonly groups: Groups;
}): Pick<Implementation, 'listSupervisors' | 'assignSupervisor'> {
  return {
    async listSupervisors() {
      const listed = await groups.list();
      return {
        supervisors: listed.map(({ queues, ...rest }) => ({
          ...rest,
          queues: queues === 'all' ? queues : [...queues],
        })),
      };
    },
    async assignSupervisor({ param, body: { queues } }) {
      const known = new Set<string>(core.view.queues().map(({ queueId }) => queueId));
      if (queues !== 'all' && queues.some((id) => !known.has(id))) throw new Refused('unknown_queue');
      if (!(await groups.assign(param('username'), queues))) throw new Refused('not_found');
      return { ok: true };
    },
  };
}
