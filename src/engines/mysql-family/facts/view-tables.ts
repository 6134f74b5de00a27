import { tokenizeMysql } from '../../../dialects/mysql-family/lexer.ts';
import type { QueryShape } from '../../../model/query-shape.ts';
import { calledByView, isUncommon } from '../called-functions.ts';
import type { Connection } from '../connection.ts';
import { placesOf } from '../shape/places.ts';
import { possibleTables } from '../shape/possible-tables.ts';
import { namedIn } from '../shape/relations.ts';
import { type CatalogWords, forTables, type TableName, viewsSql } from './catalog-sql.ts';
import { tableKey } from './table-facts.ts';

/**
 * The tables that a view reads, with the aliases by which a plan names them: the servers print its
 * text with all names in full. Another view may be among them. A longer text is not read, and
 * without SHOW VIEW there is none: what names such a view is not planned.
 */
const longestView = 100_000;

/** What a view reads, and the functions that it calls. */
export interface ViewText {
  relations: QueryShape['relations'];
  /** Whatever else in it could be a table. */
  possible: QueryShape['relations'];
  calls: readonly string[];
}

/** By `schema.name`; what is no view that we see is not in it. Undefined: it was not read. */
export async function readViews(
  control: Connection,
  { several }: Pick<CatalogWords, 'several'>,
  views: readonly TableName[],
  timeout_ms: number,
): Promise<Map<string, ViewText | undefined>> {
  if (views.length === 0) return new Map();
  const rows = await control.query(forTables(views, several, viewsSql), timeout_ms);
  return new Map(rows.map((row) => [tableKey(row), readView(row['definition'] ?? '')]));
}

export function readView(definition: string): ViewText | undefined {
  if (definition === '' || definition.length > longestView) return undefined;
  const solid = tokenizeMysql(definition).filter(
    ({ kind }) => kind !== 'space' && kind !== 'comment',
  );
  return {
    relations: namedIn(placesOf(solid), 'select').relations,
    possible: possibleTables(solid),
    calls: calledByView(solid).filter(isUncommon),
  };
}
