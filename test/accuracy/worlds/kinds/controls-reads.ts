import type { Case } from '../../case.ts';
import { control, form, type Kind, times } from '../cases.ts';

/** Reads as they should be; many look like a defect and are none. */
const lookups: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, doc, hot: h, wide, tiny } = w;
  const member = d.postgres ? `${doc.data} ->> '${doc.member}' = ` : `${doc.generated} = `;
  return [
    control(
      'by-key/fact',
      [f.name],
      times(20, (i) =>
        form(
          w,
          `SELECT * FROM ${f.sql} WHERE ${f.key} = ${f.id(i)}`,
          `SELECT ${f.code}, ${f.amount}, ${f.at} FROM ${f.sql} o WHERE o.${f.key} = ${f.id(i)}`,
        ),
      ),
    ),
    control(
      'by-key/parent',
      [p.name],
      times(20, (i) => `SELECT ${p.label}, ${p.email} FROM ${p.sql} WHERE ${p.key} = ${p.id(i)}`),
    ),
    control(
      'by-key/wide-row',
      [wide.name],
      times(20, (i) => `SELECT * FROM ${wide.sql} WHERE ${wide.key} = ${wide.id(i)}`),
    ),
    control(
      'by-foreign-key/fact',
      [f.name],
      times(20, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)}`,
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} ORDER BY ${f.at} DESC`,
        ),
      ),
    ),
    control(
      'by-foreign-key/line',
      [l.name],
      times(
        20,
        (i) =>
          `SELECT ${l.item}, ${l.quantity}, ${l.price} FROM ${l.sql} WHERE ${l.fact} = ${f.id(i)}`,
      ),
    ),
    control(
      'by-code/fact',
      [f.name],
      times(20, (i) => `SELECT ${f.key} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`),
    ),
    control(
      'by-two-columns/fact',
      [f.name],
      times(
        20,
        (i) =>
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.kind} = ${i % f.kinds} ` +
          `AND ${f.agent} = ${(i * 17) % f.agents}`,
      ),
    ),
    control(
      'hot-table/by-owner',
      [h.name],
      times(
        60,
        (i) => `SELECT ${h.key}, ${h.seen} FROM ${h.sql} WHERE ${h.owner} = ${h.ownerOf(i)}`,
      ),
    ),
    control(
      'small-table/all',
      [tiny.name],
      times(20, () => `SELECT ${tiny.key}, ${tiny.label} FROM ${tiny.sql} ORDER BY ${tiny.label}`),
    ),
    control(
      'small-table/unindexed-filter',
      [tiny.name],
      times(20, (i) => `SELECT ${tiny.key} FROM ${tiny.sql} WHERE ${tiny.label} <> 'Nr ${i}'`),
    ),
    control(
      'json/member',
      [doc.name],
      times(15, (i) => `SELECT ${doc.key} FROM ${doc.sql} WHERE ${member}'${doc.memberOf(i)}'`),
    ),
    control(
      'in-list/keys',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.key} IN ` +
          `(${f.id(i)}, ${f.id(i + 1)}, ${f.id(i + 2)}, ${f.id(i + 3)})`,
      ),
    ),
    control(
      'or/both-indexed',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)} ` +
          `OR ${f.parent} = ${p.id(i)}`,
      ),
    ),
    control(
      'prefix/code',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.code} LIKE '${f.codePrefix(i)}00%'`,
      ),
    ),
  ];
};

const ranges: Kind = (w) => {
  const { fact: f, log, agents } = { ...w, agents: w.fact.agents };
  const narrow = (i: number) => [f.when(0.04 * i), f.when(0.04 * i + 0.001)];
  return [
    control(
      'range/narrow',
      [f.name],
      times(15, (i) => {
        const [from, to] = narrow(i);
        return form(
          w,
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.at} BETWEEN ${from} AND ${to}`,
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.at} >= ${from} AND ${f.at} < ${to} ORDER ` +
            `BY ${f.at}`,
        );
      }),
    ),
    control(
      'count/narrow-range',
      [f.name],
      times(15, (i) => {
        const [from, to] = narrow(i);
        return `SELECT count(*) FROM ${f.sql} WHERE ${f.at} >= ${from} AND ${f.at} < ${to}`;
      }),
    ),
    control(
      'top-n/by-time',
      [f.name],
      times(15, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at}, ${f.state} FROM ${f.sql} ORDER BY ${f.at} DESC LIMIT ` +
            `${10 + i}`,
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.at} < ${f.when(0.05 * i)} ORDER BY ` +
            `${f.at} DESC LIMIT 10`,
        ),
      ),
    ),
    control(
      'top-n/of-agent',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.agent} = ${(i * 7) % agents} ` +
          `ORDER BY ${f.at} DESC LIMIT 5`,
      ),
    ),
    control(
      'max/by-time',
      [f.name],
      times(15, () => `SELECT max(${f.at}) FROM ${f.sql}`),
    ),
    control(
      'page/first',
      [f.name],
      times(
        15,
        () => `SELECT ${f.key}, ${f.code} FROM ${f.sql} ORDER BY ${f.key} LIMIT 20 OFFSET 0`,
      ),
    ),
    control(
      'page/third',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} ORDER BY ${f.at} DESC LIMIT 20 OFFSET ${i * 4}`,
      ),
    ),
    control(
      'partitions/pruned-range',
      [log.name],
      times(8, (i) => {
        const [from, to] = log.day(0.1 * i);
        return (
          `SELECT ${log.level}, count(*) FROM ${log.sql} WHERE ${log.source} = ${i * 9} ` +
          `AND ${log.at} >= ${from} AND ${log.at} < ${to} GROUP BY ${log.level}`
        );
      }),
    ),
    control(
      'partitions/pruned-latest',
      [log.name],
      times(
        8,
        (i) =>
          `SELECT ${log.at}, ${log.message} FROM ${log.sql} WHERE ${log.source} = ${i * 11} ` +
          `AND ${log.at} >= ${log.when(0.97)} ORDER BY ${log.at} DESC LIMIT 10`,
      ),
    ),
    control(
      'value-side/function',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT count(*) FROM ${f.sql} WHERE ${f.at} >= ` +
          (w.d.postgres
            ? `date_trunc('day', timestamptz ${f.when(0.99 + i / 2_000)})`
            : `date(${f.when(0.99 + i / 2_000)})`),
      ),
    ),
    control(
      'skewed/rare-value',
      [f.name],
      times(
        8,
        (i) =>
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.state} = ${f.rare} ` +
          `AND ${f.at} > ${f.when(0.5 + i / 100)}`,
      ),
    ),
    control(
      'skewed/common-value',
      [f.name],
      times(2, () => `SELECT avg(${f.amount}) FROM ${f.sql} WHERE ${f.state} = ${f.common}`),
    ),
  ];
};

const onlyOne: Kind = (w) => {
  const { d, parent: p, doc, fact: f } = w;
  if (d.engine === 'mysql') return [];
  if (d.engine === 'mariadb')
    return [
      control(
        'function/made-a-range',
        [f.name],
        times(
          8,
          (i) =>
            `SELECT count(*) FROM ${f.sql} WHERE date(${f.at}) = ` +
            `${f.day(0.1 * i)[0].replace(/ .*/, "'")}`,
        ),
      ),
    ];
  return [
    control(
      'expression-index/lower',
      [p.name],
      times(
        15,
        (i) =>
          `SELECT ${p.key} FROM ${p.sql} WHERE ${p.lowerExpression} = ` +
          `${p.emailOf(i).toLowerCase()}`,
      ),
    ),
    control(
      'json/containment',
      [doc.name],
      times(
        15,
        (i) =>
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.data} @> '{"${doc.member}": ` +
          `"${doc.memberOf(i)}"}'`,
      ),
    ),
    control(
      'array/contains',
      [doc.name],
      times(
        15,
        (i) =>
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.tags} @> ARRAY['${doc.tagOf(i)}']::text[]`,
      ),
    ),
    control(
      'pattern/trigram',
      [doc.name],
      times(
        10,
        (i) => `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.body} LIKE '%${doc.wordOf(i)}%'`,
      ),
    ),
  ];
};

export const readControls: Kind = (world): Case[] => [
  ...lookups(world),
  ...ranges(world),
  ...onlyOne(world),
];
