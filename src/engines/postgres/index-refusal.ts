import { AppError } from '../../base/errors.ts';
import type { PreflightRefusal } from '../../model/index-seen.ts';
import { coverOf, type IndexChange } from '../index-work.ts';
import type { Row } from '../row.ts';

/** What a look at the server has against beginning a change now. Pure. */

/** A build waits for every snapshot that is older, and holds back vacuum meanwhile. */
export const oldSnapshot_ms = 60_000;

export interface RefusalOptions {
  snapshot_ms: number;
  change: IndexChange;
  /** The brake of the target may leave them out. */
  replicasCount: boolean;
  /** Another index is there that does all that it would. */
  isServed: boolean;
}

export function refusalOf(
  row: Row | undefined,
  { snapshot_ms, change, replicasCount, isServed }: RefusalOptions,
): PreflightRefusal | undefined {
  if (!row) throw new AppError('connection_failed', 'the catalogs gave no answer');
  if (row['standby'] === 't') return 'server_in_recovery';
  if (row['there'] !== 't') return 'table_missing';
  if (row['owns'] !== 't') return 'role_lacks_ownership';
  if (losesRows(row)) return 'version_loses_rows';
  if (row['at_work'] === 't') return 'other_build';
  if (change.kind === 'create-index' && row['nested'] === 't') return 'partitions_nested';
  if (change.kind === 'create-index' && isPartitionedAnew(change, row)) return 'partitions_changed';
  // Half of one that is there already is gone on with.
  if (change.kind === 'create-index' && isServed && row['valid'] == null) return 'served_by_now';
  if (change.kind === 'drop-index' && isMended(change, row)) return 'valid_by_now';
  // Of one that is not there itself it is not asked.
  if (coverOf(change) !== undefined && row['valid'] != null && row['covered'] !== 't')
    return 'cover_gone';
  if (replicasCount && change.kind === 'create-index') {
    if (row['unseen'] === 't') return 'replicas_unseen';
    if (row['slot_behind'] === 't') return 'slot_behind';
  }
  if (change.kind === 'drop-index' && isUsedSince(change, row)) return 'used_since';
  return Number(row['oldest'] ?? 0) * 1_000 > snapshot_ms ? 'old_snapshot' : undefined;
}

/**
 * 14.0 to 14.3 leave rows out of an index that is built beside writes; what is dropped there could
 * not be brought back either.
 */
const losesRows = ({ version_num: version }: Row): boolean =>
  Number(version) >= 140_000 && Number(version) < 140_004;

const isUsedSince = ({ because }: Extract<IndexChange, { kind: 'drop-index' }>, row: Row) =>
  because.kind === 'unused' && Number(row['used'] ?? 0) > because.since;

/** Somebody has built again what was to go because its building had failed. */
const isMended = ({ because }: Extract<IndexChange, { kind: 'drop-index' }>, row: Row) =>
  because.kind === 'invalid' && row['valid'] === 't';

/**
 * Before the first step: the index would lack a part, or have one of a table that is gone; and of a
 * table that has no partitions any more its root would be built while writers wait.
 */
const isPartitionedAnew = (
  { partitions }: Extract<IndexChange, { kind: 'create-index' }>,
  { partitions: now, valid }: Row,
): boolean =>
  valid == null &&
  (now == null
    ? partitions !== undefined
    : namesOf(JSON.parse(now) as string[]) !==
      namesOf(partitions?.map(({ schema, table }) => `${schema}.${table}`) ?? []));

const namesOf = (names: readonly string[]): string => names.toSorted().join('\0');
