import { expect, it } from 'vitest';
import { planOf, standInWorld, workloadStatement } from '../../test/support/stand-in-world.ts';
import { noAbort } from '../../test/support/target.ts';
import { trustOf } from '../planner/pglite/trust.ts';
import { compareAll } from './compare.ts';

const trust = trustOf(180_004);
const compare = (
  costs: Parameters<typeof standInWorld>[0],
  statements: Parameters<typeof compareAll>[1],
) =>
  compareAll(
    { world: standInWorld(costs), roles: {}, relations: [], signal: noAbort(), calls: 0 },
    statements,
    trust,
    () => undefined,
  );

it('believes of what it plans as production did, and says of all others why not', async () => {
  const { known, check, withheld } = await compare({ same: [[[], 100]], dearer: [[[], 900]] }, [
    workloadStatement('same'),
    workloadStatement('dearer'),
    workloadStatement('never planned here'),
    { fingerprint: 'x', nativeId: '1', database: 'shop', weight, latestCode: 'no_sample' },
  ]);
  expect([...known.keys()]).toEqual(['same']);
  expect(known.get('same')).toMatchObject({ cost: 100, text: 'same' });
  expect([check.compared, check.agreed]).toEqual([2, 1]);
  expect(withheld.toSorted()).toEqual(['no_sample', 'plan_differs', 'unplannable']);
});
const weight = { calls: 1, totalMs: 1, rows: 1, tempBlocks: 0 };

it('finds the columns that a text counts by where they make the plan of production', async () => {
  const text = 'SELECT a, b FROM orders ORDER BY ?';
  const statement = workloadStatement('f', { text, plan: planOf(100, ['orders_b']) });
  const costs = {
    'SELECT a, b FROM orders ORDER BY 1': [[[], 500]],
    'SELECT a, b FROM orders ORDER BY 2': [[[], 100]],
  } satisfies Parameters<typeof standInWorld>[0];
  const world = standInWorld(costs);
  const plan: typeof world.plan = async (asked, limit_ms) =>
    asked.text.endsWith('2') ? planOf(100, ['orders_b']) : world.plan(asked, limit_ms);
  const asking = {
    world: { ...world, plan },
    roles: {},
    relations: [],
    signal: noAbort(),
    calls: 0,
  };
  const { known } = await compareAll(asking, [statement], trust, () => undefined);
  expect(known.get('f')?.text).toMatch(/ORDER BY 2$/);
  expect(known.get('f')?.statement.text).toBe(text);
});
