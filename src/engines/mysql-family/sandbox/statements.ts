import type { IndexDef } from '../../../model/index-def.ts';
import { familyDdl } from '../ddl.ts';
import type { IndexWords } from '../variant.ts';

/** What is said to a copy of an index, in the words of an approved change. */
export interface Placed {
  schema: string;
  table: string;
  name: string;
}

export const sandboxMark = 'dbintel:sandbox';

type Words = Pick<IndexWords, 'hide' | 'show'>;
const noWords: Words = { hide: '', show: '' };
/** Nothing that is hidden, shown or dropped is told by its keys. */
const anyKey = { method: 'btree', keys: [{ column: 'any' }] } satisfies Partial<IndexDef>;

/** Throws AppError: change_refused. */
export const addSql = (index: IndexDef, name: string): string =>
  bare(familyDdl({ kind: 'create-index', name, index }, noWords, sandboxMark).apply[0]);

export const dropSql = (index: Placed): string => bare(dropOf(index, noWords).apply[1]);
export const hideSql = (index: Placed, words: Words): string => bare(dropOf(index, words).apply[0]);
export const showSql = (index: Placed, words: Words): string => bare(dropOf(index, words).show);

const dropOf = ({ schema, table, name }: Placed, words: Words) =>
  familyDdl(
    {
      kind: 'drop-index',
      name,
      index: { schema, table, ...anyKey },
      because: { kind: 'invalid' },
    },
    words,
  );

const bare = (sql: string | undefined): string => (sql ?? '').replace(/;$/, '');
