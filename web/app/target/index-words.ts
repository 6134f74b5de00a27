import { round } from '../../../src/render/figures.ts';
import type { IndexAnswer, IndexesAnswer } from '../../data/advice.ts';
import type { Tone } from '../../parts/mark.tsx';
import { clock, span } from '../../parts/span.ts';
import { bytes } from '../advice/advice-words.ts';

/** What is said of a target's indexes. A scan is counted by the server, and says no more. Pure. */
type Flag = IndexAnswer['flags'][number];

export const flagTones: Record<Flag['kind'], Tone> = {
  redundant: 'warning',
  unused: 'warning',
  invalid: 'critical',
};

export function flagWords(flag: Flag): { word: string; title: string } {
  switch (flag.kind) {
    case 'redundant':
      return {
        word: `redundant: ${flag.covered}`,
        title: `${flag.covered} has its keys and columns, and serves all that it does`,
      };
    case 'unused':
      return {
        word: 'unused',
        title:
          `no scan since ${clock(flag.since)} on ${flag.servers.join(', ')}` +
          (flag.unknownServers ? '; there may be replicas that nobody looks at' : ''),
      };
    case 'invalid':
      return { word: 'invalid', title: 'its building failed or was given up: no plan reads it' };
  }
}

const needs: Record<NonNullable<IndexAnswer['needed']>, string> = {
  constraint: 'of a constraint',
  'replica-identity': 'replica identity',
  cluster: 'orders the table',
  'foreign-key': 'of a foreign key',
  partition: 'of a partitioned one',
};

/** Why it stays, and what else is to be known of it. */
export function remarksOf(index: IndexAnswer): string[] {
  return [
    index.needed ? needs[index.needed] : '',
    index.servesForeignKey && index.needed !== 'foreign-key' ? 'finds rows of a foreign key' : '',
    index.hidden ? 'hidden from the planner' : '',
    index.building ? 'being built' : '',
  ].filter(Boolean);
}

type Use = IndexAnswer['use'][number];

/** `12 k, 4 s ago`, `none for 60 d`. */
export function scanWords({ scans, lastUsed, unchangedSince }: Use, now: number): string {
  if (scans === undefined) return 'not counted';
  const still = span(now - (lastUsed ?? unchangedSince));
  if (scans === 0) return lastUsed === undefined ? `none in ${still}` : `none, read ${still} ago`;
  return lastUsed === undefined
    ? `${round(scans)}, still ${still}`
    : `${round(scans)}, ${still} ago`;
}

export function scanTitle({ server, scans, countedSince, lastUsed, unchangedSince }: Use): string {
  return [
    scans === undefined
      ? `${server} does not count scans`
      : `${scans.toLocaleString('en-US')} scans on ${server}` +
        (countedSince === undefined ? '' : ` since ${clock(countedSince)}`),
    lastUsed === undefined ? '' : `read last ${clock(lastUsed)}`,
    `no more since ${clock(unchangedSince)}, as far as was looked`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** What one looks at. */
export const shows = {
  go: { title: 'could go', holds: ({ flags }) => flags.length > 0 },
  redundant: { title: 'redundant', holds: hasFlag('redundant') },
  unused: { title: 'unused', holds: hasFlag('unused') },
  invalid: { title: 'invalid', holds: hasFlag('invalid') },
} as const satisfies Record<string, { title: string; holds(index: IndexAnswer): boolean }>;

function hasFlag(kind: Flag['kind']) {
  return ({ flags }: IndexAnswer): boolean => flags.some((flag) => flag.kind === kind);
}

export const isShown =
  (show: string | undefined, words: string | undefined) =>
  (index: IndexAnswer): boolean => {
    const holds = show !== undefined && Object.hasOwn(shows, show);
    if (holds && !shows[show as keyof typeof shows].holds(index)) return false;
    const text = `${index.name} ${index.index.schema}.${index.index.table} ${index.database}`;
    return !words || text.toLowerCase().includes(words.toLowerCase());
  };

/** `size`, `name`, `table`, or the name of a server: by what is read there. */
export function sortedBy(
  items: readonly IndexAnswer[],
  key: string,
  ascending: boolean,
): IndexAnswer[] {
  const sign = ascending ? 1 : -1;
  const scans = ({ use }: IndexAnswer) =>
    use.find(({ server }) => `at ${server}` === key)?.scans ?? -1;
  const tableOf = ({ index }: IndexAnswer) => `${index.schema}.${index.table}`;
  const compare = (a: IndexAnswer, b: IndexAnswer): number =>
    key === 'name'
      ? a.name.localeCompare(b.name)
      : key === 'table'
        ? tableOf(a).localeCompare(tableOf(b))
        : key === 'size'
          ? a.bytes - b.bytes
          : scans(a) - scans(b);
  return items.toSorted((a, b) => sign * compare(a, b) || b.bytes - a.bytes);
}

/** The answer first: what there is, and what of it could go. */
export function indexesSentence({ items, total, bytes: all }: IndexesAnswer): {
  answer: string;
  rest: string;
} {
  const answer = `${total.toLocaleString('en-US')} index${total === 1 ? '' : 'es'}, ${bytes(all)}.`;
  const going = items.filter(shows.go.holds);
  if (going.length === 0) return { answer, rest: 'None is known that could go.' };
  const kinds = (['redundant', 'unused', 'invalid'] as const).flatMap((kind) => {
    const count = items.filter(hasFlag(kind)).length;
    return count ? [`${count} ${kind}`] : [];
  });
  const freed = going.reduce((sum, each) => sum + each.bytes, 0);
  return {
    answer,
    rest: `${going.length} could go and would free ${bytes(freed)}: ${kinds.join(', ')}.`,
  };
}
