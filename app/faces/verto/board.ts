// From the floor to the readers: facts become events as they come, the queues' figures at most twice a second.

import type { Core } from '../../engine/core.ts';
import { Coalescer } from '../../realtime/coalescer.ts';
import { queueChannel } from './channels.ts';
import { occurrence, queueData } from './event-data.ts';
import { FanOut } from './fan-out.ts';
import { Happenings } from './happenings.ts';
import { History } from './history.ts';
import { Pictures } from './pictures.ts';
import type { Slices } from './slices.ts';

export interface Board {
  readonly fanOut: FanOut;
  readonly happenings: Happenings;
  readonly pictures: Pictures;
  close(): void;
}

const figuresMs = 500;

/** @param now milliseconds since the epoch */
export function openBoard(core: Core, now: () => number, slices: Slices): Board {
  const happenings = new Happenings(core.view);
  const pictures = new Pictures(core.view, happenings);
  const fanOut = new FanOut({
    history: new History({ now }),
    now: () => performance.now(),
    slices,
    later(ms, act) {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    snapshot: (channel, audience, reason) => pictures.snapshot(channel, audience, reason, now()),
  });
  const figures = queueFigures(core, fanOut, now);
  const unsubscribe = core.subscribe((facts) => {
    for (const event of happenings.of(facts)) fanOut.publish(event);
    fanOut.settle();
    figures.add('queues');
  });
  return {
    fanOut,
    happenings,
    pictures,
    close() {
      unsubscribe();
      figures.close();
      fanOut.close();
    },
  };
}

/** Tells the figures of those queues that are not as they were told last. */
function queueFigures(core: Core, fanOut: FanOut, now: () => number): Coalescer<'queues'> {
  const last = new Map<string, string>();
  for (const queue of core.view.queues()) last.set(queue.queueId, JSON.stringify(queueData(queue)));
  return new Coalescer<'queues'>(figuresMs, () => {
    for (const queue of core.view.queues()) {
      const data = queueData(queue);
      const text = JSON.stringify(data);
      if (last.get(queue.queueId) === text) continue;
      last.set(queue.queueId, text);
      fanOut.publish(
        occurrence({
          channels: [queueChannel(queue.queueId)],
          eventType: 'queue-stats',
          at: now(),
          data: () => data,
        }),
      );
    }
    fanOut.settle();
  });
}
