import { expect, it } from 'vitest';
import { contextOf } from '../../test/support/batch.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import { emptyShape } from '../model/query-shape.ts';
import { mostDatabases, wantedOf } from './wanted.ts';

const statement = (
  fingerprint: string,
  totalMs: number,
  more: Partial<WorkloadStatement> = {},
): WorkloadStatement => ({
  fingerprint,
  nativeId: '1',
  database: 'shop',
  weight: { calls: 1, totalMs, rows: 1, tempBlocks: 0 },
  ...more,
});

it('names relations once, with their schema where it is known, and whose they are', () => {
  const shape = { ...emptyShape(), relations: [{ name: 'orders' }, { name: 'a_view' }] };
  const found = wantedOf([
    statement('a', 5, { ...contextOf('orders'), shape, user: 'app' }),
    statement('b', 5, { ...contextOf('orders'), user: 'app' }),
    statement('c', 99, { database: 'other', ...contextOf('x'), user: 'etl' }),
  ]);
  expect(found).toEqual([
    { database: 'other', relations: [{ schema: 'public', name: 'x' }], roles: ['etl'] },
    {
      database: 'shop',
      relations: [{ name: 'a_view' }, { schema: 'public', name: 'orders' }],
      roles: ['app'],
    },
  ]);
});

it('has no more databases than are worth it', () => {
  const all = Array.from({ length: 20 }, (_, i) => statement(`${i}`, i, { database: `d${i}` }));
  const databases = wantedOf(all).map(({ database }) => database);
  expect([databases.length, databases[0]]).toEqual([mostDatabases, 'd19']);
});
