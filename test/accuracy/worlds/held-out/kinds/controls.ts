import type { Case } from '../../../case.ts';
import { control, type Kind, times } from '../../cases.ts';

/** Reads as they should be, in shapes of their own. */
const lookups: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, doc, hot: h, wide, tiny, item } = w;
  const member = d.postgres ? `${doc.data} ->> '${doc.member}'` : doc.generated;
  return [
    control(
      'by-key/limited',
      [f.name],
      times(20, (i) => `SELECT e.* FROM ${f.sql} e WHERE e.${f.key} = ${f.id(i)} LIMIT 1`),
    ),
    control(
      'by-key/exists',
      [p.name],
      times(
        20,
        (i) => `SELECT EXISTS (SELECT 1 FROM ${p.sql} WHERE ${p.key} = ${p.id(i)}) AS found`,
      ),
    ),
    control(
      'by-key/item',
      [item.name],
      times(
        25,
        (i) =>
          `SELECT ${item.label}, ${item.price} FROM ${item.sql} WHERE ${item.key} = ${item.id(i)}`,
      ),
    ),
    control(
      'by-key/wide-body',
      [wide.name],
      times(
        15,
        (i) =>
          `SELECT ${wide.title}, ${wide.body} FROM ${wide.sql} WHERE ${wide.key} = ${wide.id(i)}`,
      ),
    ),
    control(
      'wide/titles-of-area',
      [wide.name],
      times(
        15,
        (i) =>
          `SELECT ${wide.key}, ${wide.title} FROM ${wide.sql} WHERE ${wide.area} = ` +
          `${wide.areaOf(i)} ORDER BY ${wide.title}`,
      ),
    ),
    control(
      'by-email/parent',
      [p.name],
      times(
        20,
        (i) => `SELECT ${p.key}, ${p.area} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)}`,
      ),
    ),
    control(
      'of-owner/sum',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT count(*), coalesce(sum(${f.amount}), 0) FROM ${f.sql} WHERE ${f.parent} = ` +
          `${p.id(i)} AND ${f.state} = ${f.common}`,
      ),
    ),
    control(
      'details/of-three',
      [l.name],
      times(
        15,
        (i) =>
          `SELECT ${l.fact}, sum(${l.price} * ${l.quantity}) FROM ${l.sql} WHERE ${l.fact} IN ` +
          `(${f.id(i)}, ${f.id(i + 1)}, ${f.id(i + 2)}) GROUP BY ${l.fact}`,
      ),
    ),
    control(
      'hot-table/by-key',
      [h.name],
      times(70, (i) => `SELECT ${h.owner}, ${h.seen} FROM ${h.sql} WHERE ${h.key} = ${h.id(i)}`),
    ),
    control(
      'hot-table/newest',
      [h.name],
      times(
        30,
        (i) =>
          `SELECT ${h.key} FROM ${h.sql} WHERE ${h.seen} > ${h.when(0.99 + i / 5e3)} ORDER BY ` +
          `${h.seen}`,
      ),
    ),
    control(
      'small-table/label',
      [tiny.name],
      times(
        30,
        (i) => `SELECT ${tiny.key} FROM ${tiny.sql} WHERE upper(${tiny.label}) = 'NR ${i}'`,
      ),
    ),
    control(
      'small-table/shuffled',
      [tiny.name],
      times(
        10,
        () =>
          `SELECT ${tiny.label} FROM ${tiny.sql} ORDER BY ` +
          `${d.postgres ? 'random()' : 'rand()'} LIMIT 3`,
      ),
    ),
    control(
      'small-table/counted',
      [tiny.name],
      times(20, () => `SELECT count(*) FROM ${tiny.sql}`),
    ),
    control(
      'json/member-list',
      [doc.name],
      times(
        10,
        (i) =>
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${member} IN ('${doc.memberOf(i)}', ` +
          `'${doc.memberOf(i + 3)}')`,
      ),
    ),
    control(
      'json/selected',
      [doc.name],
      times(
        15,
        (i) =>
          (d.postgres
            ? `SELECT ${doc.data} ->> 'lang', ${doc.data} -> '${doc.member}'`
            : `SELECT json_value(${doc.data}, '$.lang')`) +
          ` FROM ${doc.sql} WHERE ${doc.key} = ${doc.id(i)}`,
      ),
    ),
    control(
      'prefix/range',
      [f.name],
      times(12, (i) => `SELECT count(*) FROM ${f.sql} WHERE ${f.code} LIKE '${f.codePrefix(i)}1%'`),
    ),
    control(
      'two-columns/row-compared',
      [f.name],
      times(
        12,
        (i) =>
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.kind} = ${i} AND ${f.agent} BETWEEN ` +
          `${i * 9} AND ${i * 9 + 2}`,
      ),
    ),
    ...(d.postgres
      ? [
          control(
            'expression-index/lower-of-value',
            [p.name],
            times(
              12,
              (i) =>
                `SELECT ${p.label} FROM ${p.sql} WHERE ${p.lowerExpression} = ` +
                `lower(${p.emailOf(i)})`,
            ),
          ),
          control(
            'array/overlap',
            [doc.name],
            times(
              10,
              (i) =>
                `SELECT count(*) FROM ${doc.sql} WHERE ${doc.tags} && ` +
                `'{${doc.tagOf(i)},${doc.tagOf(i + 4)}}'`,
            ),
          ),
          control(
            'json/two-members',
            [doc.name],
            times(
              10,
              (i) =>
                `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.data} @> ` +
                `'{"${doc.member}": "${doc.memberOf(i)}", "lang": "de"}'`,
            ),
          ),
          control(
            'pattern/any-case',
            [doc.name],
            times(
              10,
              (i) => `SELECT count(*) FROM ${doc.sql} WHERE ${doc.body} ILIKE '%${doc.wordOf(i)}%'`,
            ),
          ),
          control(
            'distinct-on/of-owner',
            [f.name],
            times(
              10,
              (i) =>
                `SELECT DISTINCT ON (${f.state}) ${f.state}, ${f.code} FROM ${f.sql} ` +
                `WHERE ${f.parent} = ${p.id(i)} ORDER BY ${f.state}, ${f.at} DESC`,
            ),
          ),
          control(
            'lateral/last-of-few',
            [p.name, f.name],
            times(
              10,
              (i) =>
                `SELECT p.${p.label}, x.${f.at} FROM ${p.sql} p CROSS JOIN LATERAL (SELECT ` +
                `e.${f.at} ` +
                `FROM ${f.sql} e WHERE e.${f.parent} = p.${p.key} ORDER BY e.${f.at} DESC ` +
                `LIMIT 1) x WHERE p.${p.key} IN (${p.id(i)}, ${p.id(i + 9)})`,
            ),
          ),
        ]
      : []),
  ];
};

const ordered: Kind = (w) => {
  const { fact: f, log, parent: p, queue: q } = w;
  return [
    control(
      'range/sum-of-hours',
      [f.name],
      times(
        12,
        (i) =>
          `SELECT ${f.kind}, sum(${f.amount}) FROM ${f.sql} WHERE ${f.at} >= ${f.when(0.07 * i)} ` +
          `AND ${f.at} < ${f.when(0.07 * i + 0.002)} GROUP BY ${f.kind}`,
      ),
    ),
    control(
      'range/newcomers',
      [p.name],
      times(
        12,
        (i) =>
          `SELECT ${p.email} FROM ${p.sql} WHERE ${p.joined} BETWEEN ${f.when(0.04 * i)} ` +
          `AND ${f.when(0.04 * i + 0.004)} ORDER BY ${p.joined} DESC`,
      ),
    ),
    control(
      'top-n/keyset',
      [f.name],
      times(
        12,
        (i) =>
          `SELECT ${f.code}, ${f.at} FROM ${f.sql} WHERE ${f.at} < ${f.when(0.07 * i)} ` +
          `ORDER BY ${f.at} DESC LIMIT 30`,
      ),
    ),
    control(
      'top-n/first-codes',
      [f.name],
      times(12, (i) => `SELECT ${f.code} FROM ${f.sql} ORDER BY ${f.code} LIMIT ${i * 2}`),
    ),
    control(
      'min-max/of-agent',
      [f.name],
      times(12, (i) => `SELECT max(${f.at}) FROM ${f.sql} WHERE ${f.agent} = ${i * 21}`),
    ),
    control(
      'page/second',
      [f.name],
      times(
        12,
        (i) =>
          `SELECT ${f.code}, ${f.state} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} ` +
          `ORDER BY ${f.at} DESC LIMIT 10 OFFSET 10`,
      ),
    ),
    control(
      'partitions/one-day',
      [log.name],
      times(6, (i) => {
        const [from, to] = log.day(0.12 * i);
        return (
          `SELECT count(*) FROM ${log.sql} WHERE ${log.source} IN (${i}, ${i * 8}) ` +
          `AND ${log.at} BETWEEN ${from} AND ${to}`
        );
      }),
    ),
    control(
      'partitions/newest',
      [log.name],
      times(
        8,
        (i) =>
          `SELECT ${log.message} FROM ${log.sql} WHERE ${log.at} > ${log.when(0.985)} ` +
          `AND ${log.source} = ${i * 3} ORDER BY ${log.at} LIMIT 20`,
      ),
    ),
    control(
      'skewed/rare-counted',
      [f.name],
      times(
        8,
        (i) =>
          `SELECT count(*), max(${f.amount}) FROM ${f.sql} WHERE ${f.state} = ${f.rare} ` +
          `AND ${f.at} >= ${f.when(0.4 + i / 50)}`,
      ),
    ),
    control(
      'queue/waiting',
      [q.name],
      times(
        25,
        () =>
          `SELECT count(*) FROM ${q.sql} WHERE ${q.state} = ${q.ready} AND ${q.runAt} < ` +
          `${q.before}`,
      ),
    ),
    control(
      'queue/oldest',
      [q.name],
      times(25, () => `SELECT min(${q.runAt}) FROM ${q.sql} WHERE ${q.state} = ${q.ready}`),
    ),
  ];
};

export const heldOutReadControls: Kind = (world): Case[] => [...lookups(world), ...ordered(world)];
