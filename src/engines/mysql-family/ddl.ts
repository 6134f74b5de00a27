import { quote } from '../../dialects/mysql-family/sql.ts';
import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { Change } from '../../model/proposal.ts';
import type { Ddl } from '../engine.ts';
import { checkMark, refuseUnless } from '../refuse-change.ts';
import type { ForeignKey } from './foreign-keys.ts';
import type { IndexWords } from './variant.ts';

/**
 * A change as DDL of MySQL or MariaDB: in place while others read and write, or refused by the
 * server, never by a copy of the table. An index is taken out of use before it is dropped, so that
 * whoever misses it gets it back at once.
 */
export function familyDdl(
  change: Change,
  words: Pick<IndexWords, 'hide' | 'show'>,
  mark?: string,
): Ddl {
  checkMark(mark);
  switch (change.kind) {
    case 'create-index':
      refuseUnless(!change.partitions, 'partitions have no indexes of their own');
      return {
        apply: [addIndex(change.name, change.index, mark)],
        rollback: [dropIndex(change.name, change.index)],
      };
    case 'drop-index': {
      const { name, index } = change;
      refuseUnless(!/^primary$/i.test(name), 'a primary key is no index to be dropped');
      const alter = (how: string) =>
        `ALTER TABLE ${tableOf(index)} ALTER INDEX ${quoted(name)} ${how}, ${online};`;
      return {
        apply: [alter(words.hide), dropIndex(name, index)],
        rollback: [addIndex(name, index)],
        show: alter(words.show),
      };
    }
    case 'analyze':
      return { apply: [`ANALYZE TABLE ${tableOf(change)};`], rollback: [] };
    case 'create-statistics':
      refuseUnless(false, 'there are no statistics of columns together');
  }
}

const online = 'ALGORITHM=INPLACE, LOCK=NONE';

function addIndex(name: string, index: IndexDef, mark?: string): string {
  checkIndex(index);
  const comment = mark === undefined ? '' : ` COMMENT '${mark}'`;
  return (
    `ALTER TABLE ${tableOf(index)} ADD ${index.unique ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ` +
    `(${index.keys.map(keySql).join(', ')})${comment}, ${online};`
  );
}

const dropIndex = (name: string, index: IndexDef) =>
  `ALTER TABLE ${tableOf(index)} DROP INDEX ${quoted(name)}, ${online};`;

/** In one statement, since the server lets no foreign key be without an index of its columns. */
export const dropBeside = (name: string, index: IndexDef, instead: readonly ForeignKey[]): string =>
  `ALTER TABLE ${tableOf(index)} DROP INDEX ${quoted(name)}, ` +
  instead
    .map((key) => `ADD INDEX ${quoted(key.name)} (${key.columns.map(quoted).join(', ')}), `)
    .join('') +
  `${online};`;

function keySql(key: IndexKey): string {
  // One on an expression is one on a hidden column, which cannot be made beside the work.
  refuseUnless('column' in key, 'an index on an expression is not made in place');
  refuseUnless(
    key.nulls === undefined && key.opclass === undefined && key.collation === undefined,
    'keys have no order of NULLs, operator class or collation of their own',
  );
  const { letters } = key;
  refuseUnless(
    letters === undefined || (Number.isInteger(letters) && letters > 0 && letters <= mostLetters),
    'as many letters are not indexed',
  );
  const part = letters === undefined ? '' : `(${letters})`;
  return `${quoted(key.column)}${part}${key.descending ? ' DESC' : ''}`;
}
/** InnoDB's 3,072 bytes of a key. */
const mostLetters = 3_072;
/** The servers' own limit. */
const mostKeys = 16;

function checkIndex({ method, keys, include, where }: IndexDef): void {
  refuseUnless(method === 'btree', 'the method of an index is not on the list');
  refuseUnless(keys.length > 0 && keys.length <= mostKeys, 'an index has no keys, or too many');
  refuseUnless(!include?.length, 'an index keeps no columns beside its keys');
  refuseUnless(where === undefined, 'an index is of all rows');
}

const tableOf = ({ schema, table }: { schema: string; table: string }) =>
  `${quoted(schema)}.${quoted(table)}`;

/** Letters of a name; none beyond U+FFFF, and no space at its end. */
const longestName = 64;

function quoted(name: string): string {
  refuseUnless(
    name.length > 0 &&
      name.length <= longestName &&
      name.isWellFormed() &&
      !/[\0\u{10000}-\u{10ffff}]| $/u.test(name),
    'a name is none that the server could have',
  );
  return quote(name);
}
