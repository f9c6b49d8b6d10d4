// The figures of /metrics, in Prometheus' words. Labels come from closed lists only: no id, no number, no free text.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Counters {
  readonly registry: Registry;
  readonly facts: Counter<'kind'>;
  readonly ended: Counter<'ending'>;
  readonly missed: Counter<'miss'>;
  readonly inputs: Counter<'kind' | 'outcome'>;
  readonly ignored: Counter<'why'>;
  readonly effectsFailed: Counter<'effect' | 'reason'>;
  readonly repairs: Counter<'what'>;
  readonly recordings: Counter<'event' | 'why'>;
  readonly recordingsStuck: Gauge;
  readonly bugs: Counter;
  readonly blind: Counter;
  readonly stepSeconds: Histogram;
}

export function createCounters(): Counters {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> =>
    new Counter({ name: `cordboard_${name}_total`, help, labelNames: [...labelNames], registers });
  return {
    registry,
    facts: counter('facts', 'Facts of the floor, by kind', ['kind']),
    ended: counter('sessions_ended', 'Sessions ended, by reason', ['ending']),
    missed: counter('offers_missed', 'Offers that came to nothing, by cause', ['miss']),
    inputs: counter('inputs', 'Inputs of the floor, by kind and by what they were answered', [
      'kind',
      'outcome',
    ]),
    ignored: counter('inputs_ignored', 'Late, duplicate and stale inputs, by why they were ignored', ['why']),
    effectsFailed: counter('effects_failed', 'Effects the media switch did not accept', ['effect', 'reason']),
    repairs: counter('repairs', 'Disagreements of floor and switch that the reconciler put right', ['what']),
    recordings: counter('recordings', 'What happened to recordings: links, fetches, holds, deletions', [
      'event',
      'why',
    ]),
    recordingsStuck: new Gauge({
      name: 'cordboard_recordings_stuck',
      help: 'Recordings whose time is over and whose file could not be removed',
      registers,
    }),
    bugs: counter('bugs', 'Inputs dropped because a rule broke'),
    blind: counter('reconciler_blind', 'Times the media switch could not be asked what it holds'),
    stepSeconds: new Histogram({
      name: 'cordboard_step_seconds',
      help: 'Time of one decision of the floor',
      buckets: [0.00001, 0.00005, 0.0001, 0.00025, 0.001, 0.01, 0.1],
      registers,
    }),
  };
}
