import { defineConfig } from 'vitest/config';

/**
 * `fast` needs nothing but Node; `simulation` neither, but takes minutes; `real` talks to real
 * servers; `browser` looks at the pages in Chromium.
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
          name: 'real',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
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
