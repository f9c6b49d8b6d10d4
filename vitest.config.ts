import { defineConfig } from 'vitest/config';

const pure = [
  'app/**/*.test.ts',
  'db/**/*.test.ts',
  'gateway/**/*.test.ts',
  'test/stories/**/*.test.ts',
  'test/model/**/*.test.ts',
  'test/architecture.test.ts',
  'test/bootstrap.test.ts',
];
const peers = [
  'test/contract/**/*.test.ts',
  'test/sip/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/chaos/**/*.test.ts',
];

// Two rooms: `pure` opens no program but Node and finishes in seconds; `peers` talks to real phones, browsers and servers.
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
        },
      },
      {
        extends: true,
        test: {
          name: 'peers',
          include: peers,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
