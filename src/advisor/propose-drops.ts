import { invalidIndexes } from '../advice/invalid.ts';
import { redundantIndexes } from '../advice/redundant.ts';
import {
  nothingWritten,
  writeMs,
  writesByTable,
  writesOf,
  writtenName,
} from '../advice/write-cost.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { DropReason, Evidence, Proposal } from '../model/proposal.ts';
import { proposalOf, type Subject } from './propose.ts';
import type { AdviceDeps, AdviceWish, Seen } from './run.ts';
import { perDay } from './workload.ts';

/**
 * Indexes that could go, as proposals. They stand on what the server's catalogs say and on no plan,
 * so that what they gain is room and less to write, and no statement's time.
 */
export interface Drop {
  index: CatalogIndex;
  because: DropReason;
}

/** As many as somebody will look at; those that free most. */
const mostDrops = 50;

/** Each once; none that could not be restored. */
export function dropsOf(indexes: readonly CatalogIndex[]): Drop[] {
  return [
    ...redundantIndexes(indexes).map(
      ({ index, covered }): Drop => ({
        index,
        because: { kind: 'redundant', covered: covered.name },
      }),
    ),
    ...invalidIndexes(indexes).map((index): Drop => ({ index, because: { kind: 'invalid' } })),
  ].filter(({ index }) => index.restorable);
}

export async function proposeDrops(
  { target, engine, schemas }: AdviceWish,
  deps: Pick<AdviceDeps, 'engine'>,
  { workload, listed, role, now }: Pick<Seen, 'workload' | 'listed' | 'role' | 'now'>,
): Promise<Proposal[]> {
  // A replica has the indexes of its primary, and drops none.
  if (role !== 'primary') return [];
  const { statements, span_ms, totalMs } = workload;
  const subject: Subject = { target, engine, now, span_ms, totalMs };
  const proposals: Proposal[] = [];
  for (const { database, indexes } of listed) {
    const own = statements.filter((each) => each.database === database);
    const drops = dropsOf(indexes)
      .filter(({ index }) => schemas.length === 0 || schemas.includes(index.index.schema))
      .toSorted((a, b) => b.index.bytes - a.index.bytes)
      .slice(0, mostDrops);
    for (const { index, because } of drops) {
      const change = { kind: 'drop-index' as const, name: index.name, index: index.index, because };
      const saved = perDay(savedMs(index, own), span_ms);
      const evidence = evidenceOf(index, because, saved);
      const ddl = await deps.engine.ddl(change);
      proposals.push(proposalOf(subject, database, change, ddl, reasonOf(because), evidence));
    }
  }
  return proposals;
}

/**
 * What writes paid for it over the time of the workload. HOT updates are counted as they were with
 * the index: that there are more without it is not promised.
 */
export function savedMs({ index }: CatalogIndex, statements: readonly WorkloadStatement[]): number {
  const table = statements
    .flatMap(({ facts = [] }) => facts)
    .find(({ schema, name }) => schema === index.schema && name === index.table);
  if (!table) return 0;
  const written = writesByTable(statements).get(writtenName(table)) ?? nothingWritten;
  return writeMs(index, writesOf(index, table, { ...written, sets: new Set() }));
}

const evidenceOf = (
  { bytes, index }: CatalogIndex,
  because: DropReason,
  savedMsPerDay: number,
): Evidence => ({
  planner: 'catalog',
  confidence: 'high',
  because: groundsOf(because, index.unique ?? false),
  statements: [],
  benefitMsPerDay: 0,
  benefitShare: 0,
  sizeBytes: bytes === 0 ? 0 : -bytes,
  writeMsPerDay: savedMsPerDay === 0 ? 0 : -savedMsPerDay,
});

function groundsOf(because: DropReason, unique: boolean): string[] {
  switch (because.kind) {
    case 'redundant':
      return [
        'the catalogs say that both are of the same method, order, collation and rows, and that ' +
          'the other has its keys and columns',
        'neither a constraint, a replica identity nor CLUSTER stands on it',
      ];
    case 'invalid':
      return [
        'the catalogs say that it is not valid, and nobody was building it',
        'one whose building ended early is not written either: then writes save nothing',
        ...(unique
          ? ['it is unique: what takes it back fails while rows have the same values']
          : []),
      ];
    case 'unused':
      return [];
    default:
      return because satisfies never;
  }
}

function reasonOf(because: DropReason): string {
  switch (because.kind) {
    case 'redundant':
      return `${because.covered} does all that it could`;
    case 'invalid':
      return 'its building failed or was given up, and no plan reads it';
    case 'unused':
      return 'no scan of it was counted';
    default:
      return because satisfies never;
  }
}
