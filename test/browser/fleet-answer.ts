import { fleetStates } from '../../src/fleet/states.ts';
import { type FleetAnswer, type FleetItem, fleetColumns } from '../../src/http/answers/fleet.ts';
import { countsOf, rowOf } from './fleet-data.ts';

/** What /fleet answers of these targets, as far as the pages’ tests ask for it. */
const orders: Record<string, (item: FleetItem) => string | number> = {
  attention: ({ state, critical }) => fleetStates.indexOf(state) * 1_000 - (critical ?? 0),
  name: ({ namespace, name }) => `${namespace}/${name}`,
  since: ({ since }) => -(since ?? 0),
  coverage: ({ explained }) => explained ?? 101,
  findings: ({ critical, findings }) => -(critical ?? 0) * 1_000 - (findings ?? 0),
  lastCycle: ({ lastCycle }) => lastCycle ?? 0,
};

export function fleetAnswer(all: readonly FleetItem[], params: URLSearchParams): FleetAnswer {
  const found = all.filter((item) => matches(item, params));
  const order = orders[params.get('sort') ?? 'attention'] ?? (() => 0);
  const sign = params.get('order') === 'reverse' ? -1 : 1;
  const by = params.get('group') as 'namespace' | null;
  const groupOf = (item: FleetItem) => (by ? (item[by] ?? '') : '');
  const sorted = found
    .map((item) => ({ item, group: groupOf(item), key: order(item) }))
    .sort((a, b) => compare(a.group, b.group) || sign * compare(a.key, b.key));
  const from = Number(params.get('cursor') ?? 0);
  const to = from + Number(params.get('limit') ?? 200);
  const counts = Map.groupBy(sorted, ({ group }) => group);
  return {
    rev: 'r-1',
    now: Date.now(),
    replica: 'dbintel-6d9c-a',
    sources: {},
    total: found.length,
    counts: countsOf(all),
    columns: [...fleetColumns],
    rows: sorted.slice(from, to).map(({ item }) => rowOf(item)),
    ...(by ? { groups: [...counts].map(([group, { length }]) => ({ group, count: length })) } : {}),
    ...(to < found.length ? { next: String(to) } : {}),
  };
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

function matches(item: FleetItem, params: URLSearchParams): boolean {
  const among = (name: string, ...values: (string | null)[]) => {
    const wanted = params.get(name)?.split(',');
    return !wanted || values.some((value) => wanted.includes(value ?? ''));
  };
  const q = params.get('q') ?? '';
  const text = `${item.namespace}/${item.name} ${item.engine} ${item.why} ${item.owner}`;
  return (
    text.includes(q) &&
    among('state', item.state, item.kind) &&
    among('ns', item.namespace) &&
    among('engine', item.engine) &&
    among('owner', item.owner) &&
    (params.get('findings') !== 'critical' || (item.critical ?? 0) > 0)
  );
}
