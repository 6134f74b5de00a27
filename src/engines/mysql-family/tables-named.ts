import type { QueryShape } from '../../model/query-shape.ts';
import type { TableName } from './facts/catalog-sql.ts';

/** What a statement says, and the database in which its names are looked up. */
export interface ShapedAt {
  shape: QueryShape;
  schema: string;
}

export const tablesNamed = ({ shape, schema }: ShapedAt): TableName[] =>
  shape.relations.map((relation) => ({
    schema: relation.schema ?? schema,
    name: relation.name,
  }));

/** Whose rows a write changes. */
export const tablesWritten = ({ shape, schema }: ShapedAt): TableName[] =>
  (shape.writes ?? []).map((table) => ({ ...table, schema: table.schema ?? schema }));
