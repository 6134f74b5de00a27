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
}

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

/** `lower(email) = $1`, `created_at::date = $2`: one side is a column, bare or wrapped. */
export interface Comparison {
  column: string;
  qualifier?: string;
  operator: string;
  /** The function around the column, if any. */
  function?: string;
  /** The column is all that the function is given: `lower(email)`, not `date_trunc('day', at)`. */
  sole?: true;
  /** The type that the text casts the column to, if any. */
  cast?: string;
  /** What it is compared with. */
  with: 'value' | 'column' | 'expression';
}
