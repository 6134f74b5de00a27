/**
 * A summary of a statement's syntax tree, made by the engine's own parser, so that analysis never
 * parses SQL. No literal in it.
 */
export interface QueryShape {
  kind: 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'values';
  relations: { schema?: string; name: string; alias?: string }[];
  /** Names of functions called, without pg_catalog. */
  functions: string[];
  comparisons: Comparison[];
  selectStar: boolean;
  distinct: boolean;
  grouped: boolean;
  ordered: boolean;
  limit: boolean;
  offset: boolean;
  joins: number;
  subqueries: number;
  locking: boolean;
  /** What follows: absent where it is not so, or not known. */
  orderBy?: OrderKey[];
  /** Of rows in a random order the first are wanted, by it or by a query in it. */
  randomOrder?: true;
  groupBy?: NamedColumn[];
  /** How many columns a SELECT lists; `*` is one. */
  columns?: number;
  /** Columns that an UPDATE sets. */
  sets?: string[];
  /** Tables whose rows it writes, as far as the text tells. */
  writes?: { schema?: string; name: string }[];
  /** There is a WHERE. */
  filtered?: true;
  /** A UNION that removes duplicates. */
  distinctUnion?: true;
  /** `LEFT JOIN`, `RIGHT JOIN` (MySQL, MariaDB, whose plans may not tell them from others). */
  outerJoin?: true;
  /** `x NOT IN (SELECT …)`. */
  notIn?: true;
  /** One OR asks of columns of several tables. */
  orAcrossTables?: true;
  /** HAVING asks of what WHERE could ask: no aggregate in it. */
  plainHaving?: true;
  /** `count(*)` or `count(1)` is all that is asked for. */
  countAll?: true;
  /** Of a SELECT DISTINCT, and of each part of a UNION that removes duplicates. */
  distinctParts?: DistinctPart[];
  /** The first `row_number() OVER (PARTITION BY … ORDER BY …)`, of columns alone. */
  numbered?: { groups: NamedColumn[]; orderBy: OrderKey[] };
  ctes?: { name: string; materialized?: true; references: number }[];
  /** Every column that it names, where these are few; absent where a star leaves it open. */
  reads?: NamedColumn[];
  /**
   * Calls of the server's own aggregates, with the column that is all they are given; `rows`: it is
   * the rows that are counted (MySQL, MariaDB).
   */
  aggregates?: ({ function: string; rows?: true } & Partial<NamedColumn>)[];
}

/** What the outermost SELECT, or one part of its UNION, lists. */
export interface DistinctPart {
  /** Columns that stand in the list as they are. */
  columns: NamedColumn[];
  /** Places in the list, from 0, of constants. */
  constants: number[];
  /** What it is selected from; absent where that is more than tables and their joins. */
  relations?: QueryShape['relations'];
  /** Columns that its WHERE compares with values; absent where there is none. */
  asks?: string[];
  /** It groups, and lists all that it groups by. */
  listsGroups?: true;
}

export interface NamedColumn {
  column: string;
  /** The alias, or the table's name, as the text says it. */
  qualifier?: string;
}

/** `expression`: not a column; the name of its function, if it is a call. */
export type OrderKey = ({ column: string; qualifier?: string } | { expression: string }) & {
  descending?: true;
};

/** A statement that says nothing yet. */
export const emptyShape = (kind: QueryShape['kind'] = 'select'): QueryShape => ({
  kind,
  relations: [],
  functions: [],
  comparisons: [],
  selectStar: false,
  distinct: false,
  grouped: false,
  ordered: false,
  limit: false,
  offset: false,
  joins: 0,
  subqueries: 0,
  locking: false,
});

/**
 * A part of a WHERE, ON or HAVING: `lower(email) = $1`, `created_at::date = $2`. One side is a
 * column, bare or wrapped.
 */
export interface Comparison {
  column: string;
  qualifier?: string;
  /**
   * `=`, `~~` (LIKE), `@>`, `->>`; as the engine's parser names it. PostgreSQL besides: `= any` of
   * a column that is the array, `is null`, `is true` of a column or call that is the condition.
   * MySQL and MariaDB: `not like`, `regexp`, `is null`, `match`, `member of`, `json_contains`.
   */
  operator: string;
  /** What stands around the column, if anything. */
  wrapped?: Wrapping;
  /** The function around the column, if any. */
  function?: string;
  /** The column is all that the function is given: `lower(email)`, not `date_trunc('day', at)`. */
  sole?: true;
  /** The type that the text casts the column to, if any. */
  cast?: string;
  /**
   * With a number as it is written, or one of a list: MySQL and MariaDB make a number of a text, in
   * every row, to compare it.
   */
  number?: true;
  /** What it is compared with; a value also where it is computed of values alone. */
  with: 'value' | 'column' | 'expression';
  /** The column that it is compared with. */
  other?: NamedColumn;
  /** `IN (SELECT column FROM …)`: the column that the query lists (MySQL, MariaDB). */
  listed?: NamedColumn;
  /** It is one branch of an OR. */
  inOr?: true;
  /** The pattern is known to begin with a wildcard: `LIKE '%x'`. */
  openStart?: true;
  /** It is known to begin with letters, which an index finds: `LIKE 'x%'`. */
  fixedStart?: true;
}

/**
 * `lower(c)`, `c::date`, `c + 1`, `c || 'x'`, `CASE c WHEN …`, `coalesce(c, 0)`. What has a name of
 * its own is told apart; each keeps an index on `c` from being used.
 */
export type Wrapping = 'function' | 'cast' | 'arithmetic' | 'concatenation' | 'case' | 'coalesce';
