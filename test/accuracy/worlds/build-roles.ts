import { generatedName, indexName } from './build-tables.ts';
import { type Dialect, mixed, moment, padded } from './dialect.ts';
import type {
  Doc,
  Fact,
  Hot,
  Item,
  Line,
  Log,
  Named,
  Parent,
  Queue,
  Roles,
  Wide,
} from './roles.ts';
import { keyLiteral, keyOf, type WorldSpec } from './spec.ts';

/** The parts of a world, with values that its generators make. */
export function buildRoles(d: Dialect, spec: WorldSpec): Roles {
  const { tiny: t, view, fact: f } = spec;
  return {
    d,
    style: spec.style,
    parent: parent(d, spec),
    fact: fact(d, spec),
    line: line(d, spec),
    item: item(d, spec),
    doc: doc(d, spec),
    queue: queue(d, spec),
    log: log(d, spec),
    hot: hot(d, spec),
    wide: wide(d, spec),
    tiny: {
      ...named(d, spec, t),
      key: d.q(t.key),
      label: d.q(t.label),
      id: (i) => String(1 + (i % t.rows)),
    },
    view: {
      name: d.q(view.name),
      key: d.q(f.key),
      parent: d.q(f.parent),
      email: d.q(view.as.email),
      at: d.q(f.at),
    },
  };
}

const named = (d: Dialect, spec: WorldSpec, { table, rows }: { table: string; rows: number }) =>
  ({
    name: table,
    sql: `${d.postgres ? (spec.schema ?? '') : ''}${d.q(table)}`,
    rows,
  }) satisfies Named;

/** Quotes the columns of a part, each by the name that the part has for it. */
const columns = <K extends string>(d: Dialect, of: Record<K, string>): Record<K, string> =>
  Object.fromEntries(Object.entries<string>(of).map(([part, name]) => [part, d.q(name)])) as Record<
    K,
    string
  >;

interface Growth {
  rows: number;
  each_s: number;
}
const when =
  ({ base }: WorldSpec, { rows, each_s }: Growth) =>
  (share: number): string =>
    moment(base, 0, share * rows * each_s);
const day =
  ({ base }: WorldSpec, { rows, each_s }: Growth) =>
  (share: number): [string, string] => {
    const from = Math.floor((share * rows * each_s) / 86_400);
    return [moment(base, from), moment(base, from + 1)];
  };

/** Spreads 1, 2, 3… over the rows of a table. */
const spread = (i: number, rows: number, salt: number) => 1 + ((i * salt) % (rows - 1));

function parent(d: Dialect, spec: WorldSpec): Parent {
  const p = spec.parent;
  const owners = p.rows - p.spare;
  const names = columns(d, {
    key: p.key,
    email: p.email,
    label: p.label,
    area: p.area,
    joined: p.joined,
  });
  const index = (of: string) => indexName(p.table, of);
  return {
    ...named(d, spec, p),
    ...names,
    id: (i) => keyLiteral(p.id, spread(i, owners, 37)),
    childless: (i) => keyLiteral(p.id, owners + 10 + i),
    emailOf: (i) => `'${p.emailAs[0]}${padded(spread(i, owners, 41), 6)}${p.emailAs[1]}'`,
    areaOf: (i) => `'${p.areas[i % p.areas.length]}'`,
    indexes: { email: index('email'), lower: index('lower_email'), joined: index('joined') },
    lowerExpression: `lower(${names.email})`,
  };
}

function fact(d: Dialect, spec: WorldSpec): Fact {
  const f = spec.fact;
  const names = columns(d, {
    key: f.key,
    parent: f.parent,
    at: f.at,
    state: f.state,
    kind: f.kind,
    agent: f.agent,
    amount: f.amount,
    code: f.code,
    voucher: f.voucher,
    make: f.make,
    model: f.model,
    memo: f.memo,
  });
  const index = (of: string) => indexName(f.table, of);
  const [prefix, digits] = f.codeAs;
  const common = `'${f.states[0]}'`;
  return {
    ...named(d, spec, f),
    ...names,
    ...freshFacts(d, spec, names, common),
    common,
    rare: `'${f.states.at(-1)}'`,
    kinds: f.kinds,
    agents: f.agents,
    id: (i) => keyLiteral(f.id, spread(i, f.rows, 1_117)),
    codeOf: (i) => `'${prefix}${padded(spread(i, f.rows, 911), digits)}'`,
    codePrefix: (i) => `${prefix}${padded(spread(i, f.rows / 1_000, 7), digits - 3)}`,
    voucherOf: (i) => `'${f.voucherAs}${(i * 11) % 500}'`,
    when: when(spec, f),
    day: day(spec, f),
    indexes: {
      parent: index('parent'),
      at: index('at'),
      code: index('code'),
      kindAgent: index('kind_agent'),
      agentAt: index('agent_at'),
      voucher: index('voucher'),
      rare: index('rare'),
    },
    foreignKeys: f.foreignKeys,
    statistics: index('pair'),
  };
}

/** Rows behind all those that were loaded. */
function freshFacts(
  d: Dialect,
  { fact: f, parent: p, base }: WorldSpec,
  names: Record<string, string>,
  state: string,
): Pick<Fact, 'columns' | 'valuesOf' | 'freshId'> {
  const list = [
    'key',
    'parent',
    'at',
    'state',
    'kind',
    'agent',
    'amount',
    'code',
    'make',
    'model',
    'memo',
  ];
  const time = d.postgres ? 'timestamp ' : '';
  return {
    columns: list.map((name) => names[name]).join(', '),
    valuesOf: (n) =>
      `${keyOf(d, f.id, `(${f.rows + 1_000} + ${n})`)}, ${keyOf(d, p.id, `(1 + ${n} % 900)`)}, ` +
      `${time}${moment(base, 400)}, ${state}, ${n} % ${f.kinds}, ${n} % ${f.agents}, 9.5, ` +
      `${d.concat("'N-'", d.string(n))}, 1, 3, 'new'`,
    freshId: (i) => keyLiteral(f.id, f.rows + 500 + i),
  };
}

function line(d: Dialect, spec: WorldSpec): Line {
  const l = spec.line;
  const key = 'own' in l.key ? [l.key.own] : [l.item, l.fact, l.key.position];
  return {
    ...named(d, spec, l),
    ...columns(d, { fact: l.fact, item: l.item, quantity: l.quantity, price: l.price }),
    key: key.map((name) => d.q(name)),
    indexes: { fact: indexName(l.table, 'fact'), item: indexName(l.table, 'item') },
  };
}

function item(d: Dialect, spec: WorldSpec): Item {
  const i = spec.item;
  return {
    ...named(d, spec, i),
    ...columns(d, { key: i.key, label: i.label, group: i.group, price: i.price }),
    id: (n) => keyLiteral(i.id, spread(n, i.rows, 13)),
  };
}

function doc(d: Dialect, spec: WorldSpec): Doc {
  const of = spec.doc;
  const index = (part: string) => indexName(of.table, part);
  return {
    ...named(d, spec, of),
    ...columns(d, { key: of.key, data: of.data, tags: of.tags, body: of.body }),
    member: of.member,
    memberOf: (i) => `${of.memberAs}${mixed(i * 17, of.members, 31)}`,
    generated: d.q(generatedName(of.member)),
    tagOf: (i) => `${of.tagAs}${(i * 9) % 300}`,
    wordOf: (i) => `${of.wordAs}${padded((i * 21) % 900, 4)}`,
    id: (i) => String(spread(i, of.rows, 53)),
    indexes: {
      data: index('data'),
      tags: index('tags'),
      body: index('body'),
      member: index('member'),
    },
  };
}

function queue(d: Dialect, spec: WorldSpec): Queue {
  const q = spec.queue;
  const names = columns(d, {
    key: q.key,
    state: q.state,
    runAt: q.runAt,
    fact: q.fact,
    attempts: q.attempts,
    payload: q.payload,
  });
  return {
    ...named(d, spec, q),
    ...names,
    ready: `'${q.ready}'`,
    done: `'${q.done}'`,
    id: (i) => String(spread(i, q.rows, 101)),
    indexes: { ready: indexName(q.table, 'ready') },
    columns: [
      ...Object.values(names),
      ...Object.keys(q.more?.(d) ?? {}).map((name) => d.q(name)),
    ].join(', '),
    before: when(spec, q)(0.01),
    when: when(spec, q),
  };
}

function log(d: Dialect, spec: WorldSpec): Log {
  const l = spec.log;
  return {
    ...named(d, spec, l),
    ...columns(d, { key: l.key, at: l.at, source: l.source, level: l.level, message: l.message }),
    sources: l.sources,
    when: when(spec, l),
    day: day(spec, l),
    indexes: { source: indexName(l.table, 'source') },
  };
}

function hot(d: Dialect, spec: WorldSpec): Hot {
  const { hot: h, parent: p } = spec;
  return {
    ...named(d, spec, h),
    ...columns(d, { key: h.key, owner: h.owner, seen: h.seen, note: h.note }),
    id: (i) => keyLiteral(h.id, spread(i, h.rows, 3)),
    ownerOf: (i) => keyLiteral(p.id, 1 + mixed(i * 5, p.rows - p.spare, 44)),
    when: when(spec, h),
    indexes: { owner: indexName(h.table, 'owner'), seen: indexName(h.table, 'seen') },
  };
}

function wide(d: Dialect, spec: WorldSpec): Wide {
  const w = spec.wide;
  return {
    ...named(d, spec, w),
    ...columns(d, { key: w.key, title: w.title, area: w.area, body: w.body }),
    id: (i) => String(spread(i, w.rows, 11)),
    areaOf: (i) => String(i % w.areas),
    indexes: { area: indexName(w.table, 'area') },
  };
}
