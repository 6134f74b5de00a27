import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { type Condition, conditionsOn, createIndex } from '../advice.ts';
import {
  bare,
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  readsAll,
  rowsRead,
  tableOf,
} from '../rule.ts';

const leastRows = 1_000;

export const joinBuffer: Rule = {
  id: 'join-buffer',
  title: 'A table is joined without an index',
  why: 'For each buffer full of rows of the one side the other table is read from end to end; or it is put into a hash table by every call.',
  fix: 'An index on the columns that join the second table.',
  engines: { postgres: false, mysql: true, mariadb: true },
  examples: [
    {
      name: 'MySQL: hash join on a column without index',
      finds: true,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [facts([])],
    },
    {
      name: 'a small table',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50),
      facts: [facts([])],
    },
    {
      name: 'the index is there, and not used for another reason',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [facts(['email'])],
    },
    {
      name: 'MariaDB: block nested loop',
      finds: true,
      engine: 'mariadb',
      plan: {
        query_block: {
          nested_loop: [
            { table: { table_name: 'o', access_type: 'ALL', rows: 5_000, filtered: 100 } },
            {
              'block-nl-join': {
                table: { table_name: 'customers', access_type: 'ALL', rows: 50_000, filtered: 100 },
                join_type: 'BNL',
                attached_condition: 'customers.email = o.email',
              },
            },
          ],
        },
      },
      facts: [facts([])],
    },
  ],
  check(plan, context) {
    return [...preorder(plan.root)].flatMap((node) => {
      const inner = node.children.find(({ parentRelation }) => parentRelation === 'inner');
      const table = inner && tableOf(inner, context);
      if (
        !inner ||
        !table ||
        !readsAll(inner, table, plan) ||
        !(node.op === 'HashJoin' || node.join?.buffered) ||
        rowsRead(inner) < leastRows
      )
        return [];
      const alias = inner.relation?.alias ?? inner.relation?.name;
      const columns = [
        ...new Set(
          (node.join?.condition ?? []).flatMap(({ columns }) =>
            columns.filter((column) => column.startsWith(`${alias}.`)).map(bare),
          ),
        ),
      ];
      const [first] = columns;
      if (!first || table.indexes.some(({ keys }) => columns.includes(keys[0] ?? ''))) return [];
      return [
        {
          severity: 'warning' as const,
          message: `${describeRelation(inner)}: ${count(rowsRead(inner))} rows are read to join on ${columns.join(', ')}, which has no index`,
          fix:
            indexFor(plan, inner, table, node, context) ??
            'An index on the columns that join it; give joined columns one type and collation first.',
          nodes: [node.id, inner.id],
        },
      ];
    });
  },
};

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
  const relation = [...preorder(node)].find(
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

function joined(buffer: string, rows: number) {
  return {
    query_block: {
      nested_loop: [
        {
          table: {
            table_name: 'o',
            access_type: 'ALL',
            rows_examined_per_scan: 5_000,
            filtered: '100.00',
          },
        },
        {
          table: {
            table_name: 'customers',
            access_type: 'ALL',
            rows_examined_per_scan: rows,
            filtered: '10.00',
            using_join_buffer: buffer,
            attached_condition: '(`shop`.`customers`.`email` = `shop`.`o`.`email`)',
          },
        },
      ],
    },
  };
}
function facts(keys: string[]) {
  const indexes = keys.length ? [{ name: 'i', unique: false, keys, partial: false }] : [];
  return {
    schema: 'shop',
    name: 'customers',
    rows: 50_000,
    pages: 900,
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes,
  };
}
