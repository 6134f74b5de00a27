import { expect, it } from 'vitest';
import type { CatalogIndex } from '../model/catalog-index.ts';
import { dropsOf, proposeDrops } from './propose-drops.ts';
import type { Seen } from './run.ts';

const index = (
  name: string,
  columns: string[],
  more: Partial<CatalogIndex> = {},
): CatalogIndex => ({
  name,
  index: {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: columns.map((column) => ({ column })),
  },
  restorable: true,
  bytes: 1_000,
  valid: true,
  ...more,
});
const indexes = [
  index('wide', ['a', 'b']),
  index('narrow', ['a'], { bytes: 5_000 }),
  index('left', ['c'], { valid: false, bytes: 0 }),
  index('special', ['d'], { valid: false, restorable: false }),
];
const wish = {
  target: { uid: 'u', name: 'orders' },
  engine: 'postgres' as const,
  budgetBytes: 1,
  schemas: ['public'],
  values: 'none' as const,
};
const workload = { statements: [], totalMs: 1, span_ms: 1, light: 0 };
const deps = { engine: { ddl: async () => ({ apply: ['drop'], rollback: ['make'] }) } };
const propose = (role: Seen['role'], schemas = wish.schemas) =>
  proposeDrops({ ...wish, schemas }, deps, {
    workload,
    role,
    listed: [{ database: 'shop', indexes }],
    now: 1,
  });

it('drops what another covers and what no plan reads, where it can be restored', () => {
  expect(dropsOf(indexes).map(({ index: { name }, because }) => [name, because])).toEqual([
    ['narrow', { kind: 'redundant', covered: 'wide' }],
    ['left', { kind: 'invalid' }],
  ]);
});
it('frees room, saves no statement any time, and says so', async () => {
  const [first, second] = await propose('primary');
  expect(first).toMatchObject({
    database: 'shop',
    change: { kind: 'drop-index', name: 'narrow', because: { covered: 'wide' } },
    rollback: ['make'],
    reason: 'wide does all that it could',
    evidence: { planner: 'catalog', sizeBytes: -5_000, benefitShare: 0, writeMsPerDay: 0 },
  });
  expect(second?.evidence.sizeBytes).toBe(0);
});
it('is silent on a replica, and of other schemas', async () => {
  expect(await propose('standby')).toEqual([]);
  expect(await propose('primary', ['other'])).toEqual([]);
  expect(await propose('primary', [])).toHaveLength(2);
});
