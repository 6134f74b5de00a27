import { expect, it } from 'vitest';
import { guard } from './guard.ts';

const shapeOf = (sql: string, lowersNames: boolean) => {
  const guarded = guard(sql, { bytes: 65_536, sampleLength: 4_096, lowersNames });
  return guarded.kind === 'guarded' ? guarded.shape : undefined;
};

it('names are those of the catalogs, and what a plan says stays an alias', () => {
  const sql = 'SELECT 1 FROM Shop.Orders JOIN Lines L ON L.id = Orders.id JOIN plain ON 1';
  expect(shapeOf(sql, true)?.relations).toEqual([
    { schema: 'shop', name: 'orders', alias: 'Orders' },
    { name: 'lines', alias: 'L' },
    { name: 'plain' },
  ]);
  expect(shapeOf('UPDATE Shop.Orders SET a = 1', true)?.writes).toEqual([
    { schema: 'shop', name: 'orders' },
  ]);
  expect(shapeOf('SELECT DISTINCT a FROM Orders', true)?.distinctParts?.[0]?.relations).toEqual([
    { name: 'orders', alias: 'Orders' },
  ]);
});

it('elsewhere they are as written', () => {
  expect(shapeOf('SELECT 1 FROM Orders', false)?.relations).toEqual([{ name: 'Orders' }]);
});
