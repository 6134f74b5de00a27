import type { NamedColumn, QueryShape } from '../../model/query-shape.ts';
import { type Kinded, nameParts } from './ast.ts';

/**
 * Every column that a SELECT names: what an index would have to hold so that the table need not be
 * looked at. Said where it is little; a star, or a row as a whole, leaves it open.
 */
const mostReads = 8;

export function readsOf(nodes: readonly Kinded[], shape: QueryShape): NamedColumn[] | undefined {
  const rows = new Set(shape.relations.map(({ alias, name }) => alias ?? name));
  // `ORDER BY day` of `… AS day`: that is no column.
  const results = new Set(
    nodes.flatMap(({ kind, node }) => (kind === 'ResTarget' ? [String(node['name'] ?? '')] : [])),
  );
  const reads = new Map<string, NamedColumn>();
  for (const { kind, node } of nodes) {
    if (kind !== 'ColumnRef') continue;
    const [column = '', qualifier] = nameParts(node['fields']).toReversed();
    if (column === '*' || (qualifier === undefined && rows.has(column))) return undefined;
    if (qualifier === undefined && results.has(column)) continue;
    reads.set(
      `${qualifier}.${column}`,
      qualifier === undefined ? { column } : { column, qualifier },
    );
    if (reads.size > mostReads) return undefined;
  }
  return [...reads.values()];
}
