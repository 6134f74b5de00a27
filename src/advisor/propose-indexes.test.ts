import { expect, it } from 'vitest';
import { table } from '../analysis/examples.ts';
import type { TableFacts } from '../model/statistics.ts';
import type { After } from './check-set.ts';
import { type Outcome, proposeIndexes, unseenWrites } from './propose-indexes.ts';
import type { AdviceWish } from './run.ts';

const index = { schema: 'public', table: 'orders', method: 'btree', keys: [{ column: 'a' }] };
const candidate = { id: 'dbi_x', index, bytes: 1, statements: ['f'] };
const propose = (writeCost: number, facts: Partial<TableFacts> = {}) => {
  const statement = {
    fingerprint: 'f',
    database: 'd',
    weight: { calls: 10, totalMs: 100, rows: 10, tempBlocks: 0 },
    facts: [table('orders', 1_000, facts)],
  };
  const known = new Map([['f', { statement, text: '', cost: 100 }]]);
  const plan = { hash: { shape: 's' } };
  const after = { statement, costBefore: 100, costAfter: 1, plan, reads: ['dbi_x'] };
  const made = [{ candidate, id: 'dbi_x', size: { bytes: 8_192, confidence: 'high' } }];
  const check = { confidence: 'high', because: [], about: '', agreement: 1 };
  return proposeIndexes(
    { target: { uid: 'u', name: 't' }, engine: 'postgres' } as AdviceWish,
    { engine: { ddl: async () => ({ apply: [], rollback: [] }) } } as never,
    {
      workload: { statements: [statement], totalMs: 200, span_ms: 86_400_000, light: 0 },
      now: 0,
      planner: 'pglite',
      found: [{ world: { database: 'd', relations: [] }, compared: { known, check } }],
      checked: new Map([['d', { made, after: new Map([['f', after as unknown as After]]) }]]),
      problem: { indexes: [{ id: 'd/dbi_x', table: 'o', bytes: 8_192, writeCost }] },
    } as unknown as Outcome,
  );
};

it('proposes nothing for which writes would pay more than what it saves', async () => {
  // 100 ms of a thousand units of cost: 99 ms are saved.
  expect((await propose(900)).proposals).toHaveLength(1);
  expect((await propose(1_000)).proposals).toEqual([]);
});

it('says where it is not seen who writes', async () => {
  const because = async (facts: Partial<TableFacts>) =>
    (await propose(0, facts)).proposals[0]?.evidence.because;
  expect(await because({})).not.toContain(unseenWrites);
  expect(await because({ modifiedSinceAnalyze: 500 })).toContain(unseenWrites);
});
