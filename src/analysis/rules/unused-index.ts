import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { index, node, table } from '../examples.ts';
import { count, describeRelation, type Rule, type RuleContext, threshold } from '../rule.ts';
import { dropIndex, tablesWritten } from '../written.ts';
import { redundantIn } from './redundant-index.ts';

const leastDays = threshold(
  7,
  'days since scans are counted',
  'a week has in it what is done on each of its days; a month’s end is for people to think of',
);
const leastWrites = threshold(
  500,
  'rows written since scans are counted',
  'an index into which less is written in a week costs next to nothing',
);
const leastRead = threshold(
  3,
  'other indexes that were read, and no more that were not',
  'where most indexes are read, enough of the work has been seen to tell which ones are not',
);

const day_ms = 86_400_000;

const insert = node('ModifyTable', {
  Operation: 'Insert',
  'Relation Name': 'orders',
  Schema: 'public',
  Alias: 'orders',
  rows: 0,
  cost: 0.01,
});
const writing = { kind: 'insert' } as const;
const at = 90 * day_ms;
interface Counted {
  written?: number;
  others?: number;
  days?: number;
}
const having = (
  scans: number,
  { written = 500_000, others = 900, days = 30, ...more }: Partial<IndexFacts> & Counted = {},
) => [
  table('orders', 500_000, {
    writes: { inserted: written, updated: 0, deleted: 0 },
    countedSince: at - days * day_ms,
    indexes: [
      index('orders_pkey', ['id'], { unique: true, constraint: true, scans: 80_000 }),
      index('orders_customer', ['customer_id'], { scans: others }),
      index('orders_at', ['at'], { scans: others }),
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
  thresholds: { leastDays, leastWrites, leastRead },
  examples: [
    { name: 'never scanned', finds: true, plan: insert, shape: writing, at, facts: having(0) },
    { name: 'scanned', finds: false, plan: insert, shape: writing, at, facts: having(40) },
    {
      name: 'no index was read yet',
      finds: false,
      plan: insert,
      shape: writing,
      at,
      facts: having(0, { others: 0 }),
    },
    {
      name: 'it is there to keep values unique',
      finds: false,
      plan: insert,
      shape: writing,
      at,
      facts: having(0, { unique: true }),
    },
    {
      name: 'CLUSTER, or the index of a partitioned table, stands on it',
      finds: false,
      plan: insert,
      shape: writing,
      at,
      facts: having(0, { kept: true }),
    },
    {
      name: 'it is read as soon as the one that it repeats is gone',
      finds: false,
      plan: insert,
      shape: writing,
      at,
      facts: having(0, { keys: ['customer_id', 'at'] }),
    },
    {
      name: 'hardly anything was written',
      finds: false,
      plan: insert,
      shape: writing,
      at,
      facts: having(0, { written: 90 }),
    },
    {
      name: 'the server began to count three days ago',
      finds: false,
      plan: insert,
      shape: writing,
      at,
      facts: having(0, { days: 3 }),
    },
    {
      name: 'the server gives no plan',
      finds: true,
      shape: { ...writing, writes: [{ name: 'orders' }] },
      at,
      facts: having(0),
    },
    {
      name: 'the statement only reads',
      finds: false,
      plan: insert,
      shape: { kind: 'select' },
      at,
      facts: having(0),
    },
  ],
  unplanned: true,
  check: (plan, context) =>
    tablesWritten(plan, context).flatMap(({ node, facts, eachIndex }) => {
      // Told of as redundant; or it stays for such a one, and both gone would leave none.
      const told = new Set(redundantIn(facts).flat());
      return unusedIn(facts, context)
        .filter((each) => !told.has(each))
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

function unusedIn(facts: TableFacts, { at }: RuleContext): IndexFacts[] {
  if (writtenTo(facts) < leastWrites.value || !isCountedLong(facts, at)) return [];
  const read = facts.indexes.filter(({ scans = 0 }) => scans > 0);
  const unread = facts.indexes.filter(
    ({ scans, unique, constraint, kept, partitioned, keys }) =>
      scans === 0 &&
      !unique &&
      !constraint &&
      !kept &&
      !partitioned &&
      !servesForeignKey(facts, keys),
  );
  return read.length >= leastRead.value && unread.length <= read.length ? unread : [];
}

/** PostgreSQL says nothing of when it began where nobody has ever reset what it counts. */
const isCountedLong = ({ countedSince }: TableFacts, at = 0): boolean =>
  countedSince === undefined || at - countedSince >= leastDays.value * day_ms;

/** It is read when rows of the other table are deleted, which may be seldom. */
const servesForeignKey = ({ foreignKeys = [] }: TableFacts, keys: readonly string[]): boolean =>
  foreignKeys.some(({ columns }) => columns.every((column, i) => keys[i] === column));
