import { defineConfig } from 'vitest/config';

/** Of the files with real servers, those that look at no clock: two at a time. */
const sideBySide = [
  'advice',
  'crd',
  'examples',
  'former-names',
  'fuzz',
  'history-differential',
  'kubernetes',
  'login-methods',
  'mysql-connecting',
  'mysql-facts',
  'mysql-literals',
  'mysql-meaning',
  'mysql-plans',
  'mysql-samples',
  'mysql-servers',
  'ordinary-statements',
  'otlp',
  'pages-api',
  'postgres-facts',
  'postgres-function',
  'postgres-history',
  'postgres-prerequisites',
  'postgres-rights',
  'postgres-texts',
  'same-plan',
  'spellings',
  'trust-cases',
  'workload',
].map((name) => `test/integration/${name}.test.ts`);
const real = { testTimeout: 120_000, hookTimeout: 240_000 };

/**
 * `fast` needs nothing but Node; `simulation` neither, but takes minutes; `side-by-side` and `real`
 * talk to real servers; `browser` looks at the pages in Chromium.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: [
            'src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/tree/**/*.test.ts',
            'test/accuracy/**/*.test.ts',
            'web/**/*.test.ts',
            'integrations/**/*.test.ts',
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'side-by-side',
          include: sideBySide,
          ...real,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: sideBySide,
          ...real,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          // Pages are drawn beside other programs.
          expect: { poll: { timeout: 5_000 } },
        },
      },
    ],
  },
});
