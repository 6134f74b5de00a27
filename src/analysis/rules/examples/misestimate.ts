import { compared, indexScan, inner, node, outer, ran, seqScan, table } from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const even = [
  table('t', 900_000, {
    columns: [{ name: 'state', type: 'text', distinct: 900, commonest: 1 / 800 }],
  }),
];
const filter = '(t.state = $1)';
const scan = (rows: number) => seqScan('t', { filter, rows, cost: 20_000 });
const shape = { kind: 'select' } as const;
const counts = (below: object) =>
  node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 50 }, [outer(below)]);

export const examples: Rule['examples'] = [
  {
    name: 'statistics say 50,000 rows a call, the plan 12',
    finds: true,
    plan: scan(12),
    stats: { calls: 10, rows: 500_000 },
    shape,
    facts: even,
  },
  {
    name: 'of one table that no index serves: with the right figure it is read as a whole, too',
    finds: false,
    plan: scan(12),
    stats: { calls: 10, rows: 20_000 },
    shape,
    facts: even,
  },
  {
    name: 'below an aggregate: the server looked at far more pages than planned',
    finds: true,
    plan: counts(indexScan('t', 't_state', { condition: filter, rows: 12, cost: 50 })),
    stats: { calls: 10, rows: 10, work: { pages: 90_000 } },
    shape,
    facts: even,
  },
  {
    name: 'a list whose length the server does not tell',
    finds: false,
    plan: scan(2),
    lossiness: ['list_length_unknown'],
    stats: { calls: 10, rows: 2_000 },
    shape,
    facts: even,
  },
  {
    name: 'as expected',
    finds: false,
    plan: scan(1_000),
    stats: { calls: 10, rows: 12_000 },
    shape,
    facts: even,
  },
  {
    name: 'a limit hides what would come',
    finds: false,
    plan: node('Limit', { rows: 5_000 }, [outer(scan(5_000))]),
    stats: { calls: 10, rows: 100 },
    shape: { kind: 'select', limit: true },
    facts: even,
  },
  {
    name: 'measured on a node',
    finds: true,
    plan: seqScan('t', { rows: 3, ...ran(40_000) }),
  },
  {
    name: 'few rows either way',
    finds: false,
    plan: scan(1),
    stats: { calls: 10, rows: 300 },
    shape,
    facts: even,
  },
  {
    name: 'a rare value of a skewed column',
    finds: false,
    plan: scan(50_000),
    stats: { calls: 10, rows: 2_000 },
    shape,
    facts: [
      table('t', 900_000, {
        columns: [{ name: 'state', type: 'text', distinct: 6, commonest: 0.9 }],
      }),
    ],
  },
  {
    name: 'the rare one of two values',
    finds: false,
    plan: scan(450_000),
    stats: { calls: 10, rows: 9_000 },
    shape,
    facts: [
      table('t', 900_000, {
        columns: [{ name: 'state', type: 'text', distinct: 2, commonest: 0.999 }],
      }),
    ],
  },
  {
    name: 'the rare one of five values, of which no two are alike',
    finds: false,
    plan: scan(180_000),
    stats: { calls: 10, rows: 2_000 },
    shape,
    facts: [
      table('t', 900_000, {
        columns: [{ name: 'state', type: 'text', distinct: 5, commonest: 0.6 }],
      }),
    ],
  },
  {
    name: 'nothing was found: a queue that is empty',
    finds: false,
    plan: scan(1_000),
    stats: { calls: 10, rows: 0 },
    shape,
    facts: even,
  },
  {
    name: 'a range whose value is not known: a guess, not an estimate',
    finds: false,
    plan: scan(30_000),
    stats: { calls: 10, rows: 300 },
    shape: { kind: 'select', comparisons: [compared('at', { operator: '>' })] },
    facts: even,
  },
  {
    name: 'all but the one value that nearly all have, which the planner does not know',
    finds: false,
    plan: seqScan('t', { filter: '(state <> $1)', rows: 450_000, cost: 20_000 }),
    stats: { calls: 10, rows: 10_000 },
    shape,
    facts: [
      table('t', 900_000, {
        columns: [{ name: 'state', type: 'text', distinct: 2, commonest: 0.997 }],
      }),
    ],
  },
  {
    name: 'what is only joined: no statistics of a column tell how many meet',
    finds: false,
    plan: node('Hash Join', { 'Join Type': 'Inner', 'Hash Cond': '(t.state = u.state)' }, [
      outer(seqScan('t', { rows: 900_000, cost: 20_000 })),
      inner(node('Hash', { rows: 900 }, [outer(seqScan('u', { rows: 900 }))])),
    ]),
    stats: { calls: 10, rows: 20_000 },
    shape,
    facts: even,
  },
  {
    name: 'a column without statistics, below an aggregate, beside a half-open range',
    finds: true,
    plan: counts(indexScan('t', 't_state', { condition: filter, rows: 12, cost: 50 })),
    stats: { calls: 10, rows: 10, work: { pages: 90_000 } },
    shape: { kind: 'select', comparisons: [compared('at', { operator: '>' })] },
    facts: [
      table('t', 900_000, {
        columns: [
          { name: 'state', type: 'text' },
          { name: 'id', type: 'int8', distinct: 900_000 },
        ],
      }),
    ],
  },
  {
    name: 'of a function of a column nothing is known: an index on it would say more',
    finds: false,
    plan: scan(5),
    stats: { calls: 10, rows: 50_000 },
    shape: { kind: 'select', comparisons: [compared('state', { function: 'lower' })] },
    facts: even,
  },
];
