import { AppError } from '../../base/errors.ts';
import type {
  ColumnStatistics,
  Withheld,
  WorldExport,
  WorldIndex,
  WorldRelation,
  WorldWanted,
} from '../../model/world.ts';
import { enter } from './closed-database.ts';
import type { Connection } from './connection.ts';
import type { PostgresSession } from './opened.ts';
import { roleSettings } from './role-settings.ts';
import { askCatalog, readElsewhere } from './transaction.ts';
import {
  collationsOf,
  database,
  extensions,
  settings,
  tablespaces,
  typesOf,
} from './world-around.ts';
import {
  constraintsOf,
  type ExtendedFrom,
  extendedFrom,
  extendedOf,
  type IndexEntry,
  indexesOf,
} from './world-indexes.ts';
import {
  closureOf,
  mostRelations,
  type RelationEntry,
  relationsOf,
  type StatisticsFound,
  statisticsOf,
} from './world-relations.ts';

/**
 * What a planner elsewhere must know of one database (`model/world.ts`), gathered for some
 * relations: first which these are with all that they stand on, then piece by piece what they are.
 * Each piece is a read-only transaction of its own, under the limits of a cycle's reads: no
 * snapshot is held longer, and no answer is larger than a piece.
 */
export async function exportWorld(
  session: PostgresSession,
  wanted: WorldWanted,
): Promise<WorldExport> {
  const { timeout_ms, clock } = session;
  const { worker, closed } = await enter(session, wanted.database);
  if (!worker) throw new AppError(closed.refusal.code, closed.refusal.detail ?? '');
  const [closure] = await askCatalog(worker, [closureOf(wanted.relations)], timeout_ms);
  const oids = closure.oids.slice(0, mostRelations);
  const [around, types, collations, spaces, installed, set, roles, from] = await askCatalog(
    worker,
    [
      database,
      typesOf(oids),
      collationsOf(oids),
      tablespaces,
      extensions,
      settings,
      roleSettings(wanted.roles),
      extendedFrom(session.known.identity.major),
    ],
    timeout_ms,
    readElsewhere,
  );
  const pieces: Piece[] = [];
  for (let at = 0; at < oids.length; at += pieceSize)
    pieces.push(
      await readPiece(worker, oids.slice(at, at + pieceSize), {
        all: oids,
        from,
        wanted,
        timeout_ms,
      }),
    );
  const entries = pieces.flatMap((piece) => piece.entries);
  const relations = entries.map(({ relation }) => relation);
  const extended = pieces.flatMap((piece) => piece.extended);
  return {
    ...around,
    takenAt: clock.now(),
    has: wanted.values === 'statistics' ? 'values' : 'no-values',
    schemas: [
      ...new Set([...relations, ...types, ...installed, ...extended].map((each) => each.schema)),
    ],
    extensions: installed,
    types,
    collations,
    tablespaces: spaces,
    relations,
    indexes: pieces.flatMap((piece) => piece.indexes),
    constraints: pieces.flatMap((piece) => piece.constraints),
    extended,
    settings: set,
    roles: Object.fromEntries(
      [...roles].map(([role, { searchPath, planner }]) => [
        role,
        { searchPath, settings: planner },
      ]),
    ),
    withheld: [
      ...closure.missing.map(
        ({ schema = '*', name }): Withheld => ({
          object: `${schema}.${name}`,
          reason: 'not_found',
        }),
      ),
      ...(closure.oids.length > mostRelations
        ? [{ object: '*', reason: 'too_many_relations' as const }]
        : []),
      ...entries.flatMap(withheldOf),
      ...extended
        .filter(({ distinct, dependencies }) => !distinct && !dependencies)
        .map(({ schema, name }) => ({
          object: `${schema}.${name}`,
          reason: 'statistics_missing' as const,
        })),
    ],
  };
}

/** Two hundred tables of fifty columns are some four megabytes of what is read of them. */
const pieceSize = 200;

type Piece = Pick<WorldExport, 'indexes' | 'constraints' | 'extended'> & {
  entries: RelationEntry[];
};

interface Reading {
  all: readonly string[];
  from: ExtendedFrom;
  wanted: WorldWanted;
  timeout_ms: number;
}

async function readPiece(
  worker: Connection,
  oids: readonly string[],
  { all, from, wanted: { values }, timeout_ms }: Reading,
): Promise<Piece> {
  const [entries, indexes, constraints, extended] = await askCatalog(
    worker,
    [relationsOf(oids), indexesOf(oids), constraintsOf(oids, all), extendedOf(oids, from)],
    timeout_ms,
    readElsewhere,
  );
  const described = [
    ...entries.map(({ relation }) => relation),
    ...indexes.filter(({ expressions }) => expressions.length > 0),
  ];
  const statistics = statisticsOf(described, values);
  const [found] = await askCatalog(worker, [statistics], timeout_ms, readElsewhere);
  return {
    entries: entries.map(({ relation, policies }) => ({
      relation: withStatistics(relation, found),
      policies,
    })),
    indexes: indexes.map((index) => ofExpressions(index, found)),
    constraints,
    extended,
  };
}

const withStatistics = (relation: WorldRelation, found: StatisticsFound): WorldRelation => ({
  ...relation,
  columns: relation.columns.map((column) => {
    const own = found(relation, column.name, false);
    const inherited = found(relation, column.name, true);
    return { ...column, ...(own ? { own } : {}), ...(inherited ? { inherited } : {}) };
  }),
});

const ofExpressions = (index: IndexEntry, found: StatisticsFound): WorldIndex => ({
  ...index,
  expressions: index.expressions.flatMap(({ place, name }) => {
    const statistics: ColumnStatistics | undefined = found(index, name, false);
    return statistics ? [{ place, statistics }] : [];
  }),
});

/** What is not known of a relation, for people and for who judges what can be planned. */
function withheldOf({ relation, policies }: RelationEntry): Withheld[] {
  const object = `${relation.schema}.${relation.name}`;
  const bare = relation.columns.filter(({ own, inherited }) => !own && !inherited).length;
  const hasRows = relation.rows !== 0 || relation.bytes > 0;
  return [
    ...(relation.kind === 'foreign' ? [{ object, reason: 'foreign_table' as const }] : []),
    ...(policies ? [{ object, reason: 'row_security' as const }] : []),
    ...(bare > 0 && hasRows && relation.kind !== 'foreign'
      ? [{ object, reason: 'statistics_missing' as const, count: bare }]
      : []),
  ];
}
