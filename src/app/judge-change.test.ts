import { afterAll, expect, it } from 'vitest';
import { contextOf, explained, makeBatch } from '../../test/support/batch.ts';
import type { LoopVerdict } from '../advice/machine-state.ts';
import type { Code } from '../base/codes.ts';
import { systemClock } from '../base/node/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { Recommendation } from '../executor/ports.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';
import type { BatchQuery, PlanBatch } from '../model/batch.ts';
import { emptyShape } from '../model/query-shape.ts';
import { judgeFromHistory } from './judge-change.ts';

/**
 * What an executor says of a change, from a history of hours: a statement that the change is for,
 * and what else was going on.
 */
const [hour, day] = [3_600_000, 86_400_000];
const appliedAt = 20_000 * day;
const open: ReturnType<typeof openSqliteHistory>[] = [];
afterAll(() => Promise.all(open.map((each) => each.close())));

interface World {
  /** Milliseconds of all calls of an hour. */
  before: number;
  after: number;
  calls?: number;
  /** The plan of after reads the index. */
  reads?: boolean;
  /** Days after it. */
  days?: number;
  /** Of five statements on another table; absent: there are none. */
  elsewhere?: { before: number; after: number };
  /** One more statement, which gets slower: of this table, by a text that may say another name. */
  slower?: { schema?: string; database?: string; table?: string; says?: string };
  /** Hours, from when it was applied, in which the brake was on. */
  braked?: number[];
  brake?: Code;
}

const withIndex = (query: BatchQuery, index: string): BatchQuery => {
  if (query.result.kind !== 'explained') return query;
  const { plan } = query.result;
  const hash = { ...plan.hash, shape: 'with', full: 'with' };
  const root = { ...plan.root, index: { name: index, access: 'seek' as const } };
  return { ...query, result: { ...query.result, plan: { ...plan, root, hash } } };
};

/** Read in a schema and a database, by a text that names what it reads, or a view of it. */
function slowerOne(
  {
    schema = 'public',
    database = 'shop',
    table = 'orders',
    says = table,
  }: NonNullable<World['slower']>,
  totalMs: number,
): BatchQuery {
  const query = explained('slower', { table, totalMs });
  if (query.result.kind !== 'explained') return query;
  const { plan } = query.result;
  const { shape, facts = [] } = contextOf(says);
  const root = { ...plan.root, relation: { schema, name: table, kind: 'table' as const } };
  const context = {
    shape: { ...(shape ?? emptyShape()), relations: [{ name: says }] },
    facts: facts.map((each) => ({ ...each, schema, name: table })),
  };
  return {
    ...query,
    stats: { ...query.stats, database },
    result: { ...query.result, plan: { ...plan, root }, context },
  };
}

async function judged(world: World): Promise<LoopVerdict | undefined> {
  const {
    before,
    after,
    calls = 60,
    reads = true,
    days = 2,
    braked = [],
    elsewhere,
    slower,
  } = world;
  const { brake = 'brake_slowdown' } = world;
  const history = openSqliteHistory(':memory:');
  open.push(history);
  const noise = seededRandom(5);
  let number = 0;
  for (let at = appliedAt - 7 * day; at < appliedAt + days * day; at += hour) {
    const isAfter = at >= appliedAt;
    const totalMs = (isAfter ? after : before) * (0.9 + 0.2 * noise.next());
    const made = explained('f1', { table: 'orders', totalMs });
    const query = isAfter && reads ? withIndex(made, 'dbi_orders') : made;
    const context = contextOf('customers');
    const rest_ms = elsewhere?.[isAfter ? 'after' : 'before'] ?? 0;
    const others = Array.from({ length: elsewhere ? 5 : 0 }, (_, i) =>
      explained(`e${i}`, { table: 'customers', totalMs: rest_ms, context }),
    );
    number += 1;
    const more = slower ? [slowerOne(slower, isAfter ? 300 : 100)] : [];
    const queries = [query, ...others, ...more].map((each) => ({
      ...each,
      stats: { ...each.stats, calls },
    }));
    const batch = makeBatch({ at, number, queries });
    const isOn = braked.includes((at - appliedAt) / hour);
    await history.record(isOn ? brakedOf(batch, brake) : batch);
  }
  const clock = { ...systemClock, now: () => appliedAt + days * day };
  return judgeFromHistory(history, clock, seededRandom(1))(recommendation);
}
const brakedOf = (batch: PlanBatch, brake: Code): PlanBatch => ({
  ...batch,
  cycle: { ...batch.cycle, safety: { ...batch.cycle.safety, brake } },
});
const index = {
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: [{ column: 'id' }],
};
const recommendation = {
  target: { uid: 'uid', namespace: 'shop', name: 'orders' },
  engine: 'postgres',
  database: 'shop',
  change: { kind: 'create-index', name: 'dbi_orders', index },
  evidence: ['f1'],
  state: { appliedAt },
} as unknown as Recommendation;

const improved = { kind: 'improved' };
const unproven = { kind: 'unproven', reason: 'unproven' };
const regression = { kind: 'regression', reason: 'regression' };
it.each<[string, World, object | undefined]>([
  ['a statement that is faster and reads it', { before: 600, after: 200 }, improved],
  ['one that is faster and does not read it', { before: 600, after: 200, reads: false }, undefined],
  ['the same after a week', { before: 600, after: 200, reads: false, days: 7 }, unproven],
  ['one that is as fast as before', { before: 600, after: 600, days: 7 }, unproven],
  ['one that is slower', { before: 600, after: 900 }, regression],
  [
    'one that is slower, as all else is',
    { before: 600, after: 900, elsewhere: { before: 100, after: 160 } },
    undefined,
  ],
  [
    'one that is slower, and nothing else is',
    { before: 600, after: 900, elsewhere: { before: 100, after: 100 } },
    regression,
  ],
  ['another on the table that is slower', { before: 600, after: 200, slower: {} }, regression],
  [
    'the same, by a view of it',
    { before: 600, after: 200, slower: { says: 'open_orders' } },
    regression,
  ],
  [
    'one on a table of that name in another schema',
    { before: 600, after: 200, slower: { schema: 'archive' } },
    improved,
  ],
  [
    'one on a table of that name in another database',
    { before: 600, after: 200, slower: { database: 'archive' } },
    improved,
  ],
  ['less than a day', { before: 600, after: 200, days: 0.5 }, undefined],
  ['hardly a call', { before: 6, after: 2, calls: 1 }, undefined],
  [
    'a brake that came with it',
    { before: 600, after: 200, braked: [5, 6, 30] },
    { kind: 'regression', reason: 'brake' },
  ],
  [
    'a brake that was on before, too',
    { before: 600, after: 200, braked: [-5, 5, 6, 30] },
    improved,
  ],
  ['a brake of a deploy', { before: 600, after: 200, braked: [5, 6] }, improved],
  [
    'replicas that another build leaves behind',
    { before: 600, after: 200, braked: [5, 6, 30], brake: 'brake_replication_lag' },
    improved,
  ],
  [
    'a fail-over',
    { before: 600, after: 200, braked: [5, 6, 30], brake: 'brake_role_change' },
    improved,
  ],
])('%s', async (_, world, verdict) => {
  if (verdict) expect(await judged(world)).toMatchObject(verdict);
  else expect(await judged(world)).toBeUndefined();
});

it('without a history nothing is proven, and that is said after a week', async () => {
  const at = (days: number) => ({ ...systemClock, now: () => appliedAt + days * day });
  const judge = (days: number) =>
    judgeFromHistory(undefined, at(days), seededRandom(1))(recommendation);
  expect(await judge(6)).toBeUndefined();
  expect(await judge(7)).toEqual({ kind: 'unproven', reason: 'no_history' });
});
