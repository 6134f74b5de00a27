import { quotedName, sqlLiteral } from '../../engines/postgres/sql-names.ts';
import type {
  WorldCollation,
  WorldConstraint,
  WorldExport,
  WorldIndex,
  WorldRelation,
  WorldType,
} from '../../model/world.ts';

/**
 * The schema of a world as SQL, piece by piece, in the order in which it is made. Children are made
 * as tables of their own and attached: their columns keep their numbers. Their indexes too: they
 * keep their names.
 */
export const nameOf = ({ schema, name }: { schema: string; name: string }): string =>
  `${quotedName(schema)}.${quotedName(name)}`;
const tableOf = ({ schema, table }: { schema: string; table: string }): string =>
  nameOf({ schema, name: table });

/** Before everything else; each may fail alone. */
export const surroundings = (world: WorldExport, installed: ReadonlySet<string>): string[] => [
  ...world.schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quotedName(schema)}`),
  ...world.extensions
    .filter(({ name }) => installed.has(name))
    .map(
      ({ name, schema }) =>
        `CREATE EXTENSION IF NOT EXISTS ${quotedName(name)} SCHEMA ${quotedName(schema)} CASCADE`,
    ),
  ...world.tablespaces.flatMap(({ name, options }) => [
    ...(ownTablespaces.has(name) ? [] : [`CREATE TABLESPACE ${quotedName(name)} LOCATION ''`]),
    ...(options.length ? [`ALTER TABLESPACE ${quotedName(name)} SET (${options.join(', ')})`] : []),
  ]),
  ...world.collations.map(createCollation),
  ...world.types.map(createType),
];

const ownTablespaces = new Set(['pg_default', 'pg_global']);

/** Only that bytes decide, or do not, is of interest: nothing is ever compared. */
const createCollation = ({ bytewise, deterministic, ...named }: WorldCollation): string =>
  bytewise
    ? `CREATE COLLATION IF NOT EXISTS ${nameOf(named)} (provider = libc, locale = 'C')`
    : `CREATE COLLATION IF NOT EXISTS ${nameOf(named)} (provider = icu, locale = 'und', ` +
      `deterministic = ${deterministic})`;

function createType(type: WorldType): string {
  const name = nameOf(type);
  switch (type.kind) {
    case 'enum':
      return `CREATE TYPE ${name} AS ENUM (${type.labels.map(sqlLiteral).join(', ')})`;
    case 'domain':
      return `CREATE DOMAIN ${name} AS ${type.base}`;
    case 'range':
      return `CREATE TYPE ${name} AS RANGE (subtype = ${type.subtype})`;
    case 'composite': {
      const columns = type.columns.map((column) => `${quotedName(column.name)} ${column.type}`);
      return `CREATE TYPE ${name} AS (${columns.join(', ')})`;
    }
  }
}

/** `known`: whether there is such a type; what is of another is kept as bytes of the same width. */
export function createTable(
  { columns, partitionKey, tablespace, options, ...named }: WorldRelation,
  known: (type: string) => boolean,
  spaces: ReadonlySet<string>,
): string[] {
  const table = nameOf(named);
  const highest = Math.max(0, ...columns.map(({ number }) => number));
  const byNumber = new Map(columns.map((column) => [column.number, column]));
  const gaps: string[] = [];
  const list = Array.from({ length: highest }, (_, i) => {
    const column = byNumber.get(i + 1);
    if (column) {
      const type = known(column.type) ? column.type : 'bytea';
      return [
        quotedName(column.name),
        type,
        ...(column.collation && known(column.type) ? [`COLLATE ${column.collation}`] : []),
        ...(column.computed ? [`GENERATED ALWAYS AS (${column.computed}) VIRTUAL`] : []),
        ...(column.required ? ['NOT NULL'] : []),
      ].join(' ');
    }
    gaps.push(`dropped ${i + 1}`);
    return `${quotedName(`dropped ${i + 1}`)} int`;
  });
  return [
    `CREATE TABLE ${table} (${list.join(', ')})` +
      (partitionKey === undefined ? '' : ` PARTITION BY ${partitionKey}`) +
      (options.length && partitionKey === undefined ? ` WITH (${options.join(', ')})` : '') +
      (spaces.has(tablespace) ? ` TABLESPACE ${quotedName(tablespace)}` : ''),
    ...(gaps.length
      ? [`ALTER TABLE ${table} ${gaps.map((gap) => `DROP COLUMN ${quotedName(gap)}`).join(', ')}`]
      : []),
  ];
}

/** Where its parents are there, too. */
export const attach = (
  child: WorldRelation,
  there: (relation: { schema: string; name: string }) => boolean,
): string[] =>
  child.parents
    .filter(there)
    .map((parent) =>
      parent.bound === undefined
        ? `ALTER TABLE ${nameOf(child)} INHERIT ${nameOf(parent)}`
        : `ALTER TABLE ${nameOf(parent)} ATTACH PARTITION ${nameOf(child)} ${parent.bound}`,
    );

export const createView = (view: WorldRelation): string =>
  `CREATE VIEW ${nameOf(view)} AS ${view.definition ?? ''}`;

/** Of a constraint that makes an index, of its table alone: those of partitions are attached. */
export const addConstraint = (constraint: WorldConstraint): string =>
  `ALTER TABLE ${constraint.kind === 'foreign' ? '' : 'ONLY '}${tableOf(constraint)} ` +
  `ADD CONSTRAINT ${quotedName(constraint.name)} ${constraint.definition}` +
  // nothing is looked at: to do so would be to plan, which reads the indexes
  (constraint.kind === 'foreign' && !/ NOT (VALID|ENFORCED)$/.test(constraint.definition)
    ? ' NOT VALID'
    : '');

export const attachIndex = (index: WorldIndex): string[] =>
  index.parent ? [`ALTER INDEX ${nameOf(index.parent)} ATTACH PARTITION ${nameOf(index)}`] : [];
