import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { factsOf } from './facts.ts';
import { modelOf } from './model.ts';
import { caveatsOf } from './words.ts';

const ran = { 'Actual Startup Time': 0.1, 'Actual Total Time': 2, 'Actual Rows': 4 };
const plan = planOf(
  joined(
    'Nested Loop',
    seq('orders', {
      ...ran,
      'Actual Loops': 10,
      Filter: '(paid = true)',
      'Rows Removed by Filter': 90,
      'Shared Hit Blocks': 7,
    }),
    seq('items', { ...ran, 'Actual Loops': 1 }),
    { ...ran, 'Actual Total Time': 30, 'Actual Loops': 1 },
  ),
);
const told = (at: number) =>
  Object.fromEntries(factsOf(modelOf(plan, []), at).map(({ label, text }) => [label, text]));

it('tells everything that is known of a step, and nothing that is nothing', () => {
  expect(told(1)).toMatchObject({
    'of its own': '67% · 20 ms',
    rows: '4 a loop',
    'rows in all': '40',
    'rows expected': '5 a loop',
    loops: '10',
    table: 's.orders',
    filter: '(paid = true)',
    'dropped by filter': '90',
    'pages found': '7',
    'the server calls it': 'Seq Scan',
  });
  expect(told(1)).not.toHaveProperty('pages read');
  expect(told(0)).toMatchObject({ 'with all below': '100%', join: 'inner' });
});
it('says what a plan does not say, each with its reason', () => {
  expect(caveatsOf(plan).map(({ chip }) => chip)).toEqual(['generic parameters']);
  const sampled = { ...plan, parameters: 'sampled' as const };
  expect(caveatsOf(plan, sampled).map(({ chip }) => chip)).toEqual(['values earlier only']);
  expect(caveatsOf(sampled, plan).map(({ chip }) => chip)).toEqual(['values later only']);
  expect(caveatsOf(sampled, sampled)).toEqual([]);
  const estimated = planOf(seq('t'));
  expect(caveatsOf({ ...estimated, lossiness: ['no_actuals', 'no_costs'] })).toHaveLength(3);
});
