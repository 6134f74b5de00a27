import { sha256Hex } from '../dialects/digest.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { Change } from '../model/proposal.ts';

/**
 * What a change is called. The same change of the same target has the same hash wherever and
 * whenever it is computed, so that an approval is for exactly this and nothing else.
 */
export interface HashedChange {
  targetUid: string;
  engine: EngineName;
  /** Of one server several may have the same tables. */
  database: string;
  change: Change;
}

/** `sha256:` and 64 digits. */
export const contentHash = ({ targetUid, engine, database, change }: HashedChange): string =>
  hashOf({ targetUid, engine, database, change });

/** As earlier versions have stored it: of whichever database. */
export const formerHash = ({ targetUid, engine, change }: HashedChange): string =>
  hashOf({ targetUid, engine, change });

const hashOf = (content: Partial<HashedChange>): string =>
  `sha256:${sha256Hex(canonicalJson(content))}`;

export const proposalId = (hash: string): string => `adv-${hash.slice('sha256:'.length, 19)}`;

/**
 * `dbi_<table>_<hash8>`: from what the index is alone, so that whoever comes again finds it. At
 * most 63 bytes, which every engine takes; of the table's name as much as has room.
 */
export function indexName(index: IndexDef): string {
  const { schema, table, ...definition } = index;
  const hash = sha256Hex(canonicalJson({ schema, table, ...definition })).slice(0, nameDigits);
  return `dbi_${shortened(table)}_${hash}`;
}
/**
 * Of the part that an index of a partitioned table has on one of its partitions. Never what the
 * same index would be called if it were that partition’s alone: either may go without the other.
 */
export function partitionIndexName(index: IndexDef, partition: TableName): string {
  const { schema, table } = partition;
  const hash = sha256Hex(canonicalJson({ partition: { schema, table }, of: index }));
  return `dbi_${shortened(table)}_${hash.slice(0, nameDigits)}`;
}
type TableName = Pick<IndexDef, 'schema' | 'table'>;
const nameDigits = 8;
const longestName = 63;
const roomForTable = longestName - 'dbi_'.length - '_'.length - nameDigits;

/** Whole letters of a name, as many as have room; none that MySQL has not in names. */
function shortened(name: string): string {
  let short = '';
  let bytes = 0;
  for (const letter of name) {
    if (letter.length > 1) continue;
    bytes += new TextEncoder().encode(letter).length;
    if (bytes > roomForTable) break;
    short += letter;
  }
  return short;
}

/** Of statistics of columns together. */
export function statisticsName(table: { schema: string; name: string; columns: string[] }): string {
  return `dbs_${shortened(table.name)}_${sha256Hex(canonicalJson(table)).slice(0, nameDigits)}`;
}

/** One text for one value: keys in their order, what is undefined left out. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`)}}`;
}
