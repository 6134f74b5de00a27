import { expect, it } from 'vitest';
import { tablesOfView } from './view-tables.ts';

it('the tables of a view, as the servers print it', () => {
  const text =
    'select `o`.`id` AS `id` from ((`shop`.`orders` `o` join `shop`.`customers` `c` ' +
    "on((`c`.`id` = `o`.`customer_id`))) left join `other`.`late` on(true)) where (`o`.`a` = 'x')";
  expect(tablesOfView(text)).toEqual([
    { schema: 'shop', name: 'orders', alias: 'o' },
    { schema: 'shop', name: 'customers', alias: 'c' },
    { schema: 'other', name: 'late' },
  ]);
  expect(tablesOfView('')).toEqual([]);
  expect(tablesOfView(`select 1 from \`a\`.\`b\`${' '.repeat(200_000)}`)).toEqual([]);
});
