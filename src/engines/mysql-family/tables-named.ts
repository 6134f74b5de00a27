import type { QueryShape } from '../../model/query-shape.ts';
import type { TableName } from './facts/catalog-sql.ts';
import type { TableNamed } from './stored-names.ts';

/** What a statement says, and the database in which its names are looked up. */
export interface ShapedAt {
  shape: QueryShape;
  schema: string;
  /** Whatever in it could be a table. */
  possible?: readonly TableNamed[];
}

export const tablesNamed = ({ shape, schema }: ShapedAt): TableName[] =>
  shape.relations.map(at(schema));

/** And whatever else could be one: for what must not be overlooked. */
export const tablesPossible = (shaped: ShapedAt): TableName[] => [
  ...tablesNamed(shaped),
  ...(shaped.possible ?? []).map(at(shaped.schema)),
];

/** Whose rows a write changes. */
export const tablesWritten = ({ shape, schema }: ShapedAt): TableName[] =>
  (shape.writes ?? []).map(at(schema));

const at =
  (home: string) =>
  ({ schema = home, name }: TableNamed): TableName => ({ schema, name });
