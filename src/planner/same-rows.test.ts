import { expect, it } from 'vitest';
import { dialects } from '../dialects/index.ts';
import type { TableFacts } from '../model/statistics.ts';
import { type OnTables, sameRows } from './same-rows.ts';

/** A plan of MySQL that finds so many rows by an index, or reads all of them. */
const on = (size: number, rows: number, accessType = 'ref'): OnTables => ({
  plan: dialects.mysql.readPlan(
    JSON.stringify({
      query_block: {
        select_id: 1,
        cost_info: { query_cost: '10.0' },
        table: {
          table_name: 't',
          access_type: accessType,
          ...(accessType === 'ref' ? { key: 'k', used_key_parts: ['a'] } : {}),
          rows_examined_per_scan: rows,
          rows_produced_per_join: rows,
          filtered: '100.00',
          cost_info: { read_cost: '1', eval_cost: '1', prefix_cost: '10.0' },
        },
      },
    }),
    {
      engineVersion: '9',
      namespace: 'shop',
      collectedAt: 0,
      parameters: 'sampled',
      fingerprint: { algorithm: 'test', value: 'f' },
    },
  ),
  facts: [{ schema: 'shop', name: 't', rows: size } as TableFacts],
});

it.each([
  ['as many', on(1_000, 100), on(1_000, 120), true],
  ['as large a share of a smaller table', on(10_000, 4_000), on(1_000, 380), true],
  ['as many of a smaller table', on(10_000, 7), on(1_000, 6), true],
  ['a common value and a rare one', on(1_000, 600), on(1_000, 90), false],
  ['a rare value and a common one', on(10_000, 100), on(1_000, 900), false],
  ['one, or none', on(1_000, 1), on(1_000, 0), true],
  ['all that there are', on(10_000, 10_000, 'ALL'), on(100, 100, 'ALL'), true],
])('%s', (_, there, here, same) => expect(sameRows(there, here)).toBe(same));
