import { quotedName } from '../../engines/postgres/sql-names.ts';
import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import { nameOf } from './schema-sql.ts';

/** An index for a world that nobody else uses: made at once, and with its partitions. */
/** `only`: of a partitioned table, none of its partitions'. */
export function createIndexSql(index: IndexDef, name: string, only = false): string {
  const { schema, table, method, keys, include = [], where, unique } = index;
  return [
    `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quotedName(name)}`,
    `ON ${only ? 'ONLY ' : ''}${nameOf({ schema, name: table })} USING ${quotedName(method)}`,
    `(${keys.map(keySql).join(', ')})`,
    ...(include.length ? [`INCLUDE (${include.map(quotedName).join(', ')})`] : []),
    ...(where === undefined ? [] : [`WHERE (${where})`]),
  ].join(' ');
}

const keySql = (key: IndexKey): string =>
  [
    'column' in key ? quotedName(key.column) : `(${key.expression})`,
    ...(key.collation ? [`COLLATE ${dotted(key.collation)}`] : []),
    ...(key.opclass ? [dotted(key.opclass)] : []),
    ...(key.descending ? ['DESC'] : []),
    ...(key.nulls ? [`NULLS ${key.nulls.toUpperCase()}`] : []),
  ].join(' ');

const dotted = (name: string) => name.split('.').map(quotedName).join('.');
