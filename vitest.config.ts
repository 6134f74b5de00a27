import { defineConfig } from 'vitest/config';

/** Of the files with real servers, those that look at no clock: three at a time. */
const sideBySide = [
  'e2e/advice-phases',
  'e2e/alerts',
  'e2e/bad-files',
  'e2e/bundle',
  'e2e/chart',
  'e2e/commands',
  'e2e/demo',
  'e2e/demo-operator',
  'e2e/executor',
  'e2e/image',
  'e2e/last-guard',
  'e2e/oidc-proxy',
  'e2e/sign-in',
  'e2e/status',
  'e2e/verdicts',
  'integration/accuracy',
  'integration/advice',
  'integration/advise',
  'integration/advise-drops',
  'integration/advise-mysql',
  'integration/advise-sandbox',
  'integration/apply',
  'integration/approvals',
  'integration/connecting',
  'integration/crd',
  'integration/ddl',
  'integration/engine-contract',
  'integration/examples',
  'integration/exclusive',
  'integration/executor',
  'integration/executor-mysql',
  'integration/executor-replicas',
  'integration/executor-standing',
  'integration/former-names',
  'integration/fuzz',
  'integration/history-crash',
  'integration/history-differential',
  'integration/hostile-requests',
  'integration/index-catalog',
  'integration/kubernetes',
  'integration/login-methods',
  'integration/mariadb-texts',
  'integration/mysql-connecting',
  'integration/mysql-facts',
  'integration/mysql-index-use',
  'integration/mysql-literals',
  'integration/mysql-loadable',
  'integration/mysql-meaning',
  'integration/mysql-own-session',
  'integration/mysql-plans',
  'integration/mysql-renamed-index',
  'integration/mysql-replicas',
  'integration/mysql-samples',
  'integration/mysql-servers',
  'integration/mysql-shared-digest',
  'integration/mysql-tenants',
  'integration/ordinary-statements',
  'integration/otlp',
  'integration/pages-api',
  'integration/plan-memory',
  'integration/postgres-counters',
  'integration/postgres-facts',
  'integration/postgres-function',
  'integration/postgres-history',
  'integration/postgres-prerequisites',
  'integration/postgres-rights',
  'integration/postgres-servers',
  'integration/postgres-texts',
  'integration/same-plan',
  'integration/sandbox-copy',
  'integration/spellings',
  'integration/trust',
  'integration/trust-cases',
  'integration/typings',
  'integration/what-if',
  'integration/what-if-world',
  'integration/workload',
  'integration/world-export',
].map((name) => `test/${name}.test.ts`);
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
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          // It has what others leave of one processor: `scripts/test.ts`.
          testTimeout: 600_000,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'side-by-side',
          include: sideBySide,
          ...real,
          // A file waits most of its time: three keep two processors busy.
          maxWorkers: 3,
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
