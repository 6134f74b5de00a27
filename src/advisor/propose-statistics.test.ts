import { expect, it } from 'vitest';
import { seqScan, table } from '../analysis/examples.ts';
import { dialects } from '../dialects/index.ts';
import type { StoredFinding, WorkloadStatement } from '../history/history-questions.ts';
import { emptyShape } from '../model/query-shape.ts';
import { proposeStatistics, wrongOf } from './propose-statistics.ts';

const plan = dialects.postgres.readPlan(
  JSON.stringify([
    {
      Plan: seqScan('addresses', {
        filter: '((addresses.city = $1) AND (addresses.zip = $2))',
        rows: 1,
        cost: 4_000,
      }),
    },
  ]),
  {
    engineVersion: '18',
    namespace: 'shop',
    collectedAt: 0,
    parameters: 'generic',
    fingerprint: { algorithm: 'x', value: 'f' },
  },
);
const addresses = table('addresses', 200_000, {
  modifiedSinceAnalyze: 150_000,
  columns: [
    { name: 'city', type: 'text', distinct: 500, commonest: 0.004 },
    { name: 'zip', type: 'text', distinct: 1_000, commonest: 0.002 },
  ],
});
const statement = (fingerprint: string, rows: number, totalMs = 100): WorkloadStatement => ({
  fingerprint,
  nativeId: '1',
  database: 'shop',
  text: 'SELECT * FROM addresses WHERE city = $1 AND zip = $2',
  weight: { calls: 20, totalMs, rows, tempBlocks: 0 },
  shape: emptyShape(),
  facts: [addresses],
  plan,
});
const open = (fingerprint: string, rule: string) =>
  ({ fingerprint, rule, message: `${rule} of ${fingerprint}` }) as StoredFinding;

const wish = {
  target: { uid: 'uid', name: 'orders', namespace: 'shop' },
  engine: 'postgres',
  budgetBytes: 1,
  schemas: [] as string[],
  values: 'none',
  every_ms: 86_400_000,
} as const;
const deps = (found: StoredFinding[]) =>
  ({
    engine: { ddl: async ({ kind }: { kind: string }) => ({ apply: [kind], rollback: [] }) },
    history: { findings: async () => found },
  }) as unknown as Parameters<typeof proposeStatistics>[1];
const propose = (
  found: StoredFinding[],
  { totalMs = 100, role = 'primary' as const, schemas = [] as string[] } = {},
) =>
  proposeStatistics({ ...wish, schemas }, deps(found), {
    workload: { statements: [statement('a', 20)], totalMs, span_ms: 86_400_000, light: 0 },
    server: { id: '1', role },
    now: 1,
  });

it('a change is for what its finding says, once, with all statements that it is for', () => {
  const both = [statement('a', 20), statement('b', 20)];
  const wrong = wrongOf(both, [
    open('a', 'stale-statistics'),
    open('b', 'stale-statistics'),
    open('b', 'spill'),
  ]);
  expect(wrong).toMatchObject([
    {
      database: 'shop',
      change: { kind: 'analyze', schema: 'public', table: 'addresses' },
      statements: both,
      messages: ['stale-statistics of a', 'stale-statistics of b'],
    },
  ]);
  expect(wrongOf([statement('a', 20)], [])).toEqual([]);
});

it('is proposed without a saving, where it is asked for and worth a look', async () => {
  const stale = [open('a', 'stale-statistics')];
  const [analyze, ...others] = await propose(stale);
  expect(others).toEqual([]);
  expect(analyze).toMatchObject({
    change: { kind: 'analyze' },
    apply: ['analyze'],
    reason: expect.stringMatching(/^one statement is planned with statistics that are old/),
    evidence: { planner: 'rules', confidence: 'medium', benefitMsPerDay: 0, watchedMs: 86_400_000 },
  });
  expect(await propose(stale, { schemas: ['other'] })).toEqual([]);
  expect(await propose(stale, { totalMs: 100_000 })).toEqual([]);
  expect(await propose([])).toEqual([]);
});
