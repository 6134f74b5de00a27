import { describe, expect, it } from 'vitest';
import { seqScan, table } from '../analysis/examples.ts';
import type { RuleContext } from '../analysis/rule.ts';
import { dialects } from '../dialects/index.ts';
import { emptyShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { statisticsChanges } from './statistics.ts';

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
  columns: [
    { name: 'city', type: 'text', distinct: 500, commonest: 0.004 },
    { name: 'zip', type: 'text', distinct: 1_000, commonest: 0.002 },
  ],
});
const context = (facts: TableFacts, rows = 4_000): RuleContext => ({
  stats: {
    key: 'k',
    nativeId: '1',
    database: 'shop',
    user: 'u',
    toplevel: true,
    calls: 20,
    totalMs: 100,
    meanMs: 5,
    rows,
    tempBlocksWritten: 0,
    isNew: false,
  },
  fingerprint: { algorithm: 'x', value: 'f' },
  shape: emptyShape(),
  facts: [facts],
});

describe('statistics', () => {
  it('of columns that depend on each other', () =>
    expect(statisticsChanges(plan, context(addresses))).toEqual([
      {
        kind: 'create-statistics',
        name: expect.stringMatching(/^dbs_addresses_[0-9a-f]{8}$/),
        schema: 'public',
        table: 'addresses',
        columns: ['city', 'zip'],
      },
    ]));
  it('of a table that has changed', () =>
    expect(
      statisticsChanges(plan, context({ ...addresses, modifiedSinceAnalyze: 150_000 }, 20)),
    ).toEqual([{ kind: 'analyze', schema: 'public', table: 'addresses' }]));
  it('none where the planner is right', () =>
    expect(statisticsChanges(plan, context(addresses, 20))).toEqual([]));
});
