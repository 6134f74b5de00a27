import type { TableFacts } from '../../model/statistics.ts';
import { index, node, table } from '../examples.ts';
import { count, describeRelation, type Rule, threshold } from '../rule.ts';
import { allIndexes, tablesWritten } from '../written.ts';

const mostIndexes = threshold(
  9,
  'indexes',
  'a table with a key, some references and some lists to show has fewer',
);
const leastRows = threshold(
  1_000,
  'rows of the table',
  'indexes of a few pages are written in memory and cost next to nothing',
);

const update = node('ModifyTable', {
  Operation: 'Update',
  'Relation Name': 'orders',
  Schema: 'public',
  Alias: 'orders',
  rows: 0,
  cost: 8,
});
const having = (indexes: number, writes?: TableFacts['writes']) => [
  table('orders', 50_000, {
    indexes: Array.from({ length: indexes }, (_, i) => index(`orders_${i}`, [`c${i}`])),
    ...(writes ? { writes } : {}),
  }),
];
const writing = { kind: 'update' } as const;

export const writeAmplification: Rule = {
  id: 'write-amplification',
  title: 'Each row that is written is written to many indexes',
  category: 'maintenance',
  follows: ['redundant-index', 'unused-index', 'invalid-index'],
  why:
    'A row is written once, and once more for each index: to another page each time, and to the ' +
    'log. An UPDATE does so too, unless it changes no indexed column and the page has room (HOT).',
  fix:
    'Drop indexes that are seldom read; put those with the same beginning together; leave room ' +
    'in the pages of a table whose rows are changed (fillfactor), and columns that change often ' +
    'without an index.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { mostIndexes, leastRows },
  examples: [
    { name: 'twelve indexes', finds: true, plan: update, shape: writing, facts: having(12) },
    { name: 'three', finds: false, plan: update, shape: writing, facts: having(3) },
    {
      name: 'nearly all updates write no index (HOT)',
      finds: false,
      plan: update,
      shape: writing,
      facts: having(12, { inserted: 0, updated: 9_000, deleted: 0, hotUpdated: 8_800 }),
    },
    {
      name: 'the server gives no plan',
      finds: true,
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: having(12),
    },
    {
      name: 'the statement only reads',
      finds: false,
      plan: update,
      shape: { kind: 'select' },
      facts: having(12),
    },
  ],
  unplanned: true,
  check: (plan, context) =>
    tablesWritten(plan, context).flatMap(({ node, facts, eachIndex }) => {
      const all = allIndexes(facts);
      if (all.length <= mostIndexes.value || facts.rows < leastRows.value) return [];
      const seldom = leastRead(facts);
      return [
        {
          message:
            `${describeRelation(node)}: each row is written to ${count(all.length)} indexes` +
            (seldom.length ? `; least read: ${seldom.join(', ')}` : ''),
          nodes: [node.id],
          saves: eachIndex * (all.length - mostIndexes.value),
        },
      ];
    }),
};

/** Names of those that are read least, where that is counted. */
const leastRead = ({ indexes }: TableFacts): string[] =>
  indexes
    .filter(
      ({ unique, constraint, kept, scans }) =>
        !unique && !constraint && !kept && scans !== undefined,
    )
    .toSorted((a, b) => (a.scans ?? 0) - (b.scans ?? 0))
    .slice(0, 3)
    .map(({ name }) => name);
