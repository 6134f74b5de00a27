import type { Comparison } from '../model/query-shape.ts';
import type { ColumnFacts, TableFacts } from '../model/statistics.ts';

/**
 * What the cases of rules are made of: tables, and plans as the servers print them. Everything that
 * a case does not speak of has an unremarkable value.
 */
type Index = TableFacts['indexes'][number];

export const index = (name: string, keys: string[], more: Partial<Index> = {}): Index => ({
  name,
  unique: false,
  keys,
  partial: false,
  ...more,
});

/** Analysed, in `public`, fifty rows a page; `more` says what else. */
export const table = (name: string, rows: number, more: Partial<TableFacts> = {}): TableFacts => ({
  schema: 'public',
  name,
  rows,
  pages: Math.ceil(rows / 50),
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: [],
  ...more,
});

/** Columns by name: their type, and how many different values there are. */
export const typed = (columns: Record<string, string | [string, number]>): ColumnFacts[] =>
  Object.entries(columns).map(([name, said]) =>
    typeof said === 'string' ? { name, type: said } : { name, type: said[0], distinct: said[1] },
  );

export const compared = (column: string, more: Partial<Comparison> = {}): Comparison => ({
  column,
  operator: '=',
  with: 'value',
  ...more,
});

interface Estimate {
  rows?: number;
  cost?: number;
}
interface Printed extends Estimate {
  /** Other keys, as EXPLAIN (FORMAT JSON) names them. */
  [key: string]: unknown;
}

/** PostgreSQL: one node, with what it reads from below it. */
export function node(
  type: string,
  { rows = 1, cost = 10, ...keys }: Printed,
  below: object[] = [],
) {
  return {
    'Node Type': type,
    'Plan Rows': rows,
    'Total Cost': cost,
    ...keys,
    ...(below.length ? { Plans: below } : {}),
  };
}
export const outer = (child: object) => ({ 'Parent Relationship': 'Outer', ...child });
export const inner = (child: object) => ({ 'Parent Relationship': 'Inner', ...child });

const of = (relation: string) => ({
  'Relation Name': relation,
  Schema: 'public',
  Alias: relation,
});

export const seqScan = (
  relation: string,
  { filter, ...keys }: Printed & { filter?: string } = {},
) => node('Seq Scan', { ...of(relation), ...(filter ? { Filter: filter } : {}), ...keys });

export const indexScan = (
  relation: string,
  name: string,
  { condition, ...keys }: Printed & { condition?: string } = {},
) =>
  node('Index Scan', {
    ...of(relation),
    'Index Name': name,
    ...(condition ? { 'Index Cond': condition } : {}),
    ...keys,
  });

/** PostgreSQL: the figures of a node that ran once. */
export const ran = (rows: number, keys: object = {}) => ({
  'Actual Rows': rows,
  'Actual Loops': 1,
  'Actual Startup Time': 0,
  'Actual Total Time': 5,
  ...keys,
});

interface Accessed {
  access?: string;
  rows?: number;
  /** Percent of what is read that passes the condition. */
  filtered?: number;
  /** Other keys, as EXPLAIN FORMAT=JSON names them. */
  [key: string]: unknown;
}

/** MySQL's first format: a table of a block. */
export const mysqlTable = (
  name: string,
  {
    access = 'ALL',
    rows = 1,
    filtered = 100,
    condition,
    ...keys
  }: Accessed & { condition?: string },
) => ({
  table: {
    table_name: name,
    access_type: access,
    rows_examined_per_scan: rows,
    filtered: filtered.toFixed(2),
    ...(condition ? { attached_condition: condition } : {}),
    ...keys,
  },
});

/** MariaDB's format: the same in its words. */
export const mariadbTable = (
  name: string,
  { access = 'ALL', rows = 1, filtered = 100, ...keys }: Accessed,
) => ({ table: { table_name: name, access_type: access, rows, filtered, ...keys } });

/** The document that MySQL and MariaDB print. */
export const block = (content: object) => ({ query_block: content });
export const loop = (...tables: object[]) => block({ nested_loop: tables });

interface Relop {
  operator: string;
  logical?: string;
  table?: string;
  predicate?: string;
  rows?: number;
  cost?: number;
  /** Other attributes of `<RelOp>`. */
  more?: string;
  /** `<Warnings>` and what was counted. */
  inside?: string;
}

/** SQL Server: one operator, with what it reads from below it. */
export function relop(
  {
    operator,
    logical = operator,
    table,
    predicate,
    rows = 1,
    cost = 1,
    more = '',
    inside = '',
  }: Relop,
  below: readonly string[] = [],
): string {
  const object = table ? `<Object Schema="[dbo]" Table="[${table}]" />` : '';
  const scalar = `<Predicate><ScalarOperator ScalarString="${predicate}" /></Predicate>`;
  return (
    `<RelOp PhysicalOp="${operator}" LogicalOp="${logical}" EstimateRows="${rows}" ` +
    `EstimatedTotalSubtreeCost="${cost}" ${more}>${inside}<Kind>${object}` +
    `${predicate ? scalar : ''}${below.join('')}</Kind></RelOp>`
  );
}

/** SQL Server: the document, with what it says of the statement as a whole. */
export const showplan = (root: string, ofStatement = ''): string =>
  '<ShowPlanXML><BatchSequence><Batch><Statements><StmtSimple StatementId="1">' +
  `<QueryPlan>${ofStatement}${root}</QueryPlan></StmtSimple></Statements></Batch>` +
  '</BatchSequence></ShowPlanXML>';

/** SQL Server: what one thread counted at an operator. */
export const threads = (rows: number, ms: number, more = ''): string =>
  `<RunTimeInformation><RunTimeCountersPerThread Thread="0" ActualRows="${rows}" ` +
  `ActualExecutions="1" ActualElapsedms="${ms}" ${more}/></RunTimeInformation>`;
