import { type Dialect, moment } from './dialect.ts';
import { type KeySpec, keyOf, keyType, type WorldSpec } from './spec.ts';
import type { TableSpec } from './table.ts';

/** The tables of a world. Salts only have to differ from column to column. */
type Columns = TableSpec['columns'];

export function buildTables(d: Dialect, spec: WorldSpec): TableSpec[] {
  return [
    parents(d, spec),
    items(d, spec),
    facts(d, spec),
    lines(d, spec),
    documents(d, spec),
    queue(d, spec),
    log(d, spec),
    hot(d, spec),
    wide(d, spec),
    tiny(d, spec),
  ];
}

export function buildView(d: Dialect, { view, fact: f, parent: p }: WorldSpec): string {
  const q = (name: string) => d.q(name);
  return (
    `CREATE VIEW ${q(view.name)} AS SELECT f.${q(f.key)}, f.${q(f.parent)}, ` +
    `p.${q(p.email)} AS ${q(view.as.email)}, f.${q(f.at)}, f.${q(f.amount)} ` +
    `FROM ${q(f.table)} f JOIN ${q(p.table)} p ON p.${q(p.key)} = f.${q(f.parent)}`
  );
}

export const indexName = (table: string, of: string): string => `${table.toLowerCase()}_${of}`;

const quoteAll = (d: Dialect, ...names: string[]) => names.map((name) => d.q(name)).join(', ');
const primary = (d: Dialect, ...names: string[]) => `PRIMARY KEY (${quoteAll(d, ...names)})`;
const index = (d: Dialect, table: string, name: string, ...columns: string[]) => ({
  name: indexName(table, name),
  on: quoteAll(d, ...columns),
});
const key = (d: Dialect, id: KeySpec, n: string): [string, string] => [
  `${keyType(d, id)} NOT NULL`,
  keyOf(d, id, n),
];
const reference = (d: Dialect, id: KeySpec, n: string) => key(d, id, `(1 + ${n})`);
const timeOf = (d: Dialect, spec: WorldSpec) =>
  `${d.postgres ? (spec.time ?? 'timestamptz') : d.types.time} NOT NULL`;
const time = (d: Dialect, spec: WorldSpec, each_s: number): [string, string] => [
  timeOf(d, spec),
  d.after(spec.base, `n * ${each_s}`),
];
const int = (d: Dialect, value: string): [string, string] => [`${d.types.int} NOT NULL`, value];
const text = (d: Dialect, length: number, value: string): [string, string] => [
  `${d.types.text(length)} NOT NULL`,
  value,
];

function parents(d: Dialect, spec: WorldSpec): TableSpec {
  const p = spec.parent;
  const [before, after] = p.emailAs;
  return {
    name: p.table,
    rows: p.rows,
    columns: {
      [p.key]: key(d, p.id, 'n'),
      [p.email]: text(d, 60, d.concat(`'${before}'`, d.pad('n', 6), `'${after}'`)),
      [p.label]: text(d, 60, d.concat("'Nr '", d.md5(d.string('n')))),
      [p.area]: text(d, 30, d.pick(p.areas, d.skewed(p.areas.length, 2))),
      [p.joined]: time(d, spec, p.joinedEach_s),
      ...p.more?.(d),
    },
    constraints: [primary(d, p.key)],
    indexes: [
      { ...index(d, p.table, 'email', p.email), unique: true },
      ...(d.postgres
        ? [{ name: indexName(p.table, 'lower_email'), on: `lower(${d.q(p.email)})` }]
        : []),
      index(d, p.table, 'joined', p.joined),
    ],
  };
}

function items(d: Dialect, { item: i }: WorldSpec): TableSpec {
  return {
    name: i.table,
    rows: i.rows,
    columns: {
      [i.key]: key(d, i.id, 'n'),
      [i.label]: text(d, 60, d.concat(`'${i.labelAs} '`, d.string('n'))),
      [i.group]: int(d, `1 + ${d.skewed(20, 5)}`),
      [i.price]: [`${d.types.money} NOT NULL`, `1 + ${d.mix(20_000, 6)} / 100.0`],
      ...i.more?.(d),
    },
    constraints: [primary(d, i.key)],
    indexes: [index(d, i.table, 'group', i.group)],
  };
}

function facts(d: Dialect, spec: WorldSpec): TableSpec {
  const { fact: f, parent: p } = spec;
  const rare = f.states.at(-1) ?? '';
  const usual = f.states.slice(0, -1);
  return {
    name: f.table,
    rows: f.rows,
    columns: {
      [f.key]: key(d, f.id, 'n'),
      [f.parent]: reference(d, p.id, d.skewed(p.rows - p.spare, 7, f.power)),
      [f.at]: time(d, spec, f.each_s),
      [f.state]: text(
        d,
        20,
        `CASE WHEN ${d.mix(f.rareOneIn, 8)} = 0 THEN '${rare}' ELSE ` +
          `${d.pick(usual, d.skewed(usual.length, 9, 4))} END`,
      ),
      [f.kind]: int(d, d.mix(f.kinds, 10)),
      [f.agent]: int(d, d.mix(f.agents, 11)),
      [f.amount]: [`${d.types.money} NOT NULL`, `${d.skewed(90_000, 12, 3)} / 100.0`],
      [f.code]: text(d, 20, d.concat(`'${f.codeAs[0]}'`, d.pad('n', f.codeAs[1]))),
      [f.voucher]: [
        d.types.text(20),
        `CASE WHEN ${d.mix(100, 13)} < 3 THEN ` +
          `${d.concat(`'${f.voucherAs}'`, d.string(d.mix(500, 14)))} END`,
      ],
      [f.make]: int(d, `floor(${d.mix(40, 15)} / 2)`),
      [f.model]: int(d, d.mix(40, 15)),
      [f.memo]: [d.types.text(80), d.concat(`'${f.memoAs} '`, d.md5(d.string('n')))],
      ...f.more?.(d),
    },
    constraints: [primary(d, f.key)],
    indexes: [
      index(d, f.table, 'parent', f.parent),
      index(d, f.table, 'at', f.at),
      { ...index(d, f.table, 'code', f.code), unique: true },
      index(d, f.table, 'kind_agent', f.kind, f.agent),
      index(d, f.table, 'agent_at', f.agent, f.at),
      index(d, f.table, 'voucher', f.voucher),
      d.postgres
        ? { ...index(d, f.table, 'rare', f.at), where: `${d.q(f.state)} = '${rare}'` }
        : index(d, f.table, 'rare', f.state, f.at),
    ],
    ...(f.foreignKeys
      ? { foreign: [{ columns: d.q(f.parent), references: `${d.q(p.table)} (${d.q(p.key)})` }] }
      : {}),
    statistics: { name: indexName(f.table, 'pair'), on: quoteAll(d, f.make, f.model) },
  };
}

function lines(d: Dialect, { line: l, fact: f, item: i }: WorldSpec): TableSpec {
  const own: Columns =
    'own' in l.key
      ? { [l.key.own]: [`${d.types.big} NOT NULL`, 'n'] }
      : { [l.key.position]: int(d, 'n') };
  return {
    name: l.table,
    rows: l.rows,
    columns: {
      ...own,
      [l.fact]: reference(d, f.id, d.mix(f.rows, 20)),
      [l.item]: reference(d, i.id, d.skewed(i.rows, 21)),
      [l.quantity]: int(d, `1 + ${d.skewed(9, 22, 3)}`),
      [l.price]: [`${d.types.money} NOT NULL`, `1 + ${d.mix(20_000, 23)} / 100.0`],
      ...l.more?.(d),
    },
    constraints: [
      'own' in l.key ? primary(d, l.key.own) : primary(d, l.item, l.fact, l.key.position),
    ],
    indexes: [index(d, l.table, 'fact', l.fact), index(d, l.table, 'item', l.item, l.price)],
    ...(f.foreignKeys
      ? { foreign: [{ columns: d.q(l.fact), references: `${d.q(f.table)} (${d.q(f.key)})` }] }
      : {}),
  };
}

function documents(d: Dialect, { doc }: WorldSpec): TableSpec {
  const word = (salt: number) => d.pick(doc.words, d.mix(doc.words.length, salt));
  const name = (of: string) => indexName(doc.table, of);
  const [data, tags, body] = [d.q(doc.data), d.q(doc.tags), d.q(doc.body)];
  return {
    name: doc.table,
    rows: doc.rows,
    columns: {
      [doc.key]: int(d, 'n'),
      [doc.data]: [
        `${d.types.json} NOT NULL`,
        d.json({
          [doc.member]: d.concat(`'${doc.memberAs}'`, d.string(d.mix(doc.members, 31))),
          [doc.other]: `1 + ${d.mix(5, 32)}`,
          lang: d.pick(['de', 'en', 'nl'], d.skewed(3, 33)),
        }),
      ],
      [doc.tags]: [
        d.types.tags,
        d.tags(
          d.concat(`'${doc.tagAs}'`, d.string(d.mix(300, 34))),
          d.concat("'all'", d.string(d.skewed(100, 35))),
        ),
      ],
      [doc.body]: [
        d.types.long,
        d.concat(
          word(36),
          "' and '",
          word(37),
          `' ${doc.wordAs}'`,
          d.pad(d.mix(900, 38), 4),
          "' by someone'",
        ),
      ],
      ...doc.more?.(d),
    },
    ...(d.postgres
      ? {}
      : {
          generated: {
            [generatedName(doc.member)]:
              `varchar(20) AS (json_value(${data}, '$.${doc.member}')) VIRTUAL`,
          },
        }),
    constraints: [primary(d, doc.key)],
    indexes: d.postgres
      ? [
          { name: name('data'), on: data, method: 'gin' },
          { name: name('tags'), on: tags, method: 'gin' },
          { name: name('body'), on: `${body} gin_trgm_ops`, method: 'gin' },
          { name: name('member'), on: `(${data} ->> '${doc.member}')` },
        ]
      : [
          { name: name('body'), on: body, method: 'FULLTEXT' },
          { name: name('member'), on: d.q(generatedName(doc.member)) },
        ],
  };
}

export const generatedName = (member: string): string => `${member}_of_data`;

function queue(d: Dialect, spec: WorldSpec): TableSpec {
  const q = spec.queue;
  return {
    name: q.table,
    rows: q.rows,
    columns: {
      [q.key]: [`${d.types.big} NOT NULL`, 'n'],
      [q.state]: text(
        d,
        12,
        `CASE WHEN n > ${q.rows - q.waiting} THEN '${q.ready}' ELSE '${q.done}' END`,
      ),
      [q.runAt]: time(d, spec, q.each_s),
      [q.fact]: reference(d, spec.fact.id, d.mix(spec.fact.rows, 40)),
      [q.attempts]: int(d, d.skewed(5, 41, 4)),
      [q.payload]: [d.types.text(80), d.md5(d.string('n'))],
      ...q.more?.(d),
    },
    constraints: [primary(d, q.key)],
    indexes: [
      d.postgres
        ? { ...index(d, q.table, 'ready', q.runAt), where: `${d.q(q.state)} = '${q.ready}'` }
        : index(d, q.table, 'ready', q.state, q.runAt),
    ],
  };
}

function log(d: Dialect, spec: WorldSpec): TableSpec {
  const l = spec.log;
  const days = Math.ceil((l.rows * l.each_s) / 86_400 / l.partitions);
  return {
    name: l.table,
    rows: l.rows,
    columns: {
      [l.key]: [`${d.types.big} NOT NULL`, 'n'],
      [l.at]: time(d, spec, l.each_s),
      [l.source]: int(d, d.mix(l.sources, 42)),
      [l.level]: text(d, 12, d.pick(l.levels, d.skewed(l.levels.length, 43, 4))),
      [l.message]: [d.types.text(80), d.concat("'did '", d.md5(d.string('n')))],
      ...l.more?.(d),
    },
    constraints: [primary(d, l.key, l.at)],
    indexes: [index(d, l.table, 'source', l.source, l.at)],
    partition: {
      column: l.at,
      bounds: Array.from({ length: l.partitions - 1 }, (_, i) => moment(spec.base, days * (i + 1))),
    },
  };
}

function hot(d: Dialect, spec: WorldSpec): TableSpec {
  const { hot: h, parent: p } = spec;
  return {
    name: h.table,
    rows: h.rows,
    columns: {
      [h.key]: key(d, h.id, 'n'),
      [h.owner]: reference(d, p.id, d.mix(p.rows - p.spare, 44)),
      [h.seen]: time(d, spec, h.each_s),
      [h.note]: [d.types.text(60), d.concat("'by '", d.md5(d.string('n + 1')))],
      ...h.more?.(d),
    },
    constraints: [primary(d, h.key)],
    indexes: [index(d, h.table, 'owner', h.owner), index(d, h.table, 'seen', h.seen)],
  };
}

function wide(d: Dialect, { wide: w }: WorldSpec): TableSpec {
  return {
    name: w.table,
    rows: w.rows,
    columns: {
      [w.key]: int(d, 'n'),
      [w.title]: text(d, 60, d.concat("'Title '", d.string('n'))),
      [w.area]: int(d, d.mix(w.areas, 45)),
      [w.body]: [d.types.long, d.digits(w.parts)],
      [w.draft]: [d.types.long, d.digits(Math.ceil(w.parts / 2))],
      ...w.more?.(d),
    },
    constraints: [primary(d, w.key)],
    indexes: [index(d, w.table, 'area', w.area)],
  };
}

function tiny(d: Dialect, { tiny: t }: WorldSpec): TableSpec {
  return {
    name: t.table,
    rows: t.rows,
    columns: {
      [t.key]: int(d, 'n'),
      [t.label]: text(d, 40, d.concat(`'${t.text} '`, d.string('n'))),
    },
    constraints: [primary(d, t.key)],
  };
}
