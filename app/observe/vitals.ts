// What the control plane holds at this moment, as gauges of /metrics: read when asked, so that nothing has to be counted along.
// With nobody calling and nobody signed in, each is what it was at the start; one that climbs is a leak.

import { Gauge, type Registry } from 'prom-client';

/** One function per figure; each must be instant. */
export interface Vitals {
  /** Timers of the floor. */
  readonly timers: () => number;
  /** Effects the switch has not accepted or refused yet. */
  readonly effectsUnderway: () => number;
  /** Sessions that are not over. */
  readonly liveSessions: () => number;
  /** Open Socket.IO connections by audience. */
  readonly sockets: () => Readonly<Record<string, number>>;
  /** Browsers connected to /janus. */
  readonly janusLinks: () => number;
  /** Legs the media adapter keeps track of. */
  readonly switchLegs: () => number;
  /** Commands on the event socket without a reply. */
  readonly switchReplies: () => number;
  /** Answered calls the SIP edge would hang up if the switch died. */
  readonly edgeCalls: () => number;
}

export function registerVitals(registry: Registry, vitals: Vitals): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `cordboard_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('timers', 'Timers of the floor', vitals.timers);
  gauge('effects_underway', 'Effects the switch has not answered yet', vitals.effectsUnderway);
  gauge('sessions_live', 'Sessions that are not over', vitals.liveSessions);
  gauge('janus_links', 'Browsers connected to /janus', vitals.janusLinks);
  gauge('switch_legs', 'Legs the media adapter keeps track of', vitals.switchLegs);
  gauge('switch_replies_awaited', 'Event socket commands without a reply', vitals.switchReplies);
  gauge('edge_calls', 'Answered calls the SIP edge would hang up if the switch died', vitals.edgeCalls);
  new Gauge({
    name: 'cordboard_sockets',
    help: 'Open Socket.IO connections, by audience',
    labelNames: ['audience'],
    registers: [registry],
    collect() {
      for (const [audience, open] of Object.entries(vitals.sockets())) this.set({ audience }, open);
    },
  });
}
