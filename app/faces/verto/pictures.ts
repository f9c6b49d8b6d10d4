// How things are, for a channel: what a snapshot event and cc.status say.

import type { FloorView, SessionView } from '../../domain/floor/view.ts';
import { callerFields, iso, membersOf, queueData } from './event-data.ts';
import type { Happenings } from './happenings.ts';
import type { Audience } from './history.ts';
import type { SnapshotReason } from './replays.ts';

/** What of the floor somebody looks at. */
export interface Frame {
  /** Absent: every one. */
  readonly queues?: readonly string[];
  readonly agent?: string;
}

export class Pictures {
  readonly #view: FloorView;
  readonly #happenings: Happenings;

  constructor(view: FloorView, happenings: Happenings) {
    this.#view = view;
    this.#happenings = happenings;
  }

  agents({ queues, agent }: Frame): readonly object[] {
    return this.#view.agents().flatMap(({ agentId, queues: hers }) => {
      const shown = hers.filter((queue) => queues === undefined || queues.includes(queue));
      const [queue] = shown;
      if (queue === undefined || (agent !== undefined && agentId !== agent)) return [];
      return [{ queue, queues: shown, ...this.#happenings.agentData(agentId) }];
    });
  }

  queues({ queues }: Frame): readonly object[] {
    return this.#view
      .queues()
      .filter(({ queueId }) => queues === undefined || queues.includes(queueId))
      .map(queueData);
  }

  calls({ queues, agent }: Frame, audience: Audience): readonly object[] {
    return this.#view
      .sessions()
      .filter(
        (session) =>
          session.state !== 'ended' &&
          (queues === undefined || queues.includes(session.queueId)) &&
          (agent === undefined || session.agentId === agent),
      )
      .map((session) => callData(session, audience));
  }

  /** JSON members of a snapshot event of one channel. */
  snapshot(channel: string, audience: Audience, reason: SnapshotReason, at: number): string {
    const frame = frameOf(channel);
    const data = frame
      ? { agents: this.agents(frame), queues: this.queues(frame), calls: this.calls(frame, audience) }
      : {};
    return membersOf({ eventType: 'snapshot', eventTime: iso(at), data: { reason, ...data } });
  }
}

/** What a vcc channel is about; undefined for the others, which have no state. */
function frameOf(channel: string): Frame | undefined {
  const [family, queue, agent] = channel
    .split('.')
    .map((part) => part.replaceAll('%2E', '.').replaceAll('%25', '%'));
  if (family !== 'vcc') return undefined;
  return { ...(queue !== undefined && { queues: [queue] }), ...(agent !== undefined && { agent }) };
}

const callData = (session: SessionView, audience: Audience): object => ({
  queue: session.queueId,
  callID: session.sessionId,
  state: session.state,
  since: iso(session.since),
  ...(session.agentId !== undefined && { agent: session.agentId }),
  ...(session.place !== undefined && { position: session.place }),
  ...callerFields({ number: session.customerNumber, name: session.customerName }, audience),
});
