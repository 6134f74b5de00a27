import { expect, it } from 'vitest';
import { readView } from './view-tables.ts';

it('what a view reads and calls, as the servers print it', () => {
  const text =
    'select `o`.`id` AS `id` from ((`shop`.`orders` `o` join `shop`.`customers` `c` ' +
    'on((`c`.`id` = `o`.`customer_id`))) left join `other`.`late` on(true)) ' +
    "where (`o`.`a` = `away`(lower('x')))";
  expect(readView(text).calls).toEqual(['away']);
  expect(readView(text).relations).toEqual([
    { schema: 'shop', name: 'orders', alias: 'o' },
    { schema: 'shop', name: 'customers', alias: 'c' },
    { schema: 'other', name: 'late' },
  ]);
  expect(readView('')).toEqual({ relations: [], calls: [] });
  expect(readView(`select f() from \`a\`.\`b\`${' '.repeat(200_000)}`).calls).toEqual([]);
});
