import { defineConfig } from 'vitest/config';

const pure = [
  'app/**/*.test.ts',
  'db/**/*.test.ts',
  'gateway/**/*.test.ts',
  'test/stories/**/*.test.ts',
  'test/model/**/*.test.ts',
  'test/{bootstrap,compose,docs,outcome}.test.ts',
];
const gates = ['test/architecture.test.ts'];
const wires = ['test/contract/**/*.test.ts', 'test/sip/**/*.test.ts'];
const peers = ['test/e2e/**/*.test.ts'];
const chaos = ['test/chaos/**/*.test.ts'];

/** Real programs are slow to start, and slower on a small machine. */
const patience = { testTimeout: 120_000, hookTimeout: 120_000 };

// Rooms, one after the other: `pure` opens no program but Node and finishes in seconds; `gates` reads the whole house; `wires` holds one part
// against its real counterparts; `peers` has everything running, with phones and browsers. The files of both mostly wait, so two run at a
// time. `chaos` puts everything under load, and has the machine to itself.
export default defineConfig({
  resolve: { conditions: ['cordboard-source'] },
  ssr: { resolve: { conditions: ['cordboard-source'], externalConditions: ['cordboard-source'] } },
  test: {
    projects: [
      // One module graph per thread: these tests share nothing but code, and would spend most of their time loading it.
      {
        extends: true,
        test: {
          name: 'pure',
          include: pure,
          testTimeout: 10_000,
          pool: 'threads',
          maxWorkers: '100%',
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'gates', include: gates, ...patience, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: { name: 'wires', include: wires, ...patience, maxWorkers: 2, sequence: { groupOrder: 2 } },
      },
      {
        extends: true,
        test: { name: 'peers', include: peers, ...patience, maxWorkers: 2, sequence: { groupOrder: 3 } },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: chaos,
          ...patience,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
