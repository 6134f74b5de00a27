import {
  type FleetAnswer,
  type FleetItem,
  type FleetRow,
  fleetColumns,
} from '../../src/http/answers/fleet.ts';

/** A fleet of any size, always the same one: most of it well, as fleets are. */
const troubles: [every: number, state: FleetItem['state'], kind: FleetItem['kind'], why: string][] =
  [
    [2_500, 'circuit-open', 'needs-you', '3 statements ran into the time limit'],
    [1_900, 'cannot-connect', 'needs-you', 'the credentials are refused'],
    [600, 'prerequisite', 'needs-you', 'pg_stat_statements is not in shared_preload_libraries'],
    [3_100, 'silent', 'needs-you', 'nobody has written its status for 15 minutes'],
    [450, 'paused', 'waits', 'spec.suspend is true'],
    [310, 'waiting', 'waits', 'the server is too busy'],
  ];
const namespaces = ['shop', 'bank', 'search', 'reports', 'identity', 'warehouse'];
const engines = [
  ['postgres', '18.3'],
  ['postgres', '16.11'],
  ['mysql', '9.7.4'],
  ['mariadb', '11.8.2-MariaDB'],
] as const;
const pods = ['dbintel-6d9c-a', 'dbintel-6d9c-b', 'dbintel-6d9c-c'];
const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;

/** `at` from 1: so that small fleets have a trouble or two. */
export function itemAt(at: number, now: number): FleetItem {
  const found = troubles.find(([every]) => at % every === 7);
  const [, state, kind, why] = found ?? [0, 'collecting', 'well', null];
  const [engine, version] = pick(engines, at * 7);
  const covered = kind === 'well' ? 90 + ((at * 37) % 100) / 10 : 61.5;
  const critical = at % 830 === 11 ? 2 : 0;
  const warning = at % 9 === 2 ? (at % 4) + 1 : 0;
  return {
    key: at,
    uid: `uid-${at}`,
    namespace: pick(namespaces, at * 5 + (at >> 4)),
    name: `${pick(['orders', 'billing', 'prod', 'ledger', 'users'], at)}-${at}`,
    engine,
    version,
    state,
    kind,
    reason: null,
    why,
    since: now - ((at * 7_919) % 90) * 60_000,
    nextTry: state === 'circuit-open' ? now + 240_000 : null,
    circuit: state === 'circuit-open' ? 'open' : 'closed',
    explained: state === 'prerequisite' ? null : covered,
    accountedFor: state === 'prerequisite' ? null : Math.min(100, covered + 6),
    plans: (at * 13) % 400,
    findings: critical + warning + (at % 11 === 3 ? 2 : 0),
    critical,
    warning,
    lastCycle: now - 1_000 * ((at * 17) % 60),
    busy: Array.from({ length: 24 }, (_, hour) => (at * (hour + 3) + hour * hour) % 10).join(''),
    owner: pick(pods, at),
    asOf: now - 1_000 * ((at * 17) % 60),
  };
}

export const fleetOf = (size: number, now: number): FleetItem[] =>
  Array.from({ length: size }, (_, i) => itemAt(i + 1, now));

export const rowOf = (item: FleetItem): FleetRow =>
  fleetColumns.map((column) => item[column]) as FleetRow;

const tally = <K extends string>(names: readonly K[], all: readonly K[] = []) => {
  const counts = Object.fromEntries(all.map((name) => [name, 0])) as Record<K, number>;
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};
const sum = (numbers: readonly (number | null)[]) =>
  numbers.reduce<number>((all, each) => all + (each ?? 0), 0);
const mean = (numbers: readonly (number | null)[]) => {
  const known = numbers.filter((each) => each !== null);
  return known.length ? sum(known) / known.length / 100 : null;
};

export function countsOf(items: readonly FleetItem[]): FleetAnswer['counts'] {
  return {
    targets: items.length,
    states: tally(items.map(({ state }) => state)),
    kinds: tally(
      items.map(({ kind }) => kind),
      ['needs-you', 'waits', 'well'],
    ),
    namespaces: tally(items.map(({ namespace }) => namespace)),
    engines: tally(items.map(({ engine }) => engine ?? '')),
    owners: tally(items.map(({ owner }) => owner ?? '')),
    critical: items.filter(({ critical }) => critical).length,
    findings: {
      critical: sum(items.map(({ critical }) => critical)),
      warning: sum(items.map(({ warning }) => warning)),
      all: sum(items.map(({ findings }) => findings)),
    },
    explained: mean(items.map(({ explained }) => explained)),
    accountedFor: mean(items.map(({ accountedFor }) => accountedFor)),
  };
}
