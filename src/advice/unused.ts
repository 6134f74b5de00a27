import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexLook, LookedServer } from '../model/index-look.ts';
import type { DropReason } from '../model/proposal.ts';
import { redundantIndexes } from './redundant.ts';

/**
 * Indexes that nobody reads, anywhere: neither on the primary nor on any server that replicates it.
 * Counters begin anew where statistics are reset or a server falls over, so that a look at them
 * says little: what is kept of each is since when it has not moved.
 */
export interface Look {
  database: string;
  server: LookedServer;
  at: number;
}

/** An index has a name of its own in its schema only, or in its table (MySQL, MariaDB). */
export const useKey = ({
  database,
  name,
  index: { schema, table },
}: Pick<IndexLook, 'database' | 'name' | 'index'>): string =>
  JSON.stringify([database, schema, table, name]);

/** What is known of a database's indexes after a look, by what was known before it. */
export function nextLooks(
  before: readonly IndexLook[],
  indexes: readonly CatalogIndex[],
  look: Look,
): IndexLook[] {
  const known = new Map(before.map((each) => [useKey(each), each]));
  return indexes.map((index) =>
    nextLook(known.get(useKey({ ...index, database: look.database })), index, look),
  );
}

/**
 * A first look says nothing of before, not even where the server says when an index was read last:
 * until yesterday another one may have been the primary. Of its own reads between two looks it
 * knows the time.
 */
export function nextLook(
  before: IndexLook | undefined,
  index: CatalogIndex,
  { database, server, at }: Look,
): IndexLook {
  const goesOn = before !== undefined && isSameCounter(before, index, server);
  const still = goesOn && before.scans === index.scans;
  const movedAt = goesOn && index.lastUsed !== undefined ? Math.min(at, index.lastUsed) : at;
  const unchangedSince = still ? before.unchangedSince : movedAt;
  return { ...index, database, server, unchangedSince, seenAt: at };
}

/**
 * The counter goes on: of the same index, that could be read all the time, and not begun anew. When
 * it began tells servers apart, too: none has it from another one, and a restart may keep it.
 */
const isSameCounter = (before: IndexLook, index: CatalogIndex, server: LookedServer): boolean =>
  isSameTime(before.countedSince, index.countedSince) &&
  (index.countedSince !== undefined || before.server.id === server.id) &&
  isReadable(before) === isReadable(index) &&
  JSON.stringify(before.index) === JSON.stringify(index.index);

/** A server that tells for how long it counts, and not since when, is a second off. */
const told_ms = 5_000;
const isSameTime = (a: number | undefined, b: number | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Math.abs(a - b) <= told_ms);

const isReadable = ({ valid, hidden }: CatalogIndex): boolean => valid && !hidden;

/** Of one server that has to stand still too: its name, and what was seen there last. */
export interface ReplicaLooks {
  name: string;
  looks: readonly IndexLook[];
}

export interface UnusedOptions {
  now: number;
  /** Name of the server whose indexes are judged. */
  primary: string;
  /** Every other server that has them. */
  replicas: readonly ReplicaLooks[];
  /** There are replicas that nobody looks at. */
  unknownServers: boolean;
  /** A server that was not looked at for longer may have read since; milliseconds. */
  freshest_ms: number;
  window_days?: number;
}

/** A month's end and some days; a yearly report is for people to think of. */
export const usualWindow_days = 35;
const day_ms = 86_400_000;

export interface Unused {
  index: IndexLook;
  reason: DropReason & { kind: 'unused' };
  /** Expressions of which a planner knows how common their values are by this index alone. */
  tells: readonly string[];
}

/** Among the indexes of one database. */
export function unusedIndexes(looks: readonly IndexLook[], options: UnusedOptions): Unused[] {
  const { now, primary, replicas, unknownServers, freshest_ms } = options;
  const { window_days = usualWindow_days } = options;
  const redundant = redundantIndexes(looks);
  // Those stay for what goes, and those that go are told of once.
  const spoken = new Set<CatalogIndex>(redundant.flatMap(({ index, covered }) => [index, covered]));
  const elsewhere = replicas.map((each) => new Map(each.looks.map((one) => [useKey(one), one])));
  const servers = [primary, ...replicas.map(({ name }) => name)];
  return looks.flatMap((index): Unused[] => {
    if (!mayBeDropped(index) || spoken.has(index)) return [];
    const all = [index, ...elsewhere.map((known) => known.get(useKey(index)))];
    const since = Math.max(...all.map((each) => (counts(each) ? each.unchangedSince : now)));
    // What came after a look is not known: a window ends with the earliest of the last ones.
    const until = Math.min(...all.map((each) => each?.seenAt ?? 0));
    return now - until <= freshest_ms && until - since >= window_days * day_ms
      ? [
          {
            index,
            reason: { kind: 'unused', since, servers, unknownServers },
            tells: toldBy(index, looks),
          },
        ]
      : [];
  });
}

function toldBy(index: IndexLook, looks: readonly IndexLook[]): string[] {
  const { schema, table } = index.index;
  const others = looks.filter(
    ({ index: each, valid, name }) =>
      each.schema === schema && each.table === table && valid && name !== index.name,
  );
  const elsewhere = new Set(others.flatMap(expressionsOf));
  return expressionsOf(index).filter((each) => !elsewhere.has(each));
}

const expressionsOf = ({ index: { keys } }: CatalogIndex): string[] =>
  keys.flatMap((key) => ('expression' in key ? [key.expression] : []));

/** A server that does not count says nothing. */
const counts = (look: IndexLook | undefined): look is IndexLook => look?.scans !== undefined;

/**
 * What is unique is read by every write, what a foreign key stands on when rows of the other table
 * go, which may be seldom; what is hidden is on its way already.
 */
const mayBeDropped = (each: CatalogIndex): boolean =>
  !each.index.unique &&
  each.needed === undefined &&
  !each.servesForeignKey &&
  each.valid &&
  !each.building &&
  !each.hidden;
