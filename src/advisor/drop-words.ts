import { formatTime } from '../base/quantity.ts';
import type { DropReason, Evidence } from '../model/proposal.ts';

/**
 * Why an index could go, and in a clause each what that stands on. Of counters it is never more
 * certain than for how long somebody looked, and on which servers. Pure.
 */
const day_ms = 86_400_000;
/** What is read once a year was read in it. */
const year_days = 366;

const dayOf = (at: number) => formatTime(at).slice(0, 10);
const daysSince = (since: number, now: number) => Math.floor((now - since) / day_ms);

export function dropReason(because: DropReason, now: number): string {
  switch (because.kind) {
    case 'redundant':
      return `${because.covered} finds all that it could`;
    case 'invalid':
      return 'its building failed or was given up, and no plan reads it';
    case 'unused': {
      const days = `for ${daysSince(because.since, now)} days`;
      if (because.unknownServers) return `not used here ${days}; other servers may use it`;
      const { servers } = because;
      const [only] = servers;
      return servers.length === 1
        ? `not used on ${only}, which has no replica, ${days}`
        : `not used ${days} on any of ${servers.join(', ')}`;
    }
    default:
      return because satisfies never;
  }
}

export interface DropFacts {
  unique: boolean;
  /** Its counter leaves out who looked for what was not there. */
  onlyFound: boolean;
  /** A statement that names it in a hint fails without it. */
  hints?: boolean;
  now: number;
  /** Of one that is redundant. */
  beside?: Beside;
  /** Of one that is unused: expressions of which only it tells how common their values are. */
  tells?: readonly string[];
}
export interface Beside {
  /** Columns in whose order it has rows of the same keys, and the other has not. */
  orderLost: readonly string[];
  /** How many times as large the other is. */
  times: number;
}

export function dropGrounds(
  because: DropReason,
  facts: DropFacts,
): Pick<Evidence, 'confidence' | 'because'> {
  const { confidence, because: grounds } = groundsOf(because, facts);
  return { confidence, because: facts.hints ? [...grounds, hintWords] : grounds };
}
const hintWords =
  'no statement that was seen names it in a hint: one that does fails as soon as it is hidden, ' +
  'and of a text that is cut (max_digest_length) nobody sees it';

function groundsOf(
  because: DropReason,
  { unique, onlyFound, now, beside, tells = [] }: DropFacts,
): Pick<Evidence, 'confidence' | 'because'> {
  switch (because.kind) {
    case 'redundant': {
      const less = beside ? lessWith(beside, because.covered) : [];
      return {
        confidence: less.length > 0 ? 'medium' : 'high',
        because: [
          'the catalogs say that both are of the same method, order, collation and rows, and ' +
            'that the other has its keys and columns',
          'neither a constraint, a replica identity nor CLUSTER stands on it',
          ...less,
        ],
      };
    }
    case 'invalid':
      return {
        confidence: 'high',
        because: [
          'the catalogs say that it is not valid, and nobody was building it',
          'one whose building ended early is not written either: then writes save nothing',
          ...(unique
            ? ['it is unique: what takes it back fails while rows have the same values']
            : []),
        ],
      };
    case 'unused':
      return unusedGrounds(because, { onlyFound, tells, now });
    default:
      return because satisfies never;
  }
}

/** Of that size who reads many of its entries reads as much more. */
const muchLarger = 2;

/** What the other does less well. */
function lessWith({ orderLost, times }: Beside, covered: string): string[] {
  const behind = orderLost.join(', ');
  return [
    ...(orderLost.length > 0
      ? [
          `it has rows of the same keys in the order of ${behind}, ${covered} has not: who asks ` +
            `for the first or the last of them, or those from one ${behind} on, has to read them ` +
            'all (no statement that counts was seen to)',
        ]
      : []),
    ...(times >= muchLarger
      ? [
          `${covered} is ${times.toFixed(times < 10 ? 1 : 0)} times as large: who reads many of ` +
            'its entries reads as much more',
        ]
      : []),
  ];
}

function unusedGrounds(
  { since, servers, unknownServers }: DropReason & { kind: 'unused' },
  { onlyFound, tells, now }: Pick<DropFacts, 'onlyFound' | 'now'> & { tells: readonly string[] },
): Pick<Evidence, 'confidence' | 'because'> {
  const days = daysSince(since, now);
  const yearLong = days >= year_days;
  return {
    confidence:
      unknownServers || onlyFound || tells.length > 0 ? 'low' : yearLong ? 'high' : 'medium',
    because: [
      `on ${servers.join(', ')} its counter of scans stood still since ${dayOf(since)}, and no ` +
        'counter began anew in between',
      ...(unknownServers
        ? ['not every server that has it is known (spec.advice.replicas): it may be used elsewhere']
        : []),
      ...(onlyFound
        ? ['the server counts no look that found nothing: it may answer what is not there']
        : []),
      ...(tells.length > 0
        ? [
            `by it alone the planner knows how common values of ${tells.join(', ')} are, which ` +
              'is counted as no scan: plans that read it nowhere may be others without it',
          ]
        : []),
      ...(yearLong ? [] : [`what is read less often than once in ${days} days is not told by it`]),
      'it is not unique, and no constraint, foreign key, replica identity nor CLUSTER stands on it',
    ],
  };
}
