import { expect, it } from 'vitest';
import { planQuery, plansOf } from './log-rows.ts';

it('asks for the newest plans, with what did not fit as a blob', () => {
  expect(planQuery(undefined)).toBe(
    'SELECT `timestamp`, `db.query.summary`, `db.namespace`, `db.query.plan.hash`, ' +
      '`db.query.plan.packed`, blob(`newrelic.ext.db.query.plan.packed`) FROM Log ' +
      'WHERE `db.query.plan.packed` IS NOT NULL LIMIT 20',
  );
  expect(planQuery(" `db.namespace` = 'shop' ")).toContain(
    "IS NOT NULL AND (`db.namespace` = 'shop') LIMIT 20",
  );
});

it('puts a long plan together again', () => {
  const events = [
    {
      timestamp: 5,
      'db.namespace': 'shop',
      'db.query.summary': 'SELECT orders',
      'db.query.plan.packed': 'v1.abc',
      'newrelic.ext.db.query.plan.packed': btoa('def-_'),
    },
    { timestamp: 9, 'db.query.plan.hash': 'ph2:1', 'db.query.plan.packed': 'v1.short' },
    { timestamp: 9 },
  ];
  expect(plansOf({ results: [{ events }] })).toEqual([
    { packed: 'v1.short', at: 9, title: 'ph2:1' },
    { packed: 'v1.abcdef-_', at: 5, title: 'shop · SELECT orders' },
  ]);
  expect(plansOf({})).toEqual([]);
});
