import { dictionary } from '../../base/dictionary.ts';
import { postgresSql } from '../../dialects/postgres/sql.ts';
import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { Change, PartitionIndex } from '../../model/proposal.ts';
import type { Ddl } from '../engine.ts';
import { checkMark, refuseUnless } from '../refuse-change.ts';
import { type AstNode, nameParts } from './ast.ts';
import { expressionSyntax, onlyStatement, syntaxText } from './index-expression.ts';

/**
 * A change as PostgreSQL's DDL. Indexes are made and dropped CONCURRENTLY, and never `IF [NOT]
 * EXISTS`: that says all is well of an index that is invalid. Every text that is made is read again
 * by PostgreSQL's parser, and has to be exactly the index that was asked for.
 */
export function postgresDdl(change: Change, mark?: string): Ddl {
  checkMark(mark);
  switch (change.kind) {
    case 'create-index':
      return createOf(change, mark);
    case 'drop-index':
      return {
        apply: [dropIndex(change.index.schema, change.name)],
        rollback: [createIndex(change.name, change.index)],
      };
    case 'create-statistics':
      return statisticsOf(change);
    case 'analyze':
      return { apply: [analyze(change)], rollback: [] };
  }
}

interface Place {
  schema: string;
  table: string;
}

function createOf(change: Change & { kind: 'create-index' }, mark: string | undefined): Ddl {
  const { name, index, partitions } = change;
  const comment =
    mark === undefined ? [] : [`COMMENT ON INDEX ${qualified(index.schema, name)} IS '${mark}';`];
  if (!partitions)
    return {
      apply: [createIndex(name, index), ...comment],
      rollback: [dropIndex(index.schema, name)],
    };
  return {
    apply: [
      createIndex(name, index, 'of the root alone'),
      ...comment,
      ...partitions.flatMap((each) => partitionSteps(name, index, each)),
    ],
    // One that has partitions cannot be dropped beside the work: it waits as long as it may.
    rollback: [`DROP INDEX ${qualified(index.schema, name)};`],
  };
}

const partitionSteps = (root: string, index: IndexDef, each: PartitionIndex): string[] => [
  createIndex(each.name, { ...index, schema: each.schema, table: each.table }),
  `ALTER INDEX ${qualified(index.schema, root)} ATTACH PARTITION ` +
    `${qualified(each.schema, each.name)};`,
];

function createIndex(name: string, index: IndexDef, whole: 'of the root alone' | '' = ''): string {
  checkIndex(index);
  const beside = whole ? '' : 'CONCURRENTLY ';
  const only = whole ? 'ONLY ' : '';
  const include = index.include?.length ? ` INCLUDE (${index.include.map(quoted).join(', ')})` : '';
  const where = index.where === undefined ? '' : ` WHERE (${index.where})`;
  const sql =
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${beside}${quoted(name)} ON ${only}` +
    `${qualified(index.schema, index.table)} USING ${index.method} ` +
    `(${index.keys.map(keySql).join(', ')})${include}${where};`;
  checkText(sql, name, index, !whole);
  return sql;
}

const dropIndex = (schema: string, name: string) =>
  `DROP INDEX CONCURRENTLY ${qualified(schema, name)};`;

const analyze = ({ schema, table }: Place) => `ANALYZE ${qualified(schema, table)};`;

/** As many columns as one object of statistics may have. */
const mostTogether = 8;

function statisticsOf(change: Change & { kind: 'create-statistics' }): Ddl {
  const { schema, table, name, columns } = change;
  const distinct = new Set(columns).size;
  refuseUnless(
    distinct === columns.length && distinct >= 2 && distinct <= mostTogether,
    `statistics are of two to ${mostTogether} different columns`,
  );
  const object = qualified(schema, name);
  return {
    apply: [
      `CREATE STATISTICS ${object} (ndistinct, dependencies, mcv) ON ` +
        `${columns.map(quoted).join(', ')} FROM ${qualified(schema, table)};`,
      analyze(change),
    ],
    rollback: [`DROP STATISTICS ${object};`],
  };
}

function keySql(key: IndexKey): string {
  const what = 'column' in key ? quoted(key.column) : `(${key.expression})`;
  const collation = key.collation === undefined ? '' : ` COLLATE ${quoted(key.collation)}`;
  const opclass = key.opclass === undefined ? '' : ` ${opclassSql(key.opclass)}`;
  const nulls = key.nulls === undefined ? '' : ` NULLS ${key.nulls === 'first' ? 'FIRST' : 'LAST'}`;
  return `${what}${collation}${opclass}${key.descending ? ' DESC' : ''}${nulls}`;
}

/** By the method that it is for. */
const opclasses = dictionary<readonly string[]>({
  btree: ['text_pattern_ops', 'varchar_pattern_ops', 'bpchar_pattern_ops'],
  hash: [],
  gin: ['gin_trgm_ops', 'jsonb_path_ops', 'jsonb_ops', 'array_ops', 'tsvector_ops'],
  gist: ['gist_trgm_ops', 'inet_ops', 'range_ops', 'tsvector_ops'],
  brin: [],
});

function opclassSql(opclass: string): string {
  const { schema, name } = partsOf(opclass);
  return schema ? qualified(schema, name) : quoted(name);
}

/** At the last point: no name on the list has one. */
function partsOf(opclass: string): { schema?: string; name: string } {
  const at = opclass.lastIndexOf('.');
  return at < 0 ? { name: opclass } : { schema: opclass.slice(0, at), name: opclass.slice(at + 1) };
}

function checkIndex({ method, keys, include, unique }: IndexDef): void {
  const known = opclasses[method];
  refuseUnless(known !== undefined, 'the method of an index is not on the list');
  refuseUnless(keys.length > 0 && keys.length <= mostKeys, 'an index has no keys, or too many');
  refuseUnless(!unique || method === 'btree', 'only a btree is unique');
  refuseUnless(
    !include?.length || method === 'btree' || method === 'gist',
    'the method keeps no columns beside its keys',
  );
  for (const key of keys) {
    refuseUnless(
      key.opclass === undefined || known.includes(partsOf(key.opclass).name),
      'an operator class is not on the list',
    );
    refuseUnless(
      method === 'btree' || (!key.descending && key.nulls === undefined),
      'only a btree has an order',
    );
    refuseUnless(key.letters === undefined, 'PostgreSQL indexes whole values');
  }
}
/** The server's own limit. */
const mostKeys = 32;

/** The text says this index, and nothing else. */
function checkText(sql: string, name: string, index: IndexDef, beside: boolean): void {
  const node = onlyStatement(sql)['IndexStmt'] as AstNode | undefined;
  refuseUnless(node !== undefined, 'what should make an index does not');
  const relation = (node['relation'] ?? {}) as AstNode;
  const written = {
    name: node['idxname'],
    schema: relation['schemaname'],
    table: relation['relname'],
    method: node['accessMethod'],
    beside: node['concurrent'] ?? false,
    unique: node['unique'] ?? false,
    other: Object.keys(node).filter((key) => !ofIndex.has(key)),
    keys: elements(node['indexParams']).map(elementSyntax),
    include: elements(node['indexIncludingParams']).map(elementSyntax),
    where: node['whereClause'] === undefined ? '' : syntaxText(node['whereClause']),
  };
  const wanted = {
    name,
    schema: index.schema,
    table: index.table,
    method: index.method,
    beside,
    unique: index.unique ?? false,
    other: [],
    keys: index.keys.map(keySyntax),
    include: (index.include ?? []).map((column) => JSON.stringify([column, '', '', []])),
    where: index.where === undefined ? '' : expressionSyntax(index.where),
  };
  refuseUnless(
    JSON.stringify(written) === JSON.stringify(wanted),
    'the text that was made is not the index that was asked for',
  );
}
const ofIndex = new Set(
  (
    'idxname relation accessMethod concurrent unique indexParams indexIncludingParams ' +
    'whereClause transformed'
  ).split(' '),
);

const elements = (list: unknown): AstNode[] =>
  ((list ?? []) as AstNode[]).map((each) => (each['IndexElem'] ?? {}) as AstNode);

const elementSyntax = (node: AstNode): string =>
  JSON.stringify([
    node['name'] ?? '',
    node['expr'] === undefined ? '' : syntaxText(node['expr']),
    nameParts(node['collation']).join('.'),
    [...nameParts(node['opclass']), node['ordering'], node['nulls_ordering']].filter(isSaid),
  ]);
const isSaid = (word: unknown) =>
  word !== undefined && word !== 'SORTBY_DEFAULT' && word !== 'SORTBY_NULLS_DEFAULT';

function keySyntax(key: IndexKey): string {
  const { schema, name } = partsOf(key.opclass ?? '');
  const order = [
    ...(schema ? [schema] : []),
    ...(name ? [name] : []),
    ...(key.descending ? ['SORTBY_DESC'] : []),
    ...(key.nulls === undefined ? [] : [`SORTBY_NULLS_${key.nulls.toUpperCase()}`]),
  ];
  const what = 'column' in key ? [key.column, ''] : ['', expressionSyntax(key.expression)];
  return JSON.stringify([...what, key.collation ?? '', order]);
}

const qualified = (schema: string, name: string) => `${quoted(schema)}.${quoted(name)}`;

/** Bytes of a name; what is longer the server cuts, and means another thing. */
const longestName = 63;

function quoted(name: string): string {
  refuseUnless(
    name !== '' &&
      !name.includes('\0') &&
      name.isWellFormed() &&
      new TextEncoder().encode(name).length <= longestName,
    'a name is none that PostgreSQL could have',
  );
  return postgresSql.quote(name);
}
