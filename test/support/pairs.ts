// The two pairs a whole Cordboard runs on: the embedded SIP server and switch always, drachtio-server with FreeSWITCH where this
// machine has both. A story is written once and told on each; a pair that is missing is skipped, and says why and how much.

import { afterEach, describe, test } from 'vitest';
import { openScenes } from './scene.ts';
import { drachtioLane } from './sip-servers.ts';
import { switchLanes } from './switches.ts';

export type Pair = 'embedded' | 'real';

/** What the tests of one story get. */
export interface PairTests {
  readonly pair: Pair;
  /** vitest's own, counted. `timeoutMs` only where the project's is too short. */
  test(title: string, body: () => void | Promise<void>, timeoutMs?: number): void;
}

const nameOf: Readonly<Record<Pair, string>> = {
  embedded: 'the embedded pair',
  real: 'drachtio-server and FreeSWITCH',
};

/** Why this pair cannot run here; undefined when it can. */
export function missingOf(pair: Pair): string | undefined {
  if (pair === 'embedded') return undefined;
  const freeswitch = switchLanes().find(({ name }) => name === 'freeswitch');
  return (
    [drachtioLane.missing, freeswitch?.missing].filter((why) => why !== undefined).join('; ') || undefined
  );
}

export interface Story {
  readonly story: string;
  /** Why it cannot be told here on either pair, such as a browser that is not installed. */
  readonly alsoMissing: string | undefined;
}

/** Tells a story on each pair. */
export function onEachPair(given: string | Story, define: (suite: PairTests) => void): void {
  const { story, alsoMissing } = typeof given === 'string' ? { story: given, alsoMissing: undefined } : given;
  for (const pair of ['embedded', 'real'] as const) {
    const missing = [missingOf(pair), alsoMissing].filter((why) => why !== undefined);
    describe.skipIf(missing.length > 0)(`${story}, on ${nameOf[pair]}`, () => {
      let count = 0;
      afterEach(({ task }) => {
        if (task.result?.state === 'fail')
          for (const scene of openScenes) process.stdout.write(scene.evidence());
      });
      define({
        pair,
        test: (title, body, timeoutMs) => {
          count += 1;
          test(title, body, timeoutMs);
        },
      });
      // Inside the suite: vitest collects it later than it reads the file, and only then are its tests known.
      if (missing.length > 0)
        process.stdout.write(
          `${nameOf[pair]}: skipped, ${missing.join('; ')}; ${count} tests of "${story}" not run\n`,
        );
    });
  }
}
