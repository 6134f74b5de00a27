import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { index, node, table } from '../examples.ts';
import { count, describeRelation, type Rule, threshold } from '../rule.ts';
import { dropIndex, tablesWritten } from '../written.ts';
import { redundantIn } from './redundant-index.ts';

const leastWrites = threshold(
  10_000,
  'rows written since scans are counted',
  'fewer say little of what the table is for, and of how long was counted',
);
const leastScans = threshold(
  1_000,
  'scans of the other indexes',
  'a table that is looked up so often shows which of its indexes are for that',
);

const insert = node('ModifyTable', {
  Operation: 'Insert',
  'Relation Name': 'orders',
  Schema: 'public',
  Alias: 'orders',
  rows: 0,
  cost: 0.01,
});
const writing = { kind: 'insert' } as const;
const having = (scans: number, more: Partial<IndexFacts> = {}, written = 500_000) => [
  table('orders', 500_000, {
    writes: { inserted: written, updated: 0, deleted: 0 },
    indexes: [
      index('orders_pkey', ['id'], { unique: true, constraint: true, scans: 80_000 }),
      index('orders_note', ['note'], { scans, ...more }),
    ],
  }),
];

export const unusedIndex: Rule = {
  id: 'unused-index',
  title: 'An index is written with each row and never read',
  category: 'maintenance',
  why: 'It makes each write slower, is vacuumed and backed up, and takes memory from the others.',
  fix:
    'Make sure that no standby and no yearly report reads it, keep its definition, and drop it ' +
    '(MySQL: make it INVISIBLE first).',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastWrites, leastScans },
  examples: [
    { name: 'never scanned', finds: true, plan: insert, shape: writing, facts: having(0) },
    { name: 'scanned', finds: false, plan: insert, shape: writing, facts: having(40) },
    {
      name: 'it is there to keep values unique',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(0, { unique: true }),
    },
    {
      name: 'counted for a short time',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(0, {}, 90),
    },
    {
      name: 'the statement only reads',
      finds: false,
      plan: insert,
      shape: { kind: 'select' },
      facts: having(0),
    },
  ],
  check: (plan, context) =>
    tablesWritten(plan, context).flatMap(({ node, facts, eachIndex }) => {
      const redundant = new Set(redundantIn(facts).map(([each]) => each));
      return unusedIn(facts)
        .filter((each) => !redundant.has(each))
        .map((unused) => ({
          message:
            `${describeRelation(node)}: ${unused.name} (${unused.keys.join(', ')}) was not read ` +
            `once while ${count(writtenTo(facts))} rows were written`,
          fix: dropIndex(plan, facts, unused),
          nodes: [node.id],
          saves: eachIndex,
        }));
    }),
};

const writtenTo = ({ writes }: TableFacts): number =>
  writes ? writes.inserted + writes.updated + writes.deleted : 0;

function unusedIn(facts: TableFacts): IndexFacts[] {
  const scans = facts.indexes.reduce((sum, each) => sum + (each.scans ?? 0), 0);
  if (writtenTo(facts) < leastWrites.value || scans < leastScans.value) return [];
  return facts.indexes.filter(
    ({ scans, unique, constraint, keys }) =>
      scans === 0 && !unique && !constraint && !servesForeignKey(facts, keys),
  );
}

/** It is read when rows of the other table are deleted, which may be seldom. */
const servesForeignKey = ({ foreignKeys = [] }: TableFacts, keys: readonly string[]): boolean =>
  foreignKeys.some(({ columns }) => columns.every((column, i) => keys[i] === column));
