import type { WorldColumn, WorldExport, WorldRelation } from '../../../src/model/world.ts';

/** A world by hand: one table, and what a test adds. */
export const smallWorld = (over: Partial<WorldExport> = {}): WorldExport => ({
  version: 180_004,
  serverVersion: '18.4',
  database: 'shop',
  takenAt: 0,
  has: 'no-values',
  schemas: ['public'],
  extensions: [],
  types: [],
  collations: [],
  collation: { provider: 'libc', bytewise: true },
  tablespaces: [],
  relations: [table('t', [column(1, 'a', 'integer')])],
  indexes: [],
  constraints: [],
  extended: [],
  settings: {},
  roles: {},
  withheld: [],
  ...over,
});

export const column = (
  number: number,
  name: string,
  type: string,
  over: Partial<WorldColumn> = {},
): WorldColumn => ({
  number,
  name,
  type,
  required: false,
  own: { nulls: 0, width: 4, distinct: -1, correlation: 1 },
  ...over,
});

export const table = (
  name: string,
  columns: WorldColumn[],
  over: Partial<WorldRelation> = {},
): WorldRelation => ({
  schema: 'public',
  name,
  kind: 'table',
  columns,
  parents: [],
  tablespace: 'pg_default',
  rows: 1_000_000,
  pages: 10_000,
  allVisible: 0,
  bytes: 10_000 * 8_192,
  options: [],
  ...over,
});
