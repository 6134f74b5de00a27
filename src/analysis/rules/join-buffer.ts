import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { type Condition, conditionsOn, createIndex } from '../advice.ts';
import { block, index, loop, mariadbTable, mysqlTable, table } from '../examples.ts';
import {
  bare,
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  readsAll,
  rowsRead,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareOf } from '../shares.ts';

const leastRows = threshold(
  1_000,
  'rows of the joined table',
  'fewer fit one buffer and are read once',
);

const customers = (...keys: string[]) =>
  table('customers', 50_000, { indexes: keys.length ? [index('i', keys)] : [] });
const joined = (buffer: string, rows: number) =>
  loop(
    mysqlTable('o', { rows: 5_000 }),
    mysqlTable('customers', {
      rows,
      filtered: 10,
      using_join_buffer: buffer,
      condition: '(`shop`.`customers`.`email` = `shop`.`o`.`email`)',
    }),
  );

export const joinBuffer: Rule = {
  id: 'join-buffer',
  title: 'A table is joined without an index',
  why:
    'For each buffer full of rows of the one side the other table is read from end to end; or it ' +
    'is put into a hash table by every call.',
  fix:
    'An index on the columns that join the second table; give joined columns one type and ' +
    'collation first.',
  category: 'index',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastRows },
  examples: [
    {
      name: 'MySQL: hash join on a column without index',
      finds: true,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [customers()],
    },
    {
      name: 'a small table',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50),
      facts: [customers()],
    },
    {
      name: 'the index is there, and not used for another reason',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [customers('email')],
    },
    {
      name: 'MariaDB: block nested loop',
      finds: true,
      engine: 'mariadb',
      plan: block({
        nested_loop: [
          mariadbTable('o', { rows: 5_000 }),
          {
            'block-nl-join': {
              ...mariadbTable('customers', { rows: 50_000 }),
              join_type: 'BNL',
              attached_condition: 'customers.email = o.email',
            },
          },
        ],
      }),
      facts: [customers()],
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) => {
      const inner = node.children.find(({ parentRelation }) => parentRelation === 'inner');
      const facts = inner && tableOf(inner, context);
      if (
        !inner ||
        !facts ||
        !readsAll(inner, facts, plan) ||
        !(node.op === 'HashJoin' || node.join?.buffered) ||
        rowsRead(inner) < leastRows.value
      )
        return [];
      const columns = joinColumns(node, inner);
      const [first] = columns;
      if (!first || facts.indexes.some(({ keys }) => columns.includes(keys[0] ?? ''))) return [];
      return [
        {
          message:
            `${describeRelation(inner)}: ${count(rowsRead(inner))} rows are read to join on ` +
            `${columns.join(', ')}, which has no index`,
          fix: indexFor(plan, inner, facts, node, context),
          nodes: [node.id, inner.id],
          saves: shareOf(node, inner),
        },
      ];
    }),
};

/** Of the inner side, without its alias. */
function joinColumns({ join }: PlanNode, { relation }: PlanNode): string[] {
  const alias = relation?.alias ?? relation?.name;
  const columns = (join?.condition ?? []).flatMap((each) => each.columns);
  return [...new Set(columns.filter((each) => each.startsWith(`${alias}.`)).map(bare))];
}

/**
 * Only where the other side's column is of the same type and collation: else the index would not be
 * used.
 */
function indexFor(
  plan: Plan,
  inner: PlanNode,
  table: TableFacts,
  node: PlanNode,
  { facts }: RuleContext,
): string | undefined {
  const wanted = conditionsOn(inner, node.join?.condition ?? []).filter(
    ({ kind, other }) => kind === 'equal' && other,
  );
  const alike = wanted.filter((each) => isAlike(each, table, node, facts));
  return alike.length ? createIndex(plan, table, alike) : undefined;
}

function isAlike(
  { column, other = '' }: Condition,
  table: TableFacts,
  node: PlanNode,
  facts: readonly TableFacts[],
): boolean {
  const mine = table.columns?.find(({ name }) => name === column);
  if (!table.columns) return true;
  const alias = other.split('.').at(-2)?.replaceAll('"', '');
  const relation = preorder(node).find(
    (each) => (each.relation?.alias ?? each.relation?.name) === alias,
  )?.relation;
  const home = facts.find(
    ({ schema, name }) =>
      name === relation?.name && (relation.schema === undefined || relation.schema === schema),
  );
  const theirs = home?.columns?.find(({ name }) => name === bare(other).replaceAll('"', ''));
  return (
    mine !== undefined &&
    theirs !== undefined &&
    mine.collation === theirs.collation &&
    (mine.collation !== undefined || !/date|time|char|text/.test(theirs.type))
  );
}
