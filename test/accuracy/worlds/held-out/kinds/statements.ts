import type { Case } from '../../../case.ts';
import { defect, form, type Kind, times } from '../../cases.ts';

/** Statements that do too much, of other shapes. */
const category = 'statement' as const;

const tooMuch: Kind = (w) => {
  const { d, parent: p, fact: f, wide, item } = w;
  const joined = `${p.sql} p INNER JOIN ${f.sql} e ON p.${p.key} = e.${f.parent}`;
  const random = d.postgres ? 'random()' : 'rand()';
  return [
    defect({
      id: 'or-across-tables/either',
      category,
      rules: ['or-across-tables'],
      tables: [f.name, p.name],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${joined} WHERE p.${p.email} = ${p.emailOf(i)} OR ` +
            `e.${f.voucher} = ${f.voucherOf(i)}`,
          `SELECT e.${f.code}, p.${p.email} FROM ${joined} WHERE e.${f.code} = ${f.codeOf(i)} ` +
            `OR p.${p.email} = ${p.emailOf(i)} ORDER BY e.${f.at} LIMIT 30`,
        ),
      ),
      healthy: times(
        4,
        (i) =>
          `SELECT e.${f.code}, p.${p.email} FROM ${joined} WHERE e.${f.voucher} = ` +
          `${f.voucherOf(i)} UNION ` +
          `SELECT e.${f.code}, p.${p.email} FROM ${joined} WHERE p.${p.email} = ${p.emailOf(i)}`,
      ),
    }),
    defect({
      id: 'order-by-random/some',
      category,
      rules: ['order-by-random'],
      tables: [f.name],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.kind} <> ${i} ORDER BY ${random} LIMIT 3`,
          `SELECT * FROM (SELECT ${f.key}, ${f.memo} FROM ${f.sql} ORDER BY ${random} LIMIT ` +
            `${i}) r`,
        ),
      ),
      healthy: times(
        4,
        (i) =>
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.key} > ${f.id(i)} ORDER BY ${f.key} LIMIT 3`,
      ),
    }),
    defect({
      id: 'count-all/by-framework',
      category,
      rules: ['count-all'],
      tables: [f.name],
      calls: times(10, () =>
        form(
          w,
          `SELECT COUNT(*) AS ${d.q('__count')} FROM ${f.sql}`,
          `SELECT count(*) FROM (SELECT ${f.key} FROM ${f.sql}) AS ${d.q('subquery_for_count')}`,
        ),
      ),
      healthy: times(10, () =>
        d.postgres
          ? `SELECT reltuples FROM pg_class WHERE oid = '${f.sql}'::regclass`
          : 'SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = database() ' +
            `AND TABLE_NAME = '${f.name}'`,
      ),
    }),
    defect({
      id: 'select-star/join-wide',
      category,
      rules: ['select-star'],
      tables: [wide.name, w.tiny.name],
      calls: times(8, (i) =>
        form(
          w,
          `SELECT w.*, t.${w.tiny.label} FROM ${wide.sql} w LEFT JOIN ${w.tiny.sql} t ` +
            `ON t.${w.tiny.key} = w.${wide.area} WHERE w.${wide.area} = ${wide.areaOf(i)}`,
          `SELECT * FROM ${wide.sql} WHERE ${wide.area} IN (${wide.areaOf(i)}, ` +
            `${wide.areaOf(i + 3)}) ORDER BY ${wide.key}`,
        ),
      ),
      healthy: times(
        8,
        (i) =>
          `SELECT ${wide.key}, ${wide.title} FROM ${wide.sql} WHERE ${wide.area} = ` +
          `${wide.areaOf(i)}`,
      ),
    }),
    defect({
      id: 'n-plus-one/items',
      category,
      rules: ['n-plus-one'],
      tables: [item.name],
      calls: times(700, (i) =>
        form(
          w,
          `SELECT i.* FROM ${item.sql} i WHERE i.${item.key} = ${item.id(1 + (i % 220))}`,
          `SELECT ${item.label}, ${item.price} FROM ${item.sql} WHERE ${item.key} = ` +
            `${item.id(1 + (i % 220))}`,
        ),
      ),
      healthy: [
        `SELECT ${item.label}, ${item.price} FROM ${item.sql} WHERE ${item.key} IN ` +
          `(${times(220, (i) => item.id(i)).join(', ')})`,
      ],
    }),
  ];
};

const duplicates: Kind = (w) => {
  const { d, fact: f, parent: p, line: l, item } = w;
  const list = `l.${l.fact}, l.${l.item}, l.${l.key.at(-1)}, l.${l.price}, i.${item.label}`;
  const from = `FROM ${l.sql} l JOIN ${item.sql} i ON i.${item.key} = l.${l.item}`;
  const halves = (union: string, i: number) =>
    form(
      w,
      `SELECT count(*) FROM (SELECT 'early' AS part, ${f.code}, ${f.memo} FROM ${f.sql} ` +
        `WHERE ${f.at} < ${f.when(0.4 + i / 50)} ${union} SELECT 'late', ${f.code}, ${f.memo} ` +
        `FROM ${f.sql} WHERE ${f.at} >= ${f.when(0.4 + i / 50)}) halves`,
      `SELECT count(*) FROM (SELECT ${f.key}, ${f.memo}, ${f.amount} FROM ${f.sql} ` +
        `WHERE ${f.state} = ${f.common} ${union} SELECT ${f.key}, ${f.memo}, ${f.amount} FROM ` +
        `${f.sql} WHERE ${f.state} <> ${f.common} AND ${f.kind} <> ${i}) x`,
    );
  return [
    defect({
      id: 'needless-distinct/of-details',
      category,
      rules: ['needless-distinct'],
      tables: [l.name, item.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT DISTINCT ${list} ${from} WHERE l.${l.quantity} = ${i} ORDER BY l.${l.price} ` +
            `DESC LIMIT 10`,
          `SELECT DISTINCT ${list} ${from} WHERE l.${l.quantity} <= ${i} ORDER BY ` +
            `i.${item.label} LIMIT 25`,
        ),
      ),
      healthy: times(3, (i) =>
        form(
          w,
          `SELECT ${list} ${from} WHERE l.${l.quantity} = ${i} ORDER BY l.${l.price} DESC LIMIT 10`,
          `SELECT ${list} ${from} WHERE l.${l.quantity} <= ${i} ORDER BY i.${item.label} LIMIT 25`,
        ),
      ),
    }),
    defect({
      id: 'needless-union/by-tag',
      category,
      rules: ['needless-distinct'],
      tables: [f.name],
      calls: times(3, (i) => halves('UNION', i)),
      healthy: times(3, (i) => halves('UNION ALL', i)),
    }),
    ...(d.engine === 'mysql'
      ? [
          defect({
            id: 'having-for-where/agent',
            category,
            rules: ['having-for-where'],
            tables: [f.name],
            calls: times(
              2,
              (i) =>
                `SELECT ${f.agent}, count(*), max(${f.amount}) FROM ${f.sql} GROUP BY ${f.agent} ` +
                `HAVING ${f.agent} = ${i * 9} AND count(*) > 0`,
            ),
            healthy: times(
              2,
              (i) =>
                `SELECT ${f.agent}, count(*), max(${f.amount}) FROM ${f.sql} WHERE ${f.agent} ` +
                `= ${i * 9} GROUP BY ${f.agent}`,
            ),
          }),
        ]
      : []),
    ...(d.postgres
      ? [
          defect({
            id: 'materialized-cte/joined',
            category,
            rules: ['materialized-cte'],
            tables: [f.name, p.name],
            calls: times(4, (i) =>
              form(
                w,
                `WITH all_of AS MATERIALIZED (SELECT * FROM ${f.sql}) SELECT p.${p.label}, ` +
                  `a.${f.amount} ` +
                  `FROM ${p.sql} p JOIN all_of a ON a.${f.parent} = p.${p.key} WHERE ` +
                  `p.${p.email} = ${p.emailOf(i)}`,
                `WITH mine AS MATERIALIZED (SELECT ${f.parent}, ${f.at}, ${f.code} FROM ${f.sql} ` +
                  `WHERE ${f.kind} < 19) SELECT * FROM mine WHERE ${f.parent} = ${p.id(i)} ` +
                  `ORDER BY ${f.at}`,
              ),
            ),
            healthy: times(
              4,
              (i) =>
                `WITH all_of AS (SELECT * FROM ${f.sql}) SELECT p.${p.label}, a.${f.amount} ` +
                `FROM ${p.sql} p JOIN all_of a ON a.${f.parent} = p.${p.key} WHERE ` +
                `p.${p.email} = ${p.emailOf(i)}`,
            ),
          }),
        ]
      : []),
  ];
};

const pages: Kind = (w) => {
  const { d, fact: f, log, parent: p } = w;
  const offset = (rows: number, i: number) => Math.floor(rows * 0.7) + 37 * i;
  const month = (i: number) => log.day(0.15 * i)[0].slice(1, 11);
  const page = (count: number, skip: number) =>
    d.postgres ? `OFFSET ${skip} ROWS FETCH NEXT ${count} ROWS ONLY` : `LIMIT ${skip}, ${count}`;
  return [
    defect({
      id: 'large-offset/far',
      category,
      rules: ['large-offset'],
      tables: [f.name, p.name],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} ORDER BY ${f.at} DESC ` +
            `${page(25, offset(f.rows, i))}`,
          `SELECT e.${f.code}, e.${f.state} FROM ${f.sql} e WHERE e.${f.amount} >= 0 ORDER BY ` +
            `e.${f.code} ` +
            page(100, offset(f.rows, i)),
        ),
      ),
      healthy: times(
        4,
        (i) =>
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.at} < ${f.when(0.3 - i / 500)} ` +
          `ORDER BY ${f.at} DESC LIMIT 25`,
      ),
    }),
    defect({
      id: 'pruning-prevented/as-text',
      category,
      rules: ['partition-pruning-prevented', 'function-on-column'],
      tables: [log.name],
      calls: times(5, (i) =>
        d.postgres
          ? form(
              w,
              `SELECT count(*) FROM ${log.sql} WHERE to_char(${log.at}, 'YYYY-MM-DD') = ` +
                `'${month(i)}'`,
              `SELECT ${log.level}, max(${log.source}) FROM ${log.sql} ` +
                `WHERE ${log.at} - interval '2 hours' >= '${month(i)}' ` +
                `AND ${log.at} - interval '2 hours' < '${month(i)} 08:00:00' GROUP BY ${log.level}`,
            )
          : form(
              w,
              `SELECT count(*) FROM ${log.sql} WHERE cast(${log.at} AS char(10)) = '${month(i)}'`,
              `SELECT max(${log.source}) FROM ${log.sql} WHERE left(${log.at}, 10) = '${month(i)}'`,
            ),
      ),
      healthy: times(
        5,
        (i) =>
          `SELECT count(*) FROM ${log.sql} WHERE ${log.at} >= '${month(i)} 00:00:00' ` +
          `AND ${log.at} < '${month(i)} 23:59:59'`,
      ),
    }),
    defect({
      id: 'pruning-prevented/all-time',
      category,
      rules: ['partition-pruning-prevented'],
      tables: [log.name],
      calls: times(8, (i) =>
        form(
          w,
          `SELECT max(${log.message}), count(*) FROM ${log.sql} WHERE ${log.source} = ${i * 9}`,
          `SELECT ${log.message} FROM ${log.sql} WHERE ${log.source} = ${i * 9} AND ` +
            `${log.level} <> '' ORDER BY ${log.key} DESC LIMIT 20`,
        ),
      ),
      healthy: times(
        8,
        (i) =>
          `SELECT max(${log.message}), count(*) FROM ${log.sql} WHERE ${log.source} = ${i * 9} ` +
          `AND ${log.at} >= ${log.when(0.92)}`,
      ),
    }),
  ];
};

export const heldOutStatements: Kind = (world): Case[] => [
  ...tooMuch(world),
  ...duplicates(world),
  ...pages(world),
];
