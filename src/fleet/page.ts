import type { Glance } from './glance.ts';
import { type FleetKind, type FleetState, fleetStates, stateWords } from './states.ts';
import type { FleetRow, FleetTable } from './table.ts';

/** Which targets are shown, in which order, and how many there are of which kind. Pure. */
export interface FleetQuestion {
  mayRead(namespace: string): boolean;
  q?: string | undefined;
  /** States and kinds. */
  states?: readonly string[] | undefined;
  namespaces?: readonly string[] | undefined;
  engines?: readonly string[] | undefined;
  owners?: readonly string[] | undefined;
  findings?: 'any' | 'critical' | undefined;
  sort: FleetSort;
  reverse: boolean;
  group?: FleetGroup | undefined;
  limit: number;
  /** So many are left out. */
  from: number;
}

export const fleetSorts = [
  'attention',
  'name',
  'since',
  'coverage',
  'findings',
  'lastCycle',
] as const;
export type FleetSort = (typeof fleetSorts)[number];
export const fleetGroups = ['state', 'namespace', 'engine', 'owner'] as const;
export type FleetGroup = (typeof fleetGroups)[number];

export interface FleetPage {
  total: number;
  rows: FleetRow[];
  groups?: { group: string; count: number }[];
  more: boolean;
}

export function pageOf(table: FleetTable, question: FleetQuestion): FleetPage {
  const found = matching(table, question);
  const groups = question.group && grouped(table, found, question.group);
  const keys = found.map((place) => keyOf(table, place, question.sort));
  const sign = question.reverse ? -1 : 1;
  const order = found
    .map((_, i) => i)
    .sort(
      (a, b) =>
        (groups ? (groups.rank[a] ?? 0) - (groups.rank[b] ?? 0) : 0) ||
        sign * compare(keys[a], keys[b]) ||
        byName(table, found[a] ?? 0, found[b] ?? 0),
    );
  const shown = order.slice(question.from, question.from + question.limit);
  return {
    total: found.length,
    rows: shown.flatMap((i) => table.row(found[i] ?? -1) ?? []),
    ...(groups ? { groups: groups.list } : {}),
    more: question.from + shown.length < found.length,
  };
}

function matching(table: FleetTable, question: FleetQuestion): number[] {
  const { q, states, namespaces, engines, owners, findings } = question;
  const mayRead = remembered(question.mayRead);
  const wanted = q?.trim().toLowerCase();
  const found: number[] = [];
  for (const place of table.places()) {
    const { namespace } = table.name(place);
    const { columns } = table;
    const state = table.state(place);
    if (!mayRead(namespace)) continue;
    if (states && !states.includes(state) && !states.includes(stateWords[state].kind)) continue;
    if (namespaces && !namespaces.includes(namespace)) continue;
    if (engines && !engines.includes(columns.text('engine', place) ?? '')) continue;
    if (owners && !owners.includes(columns.text('owner', place) ?? '')) continue;
    if (findings && !(columns.number(findingsOf[findings], place) > 0)) continue;
    if (wanted && !hasText(table, place, wanted)) continue;
    found.push(place);
  }
  return found;
}

const findingsOf = { any: 'findings', critical: 'critical' } as const;

/** There are far fewer namespaces than targets. */
function remembered(mayRead: (namespace: string) => boolean): (namespace: string) => boolean {
  const known = new Map<string, boolean>();
  return (namespace) => {
    const found = known.get(namespace);
    if (found !== undefined) return found;
    const answer = mayRead(namespace);
    known.set(namespace, answer);
    return answer;
  };
}

function hasText(table: FleetTable, place: number, wanted: string): boolean {
  const { namespace, name } = table.name(place);
  const { columns } = table;
  return (
    `${namespace}/${name}`.includes(wanted) ||
    ['engine', 'owner', 'reason', 'missing'].some((column) =>
      columns
        .text(column as 'engine' | 'owner' | 'reason' | 'missing', place)
        ?.toLowerCase()
        .includes(wanted),
    ) ||
    isSaid(table, place, wanted)
  );
}

/** As people read it, too: `cannot connect`, and why. Of what is well nothing is said. */
function isSaid(table: FleetTable, place: number, wanted: string): boolean {
  const state = table.state(place);
  if (state.includes(wanted) || state.replaceAll('-', ' ').includes(wanted)) return true;
  return (
    stateWords[state].kind !== 'well' &&
    (table.row(place)?.why?.toLowerCase().includes(wanted) ?? false)
  );
}

type Key = readonly [number, number];

/** What comes first by itself has the least. */
function keyOf({ columns, state }: FleetTable, place: number, sort: FleetSort): Key {
  const known = (value: number, unknown: number) => (Number.isNaN(value) ? unknown : value);
  switch (sort) {
    case 'attention':
      return [
        fleetStates.indexOf(state(place)),
        -known(columns.number('critical', place), 0) * 1_000_000 -
          known(columns.number('findings', place), 0),
      ];
    case 'name':
      return [0, 0];
    case 'since':
      return [-known(columns.number('since', place), 0), 0];
    case 'coverage':
      return [
        known(columns.number('explained', place), Number.POSITIVE_INFINITY),
        known(columns.number('accountedFor', place), 0),
      ];
    case 'findings':
      return [
        -known(columns.number('critical', place), 0),
        -known(columns.number('findings', place), 0),
      ];
    case 'lastCycle':
      return [known(columns.number('lastCycle', place), 0), 0];
    default:
      return sort satisfies never;
  }
}

/** Infinity is as far from itself as anything: equal ones are told apart first. */
function compare(a: Key | undefined, b: Key | undefined): number {
  for (const i of [0, 1] as const) {
    const [x, y] = [a?.[i] ?? 0, b?.[i] ?? 0];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function byName(table: FleetTable, a: number, b: number): number {
  const [one, other] = [table.name(a), table.name(b)];
  if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
  return one.name < other.name ? -1 : 1;
}

/** States by what needs somebody first, all others by their names. */
function grouped(table: FleetTable, found: readonly number[], group: FleetGroup) {
  const names = found.map((place) => groupOf(table, place, group));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const rankOf = (name: string) => fleetStates.indexOf(name as FleetState);
  const list = [...counts]
    .map(([name, count]) => ({ group: name, count }))
    .sort((a, b) =>
      group === 'state' ? rankOf(a.group) - rankOf(b.group) : a.group < b.group ? -1 : 1,
    );
  const places = new Map(list.map((each, i) => [each.group, i]));
  return { list, rank: names.map((name) => places.get(name) ?? 0) };
}

function groupOf(table: FleetTable, place: number, group: FleetGroup): string {
  switch (group) {
    case 'state':
      return table.state(place);
    case 'namespace':
      return table.name(place).namespace;
    case 'engine':
    case 'owner':
      return table.columns.text(group, place) ?? '';
    default:
      return group satisfies never;
  }
}

/** Figures of all that one may read. */
export interface FleetTotals {
  targets: number;
  states: Partial<Record<FleetState, number>>;
  kinds: Record<FleetKind, number>;
  /** Targets with a critical finding. */
  critical: number;
  findings: { critical: number; warning: number; all: number };
  /** Of the database time of those that say it, 0..1. */
  explained: number | null;
  accountedFor: number | null;
}

export interface FleetCounts extends FleetTotals {
  namespaces: Record<string, number>;
  engines: Record<string, number>;
  owners: Record<string, number>;
}

/** More names than that help nobody to choose. */
const namesLimit = 1_000;

export function countsOf(
  table: FleetTable,
  mayReadNamespace: (namespace: string) => boolean,
): FleetCounts {
  const mayRead = remembered(mayReadNamespace);
  const { columns } = table;
  const means = { explained: createMean(), accountedFor: createMean() };
  const totals: FleetTotals = {
    targets: 0,
    states: {},
    kinds: { 'needs-you': 0, waits: 0, well: 0 },
    critical: 0,
    findings: { critical: 0, warning: 0, all: 0 },
    explained: null,
    accountedFor: null,
  };
  const [namespaces, engines, owners] = [new Map(), new Map(), new Map()] as Map<string, number>[];
  const number = (name: (keyof Glance & 'findings') | 'critical' | 'warning', place: number) =>
    columns.number(name, place) || 0;
  for (const place of table.places()) {
    const { namespace } = table.name(place);
    if (!mayRead(namespace)) continue;
    const state = table.state(place);
    totals.targets += 1;
    totals.states[state] = (totals.states[state] ?? 0) + 1;
    totals.kinds[stateWords[state].kind] += 1;
    const critical = number('critical', place);
    if (critical > 0) totals.critical += 1;
    totals.findings.critical += critical;
    totals.findings.warning += number('warning', place);
    totals.findings.all += number('findings', place);
    for (const share of ['explained', 'accountedFor'] as const) {
      const value = columns.number(share, place);
      if (!Number.isNaN(value)) means[share].add(value, columns.load(place));
    }
    count(namespaces, namespace);
    count(engines, columns.text('engine', place));
    count(owners, columns.text('owner', place));
  }
  return {
    ...totals,
    explained: means.explained.share(),
    accountedFor: means.accountedFor.share(),
    namespaces: most(namespaces),
    engines: most(engines),
    owners: most(owners),
  };
}

/**
 * Of percentages, each by the database time that it is of: a server that does nothing does not
 * count as much as one that does everything. One of which that is not known counts as a usual one.
 */
function createMean() {
  const known = { sum: 0, weight: 0, count: 0 };
  const unknown = { sum: 0, count: 0 };
  return {
    add(value: number, weight: number) {
      if (Number.isNaN(weight)) {
        unknown.sum += value;
        unknown.count += 1;
      } else {
        known.sum += value * weight;
        known.weight += weight;
        known.count += 1;
      }
    },
    /** 0..1; null where nobody says anything. */
    share(): number | null {
      const usual = known.count ? known.weight / known.count : 1;
      const by = known.weight + usual * unknown.count;
      return by ? Math.round(((known.sum + usual * unknown.sum) / by) * 100) / 10_000 : null;
    },
  };
}

function count(counts: Map<string, number> | undefined, name: string | undefined): void {
  if (name !== undefined) counts?.set(name, (counts.get(name) ?? 0) + 1);
}

const most = (counts: Map<string, number> | undefined): Record<string, number> =>
  Object.fromEntries([...(counts ?? [])].sort(([, a], [, b]) => b - a).slice(0, namesLimit));
