import { expect, it } from 'vitest';
import { readView } from './view-tables.ts';

it('what a view reads and calls, as the servers print it', () => {
  const text =
    'select `o`.`id` AS `id` from ((`shop`.`orders` `o` join `shop`.`customers` `c` ' +
    'on((`c`.`id` = `o`.`customer_id`))) left join `other`.`late` on(true)) ' +
    "where (`o`.`a` = `away`(lower('x')))";
  expect(readView(text)?.calls).toEqual(['away', '`away`']);
  expect(readView(text)?.relations).toEqual([
    { schema: 'shop', name: 'orders', alias: 'o' },
    { schema: 'shop', name: 'customers', alias: 'c' },
    { schema: 'other', name: 'late' },
  ]);
  expect(readView('')).toBeUndefined();
  expect(readView(`select f() from \`a\`.\`b\`${' '.repeat(200_000)}`)).toBeUndefined();
});

it.each([
  ['select `shop`.`lower`(1) AS `x`', ['`lower`', '`lower`']],
  ['select lower(`d`.`a`) AS `x` from (select 1 AS `1`) `d` (`a`)', []],
  ['with `c` (`n`) as (select 1 AS `1`) select `c`.`n` AS `n` from `c`', []],
])('a function that is stored from one of the server’s own: %s', (text, calls) => {
  expect(readView(text)?.calls.filter((name) => name.startsWith('`'))).toEqual(calls);
});
