import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import { block, index, indexScan, mysqlTable, node, outer, table, typed } from './examples.ts';

const paged = { limit: true, ordered: true, offset: true, relations: [{ name: 'contact' }] };
const primary = index('PRIMARY', ['id'], { unique: true });
const byMysql = (condition: string, shape: object) =>
  said('mysql', {
    plan: block({
      ordering_operation: {
        using_filesort: false,
        ...mysqlTable('contact', {
          access: 'index',
          key: 'PRIMARY',
          used_key_parts: ['id'],
          rows: 150_450,
          filtered: 10,
          condition,
        }),
      },
    }),
    shape,
    stats: { calls: 12, rows: 600, totalMs: 2_374, work: { rowsExamined: 1_960_280 } },
    facts: [
      table('contact', 246_711, {
        columns: typed({ id: 'bigint', deleted_at: 'datetime' }),
        indexes: [primary],
      }),
    ],
  }).join();

describe('rows that come by on the way to a page', () => {
  it('MySQL: most may fit, and were passed over by OFFSET', () => {
    const found = byMysql('(`contact`.`deleted_at` is null)', paged);
    expect(found).not.toContain('is walked');
    expect(found).toContain('OFFSET');
  });

  it.each([
    ['few have the value', 9_000, true],
    ['a third has it', 3, false],
  ])('PostgreSQL: %s', (_, distinct, finds) => {
    const plan = node('Limit', { rows: 50, cost: 9_000 }, [
      outer(indexScan('contact', 'contact_at', { Filter: '(kind = $1)', rows: 90, cost: 9_000 })),
    ]);
    const facts = table('contact', 250_000, {
      columns: typed({ kind: ['int4', distinct], at: 'timestamptz' }),
      indexes: [index('contact_at', ['at'])],
    });
    const stats = { calls: 9, rows: 450, totalMs: 900, work: { pages: 54_000 } };
    const all = said('postgres', { plan, shape: paged, stats, facts: [facts] }).join();
    expect(all.includes('is walked')).toBe(finds);
  });
});

it('MySQL: rows stand in the order of the primary key, which no other index is walked for', () => {
  const found = byMysql('(`contact`.`deleted_at` < 7)', { ...paged, offset: false });
  expect(found).toContain('is walked');
  expect(found).toContain('ADD INDEX (`deleted_at`)');
});
