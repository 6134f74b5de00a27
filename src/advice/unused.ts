import type { CatalogIndex } from '../model/catalog-index.ts';
import type { DropReason } from '../model/proposal.ts';
import { redundantIndexes } from './redundant.ts';

/**
 * Indexes that nobody reads, anywhere: neither on the primary nor on any server that replicates it.
 * Counters begin anew where statistics are reset or a server falls over, so that a look at them
 * says little: what is kept of each is since when it has not moved.
 */
export interface UseRecord {
  /** Which server's counter: its own id. */
  server: string;
  /** `useKey` of the index. */
  index: string;
  scans: number;
  countedSince?: number;
  /** Nobody has read it since; milliseconds since the epoch. */
  unchangedSince: number;
  /** The last look. */
  seenAt: number;
}

export const useKey = ({ name, index: { schema, table } }: CatalogIndex): string =>
  JSON.stringify([schema, table, name]);

/**
 * What is known after a look at a counter. A first look says nothing of before, unless the server
 * itself says when the index was read last.
 */
export function nextUse(
  before: UseRecord | undefined,
  server: string,
  index: CatalogIndex,
  at: number,
): UseRecord {
  const { scans = 0, countedSince, lastUsed } = index;
  const went = before !== undefined && before.scans === scans;
  const same = went && before.countedSince === countedSince;
  // A server that says when, says so however its counters fared.
  const unchangedSince = same ? before.unchangedSince : (lastUsed ?? at);
  return {
    server,
    index: useKey(index),
    scans,
    ...(countedSince === undefined ? {} : { countedSince }),
    unchangedSince: Math.min(at, unchangedSince),
    seenAt: at,
  };
}

export interface UnusedOptions {
  now: number;
  /** Every server whose counters have to stand still: the primary and its replicas. */
  servers: readonly string[];
  /** There are replicas that nobody looks at. */
  unknownServers: boolean;
  /** A month's end and some days; a yearly report is for people to think of. */
  window_days?: number;
}

const usualWindow_days = 35;
const day_ms = 86_400_000;
/** A server that was not looked at for longer may have read it since. */
const freshest_ms = 2 * day_ms;

export interface Unused {
  index: CatalogIndex;
  reason: DropReason & { kind: 'unused' };
}

export function unusedIndexes(
  catalog: readonly CatalogIndex[],
  records: readonly UseRecord[],
  { now, servers, unknownServers, window_days = usualWindow_days }: UnusedOptions,
): Unused[] {
  const byIndex = Map.groupBy(records, ({ index }) => index);
  const redundant = redundantIndexes(catalog);
  // Those stay for what goes, and those that go are told of once.
  const spoken = new Set(redundant.flatMap(({ index, covered }) => [index, covered]));
  return catalog.flatMap((index): Unused[] => {
    if (!mayBeDropped(index) || spoken.has(index) || servers.length === 0) return [];
    const own = byIndex.get(useKey(index)) ?? [];
    const looks = servers.map((server) => own.find((each) => each.server === server));
    const since = looks.map((each) =>
      each && now - each.seenAt <= freshest_ms ? each.unchangedSince : now,
    );
    const latest = Math.max(...since);
    return now - latest >= window_days * day_ms
      ? [
          {
            index,
            reason: { kind: 'unused', since: latest, servers: [...servers], unknownServers },
          },
        ]
      : [];
  });
}

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
