// Facts become log lines and counters here and nowhere else, so that both always agree with what happened (docs/logging.md).

import type { Registry } from 'prom-client';
import type { Logger } from 'pino';
import { legOf } from '../domain/floor/effects.ts';
import type { Fact, Stamped } from '../domain/floor/facts.ts';
import type { Watch } from '../engine/watch.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import type { RecordingListener } from '../recordings/events.ts';
import { createCounters, type Counters } from './counters.ts';
import { registerVitals, type Vitals } from './vitals.ts';

export interface Observer {
  readonly metrics: Registry;
  readonly watch: Watch;
  /** From now on /metrics tells these too. Once. */
  watchVitals(vitals: Vitals): void;
  /** What administrators do to the telephony. */
  readonly telephony: (event: TelephonyEvent) => void;
  /** What happens to recordings. */
  readonly recordings: RecordingListener;
  /** Subscribed to the engine. */
  facts(facts: readonly Stamped<Fact>[]): void;
}

export function createObserver(log: Logger): Observer {
  const counters = createCounters();
  return {
    metrics: counters.registry,
    watch: watchInto(counters, log),
    telephony: ({ kind, ...about }) => log.info({ audit: kind, ...about }, kind),
    recordings: recordingsInto(counters, log),
    watchVitals: (vitals) => registerVitals(counters.registry, vitals),
    facts(stamped) {
      for (const { fact } of stamped) {
        counters.facts.inc({ kind: fact.kind });
        if (fact.kind === 'session.ended') counters.ended.inc({ ending: fact.ending });
        if (fact.kind === 'offer.missed') counters.missed.inc({ miss: fact.miss });
        const { kind, ...about } = fact;
        log[levelOf(fact)](about, kind);
      }
    },
  };
}

function watchInto(counters: Counters, log: Logger): Watch {
  return {
    stepped(input, answer, tookMs) {
      counters.stepSeconds.observe(tookMs / 1_000);
      counters.inputs.inc({ kind: input.kind, outcome: answer.outcome });
      if (answer.outcome !== 'ignored') return;
      counters.ignored.inc({ why: answer.why });
      log.debug({ input: input.kind, why: answer.why }, 'ignored');
    },
    bug(error, input) {
      counters.bugs.inc();
      log.error({ err: error, input: input.kind }, 'a rule broke; the input was dropped');
    },
    effectFailed(effect, reason, error) {
      counters.effectsFailed.inc({ effect: effect.kind, reason });
      log.warn(
        { effect: effect.kind, legId: legOf(effect), reason, err: error },
        'an effect was not carried out',
      );
    },
    repaired(what) {
      counters.repairs.inc({ what });
      log.warn({ what }, 'repaired');
    },
    blind(error) {
      counters.blind.inc();
      log.warn({ err: error }, 'the switch could not be asked what it holds');
    },
    listenerFailed: (error) => log.error({ err: error }, 'a listener of the floor failed'),
  };
}

function recordingsInto(counters: Counters, log: Logger): RecordingListener {
  return (event) => {
    const why = event.kind === 'recording.refused' || event.kind === 'recording.deleted' ? event.why : '';
    if (event.kind !== 'retention.done') counters.recordings.inc({ event: event.kind, why });
    const { kind, ...about } = event;
    switch (event.kind) {
      case 'retention.done':
        counters.recordingsStuck.set(event.stuck);
        return log.debug(about, kind);
      case 'recording.stuck':
        return log.warn({ recordingId: event.recordingId, err: event.error }, kind);
      case 'retention.failed':
        return log.warn({ err: event.error }, kind);
      default:
        return log.info({ audit: kind, ...about }, kind);
    }
  };
}

/** `info` is one line per lifecycle change, `error` is a person who lost something; the steps in between are `debug`. */
function levelOf(fact: Fact): 'debug' | 'info' | 'error' {
  switch (fact.kind) {
    case 'agent.activity':
    case 'offer.ringing':
    case 'session.arrived':
    case 'session.recordingStarted':
      return 'debug';
    case 'session.ended':
      return fact.ending === 'media_lost' || fact.ending === 'failed' ? 'error' : 'info';
    default:
      return 'info';
  }
}
