import { defect, form, type Kind, times } from '../cases.ts';

/** Statements that make the server work for what nobody needs; the schema is in order. */
const asksForMore: Kind = (w) => {
  const { d, parent: p, fact: f, wide } = w;
  const joined = `${f.sql} f JOIN ${p.sql} p ON p.${p.key} = f.${f.parent}`;
  return [
    defect({
      id: 'or-across-tables/code-email',
      category: 'statement',
      rules: ['or-across-tables'],
      tables: [f.name, p.name],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT f.${f.key}, p.${p.label} FROM ${joined} WHERE f.${f.code} = ${f.codeOf(i)} ` +
            `OR p.${p.email} = ${p.emailOf(i)}`,
          `SELECT f.${f.key} FROM ${joined} WHERE (p.${p.email} = ${p.emailOf(i)} ` +
            `OR f.${f.voucher} = ${f.voucherOf(i)}) AND f.${f.amount} > 0`,
        ),
      ),
      healthy: times(
        4,
        (i) =>
          `SELECT f.${f.key}, p.${p.label} FROM ${joined} WHERE f.${f.code} = ${f.codeOf(i)} ` +
          `UNION ` +
          `SELECT f.${f.key}, p.${p.label} FROM ${joined} WHERE p.${p.email} = ${p.emailOf(i)}`,
      ),
    }),
    defect({
      id: 'order-by-random/one',
      category: 'statement',
      rules: ['order-by-random'],
      tables: [f.name],
      calls: times(5, (i) => {
        const random = d.postgres ? 'random()' : 'rand()';
        return form(
          w,
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} ORDER BY ${random} LIMIT ${i}`,
          `SELECT * FROM ${f.sql} WHERE ${f.amount} > ${i} ORDER BY ${random} LIMIT 5`,
        );
      }),
      healthy: times(
        5,
        (i) =>
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.key} >= ${f.id(i)} ` +
          `ORDER BY ${f.key} LIMIT ${i}`,
      ),
    }),
    defect({
      id: 'count-all/fact',
      category: 'statement',
      rules: ['count-all'],
      tables: [f.name],
      calls: times(12, () =>
        form(w, `SELECT count(*) FROM ${f.sql}`, `SELECT count(1) AS total FROM ${f.sql}`),
      ),
      healthy: times(12, () =>
        d.postgres
          ? `SELECT reltuples FROM pg_class WHERE oid = '${f.sql}'::regclass`
          : 'SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = database() ' +
            `AND TABLE_NAME = '${f.name}'`,
      ),
    }),
    defect({
      id: 'select-star/wide',
      category: 'statement',
      rules: ['select-star'],
      table: wide.name,
      tables: [wide.name],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT * FROM ${wide.sql} WHERE ${wide.area} = ${wide.areaOf(i)}`,
          `SELECT w.* FROM ${wide.sql} w WHERE w.${wide.area} = ${wide.areaOf(i)} ORDER BY ` +
            `w.${wide.title}`,
        ),
      ),
      healthy: times(
        10,
        (i) =>
          `SELECT ${wide.key}, ${wide.title} FROM ${wide.sql} WHERE ${wide.area} = ` +
          `${wide.areaOf(i)}`,
      ),
    }),
    defect({
      id: 'n-plus-one/parents',
      category: 'statement',
      rules: ['n-plus-one'],
      tables: [p.name],
      calls: times(600, (i) =>
        form(
          w,
          `SELECT ${p.key}, ${p.label}, ${p.email} FROM ${p.sql} WHERE ${p.key} = ` +
            `${p.id(1 + (i % 250))}`,
          `SELECT p.${p.label} FROM ${p.sql} p WHERE p.${p.key} = ${p.id(1 + (i % 250))} LIMIT 1`,
        ),
      ),
      healthy: [
        `SELECT ${p.key}, ${p.label}, ${p.email} FROM ${p.sql} WHERE ${p.key} IN ` +
          `(${times(250, (i) => p.id(i)).join(', ')})`,
      ],
    }),
  ];
};

const duplicates: Kind = (w) => {
  const { d, parent: p, fact: f } = w;
  const columns = `f.${f.key}, f.${f.code}, f.${f.memo}, f.${f.amount}, p.${p.label}, p.${p.email}`;
  const from = `FROM ${f.sql} f JOIN ${p.sql} p ON p.${p.key} = f.${f.parent}`;
  const list = `${f.key}, ${f.code}, ${f.memo}, ${f.amount}`;
  const both = (union: string, i: number) =>
    form(
      w,
      `SELECT count(*) FROM (SELECT ${list} FROM ${f.sql} WHERE ${f.kind} < ${8 + i} ${union} ` +
        `SELECT ${list} FROM ${f.sql} WHERE ${f.kind} >= ${8 + i}) u`,
      `SELECT max(u.${f.amount}), min(u.${f.code}) FROM (SELECT ${list} FROM ${f.sql} ` +
        `WHERE ${f.kind} <= ${9 + i} ${union} SELECT ${list} FROM ${f.sql} ` +
        `WHERE ${f.kind} > ${9 + i}) u`,
    );
  return [
    defect({
      id: 'needless-distinct/key-selected',
      category: 'statement',
      rules: ['needless-distinct'],
      tables: [f.name, p.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT DISTINCT ${columns} ${from} WHERE f.${f.kind} < ${7 + i} ORDER BY ` +
            `f.${f.amount} DESC LIMIT 20`,
          `SELECT DISTINCT ${columns} ${from} WHERE f.${f.kind} >= ${13 - i} ORDER BY ` +
            `f.${f.amount} LIMIT 20`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT ${columns} ${from} WHERE f.${f.kind} < ${7 + i} ORDER BY f.${f.amount} DESC ` +
          `LIMIT 20`,
      ),
    }),
    ...(d.postgres
      ? [
          defect({
            id: 'needless-distinct/one-table',
            category: 'statement',
            rules: ['needless-distinct'],
            table: f.name,
            tables: [f.name],
            calls: times(
              3,
              (i) =>
                `SELECT DISTINCT ${list} FROM ${f.sql} WHERE ${f.kind} < ${7 + i} ORDER BY ` +
                `${f.memo} LIMIT 9`,
            ),
            healthy: times(
              3,
              (i) =>
                `SELECT ${list} FROM ${f.sql} WHERE ${f.kind} < ${7 + i} ORDER BY ${f.memo} ` +
                `LIMIT 9`,
            ),
          }),
        ]
      : []),
    defect({
      id: 'needless-union/disjoint',
      category: 'statement',
      rules: ['needless-distinct'],
      tables: [f.name],
      calls: times(3, (i) => both('UNION', i)),
      healthy: times(3, (i) => both('UNION ALL', i)),
    }),
    ...(d.engine === 'mysql'
      ? [
          defect({
            id: 'having-for-where/parent',
            category: 'statement',
            rules: ['having-for-where'],
            tables: [f.name],
            calls: times(
              5,
              (i) =>
                `SELECT ${f.parent}, sum(${f.amount}) FROM ${f.sql} GROUP BY ${f.parent} ` +
                `HAVING ${f.parent} = ${p.id(i)}`,
            ),
            healthy: times(
              5,
              (i) =>
                `SELECT ${f.parent}, sum(${f.amount}) FROM ${f.sql} WHERE ${f.parent} = ` +
                `${p.id(i)} GROUP BY ${f.parent}`,
            ),
          }),
        ]
      : []),
  ];
};

const pages: Kind = (w) => {
  const { d, fact: f, log } = w;
  const day = (i: number) => log.day(0.12 * i);
  const date = (i: number) => day(i)[0].replace(/ .*/, "'");
  return [
    defect({
      id: 'large-offset/time',
      category: 'statement',
      rules: ['large-offset'],
      tables: [f.name],
      calls: times(5, (i) => {
        const offset = Math.floor(f.rows * 0.6) + i * 100;
        return form(
          w,
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} ORDER BY ${f.at} LIMIT 20 OFFSET ${offset}`,
          `SELECT ${f.code}, ${f.at} FROM ${f.sql} ORDER BY ${f.key} DESC LIMIT 50 OFFSET ` +
            `${offset}`,
        );
      }),
      healthy: times(
        5,
        (i) =>
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.at} > ${f.when(0.6 + i / 400)} ` +
          `ORDER BY ${f.at} LIMIT 20`,
      ),
    }),
    ...(d.postgres
      ? [
          defect({
            id: 'materialized-cte/code',
            category: 'statement',
            rules: ['materialized-cte'],
            tables: [f.name],
            calls: times(4, (i) =>
              form(
                w,
                `WITH x AS MATERIALIZED (SELECT ${f.key}, ${f.code}, ${f.amount} FROM ${f.sql}) ` +
                  `SELECT * FROM x WHERE ${f.code} = ${f.codeOf(i)}`,
                `WITH x AS MATERIALIZED (SELECT * FROM ${f.sql} WHERE ${f.amount} >= 0) ` +
                  `SELECT x.${f.key}, x.${f.at} FROM x WHERE x.${f.code} = ${f.codeOf(i)} LIMIT 1`,
              ),
            ),
            healthy: times(
              4,
              (i) =>
                `WITH x AS (SELECT ${f.key}, ${f.code}, ${f.amount} FROM ${f.sql}) ` +
                `SELECT * FROM x WHERE ${f.code} = ${f.codeOf(i)}`,
            ),
          }),
        ]
      : []),
    defect({
      id: 'pruning-prevented/function',
      category: 'statement',
      rules: ['partition-pruning-prevented', 'function-on-column'],
      tables: [log.name],
      calls: times(6, (i) =>
        d.postgres
          ? form(
              w,
              `SELECT count(*) FROM ${log.sql} WHERE date_trunc('day', ${log.at}) = ${day(i)[0]}`,
              `SELECT ${log.level}, count(*) FROM ${log.sql} WHERE ${log.at}::date = ` +
                `${date(i)} GROUP BY 1`,
            )
          : form(
              w,
              `SELECT count(*) FROM ${log.sql} WHERE left(${log.at}, 10) = ${date(i)}`,
              `SELECT ${log.level}, count(*) FROM ${log.sql} WHERE date_format(${log.at}, ` +
                `'%Y-%m-%d') = ${date(i)} GROUP BY ${log.level}`,
            ),
      ),
      healthy: times(
        6,
        (i) =>
          `SELECT count(*) FROM ${log.sql} WHERE ${log.at} >= ${day(i)[0]} AND ${log.at} < ` +
          `${day(i)[1]}`,
      ),
    }),
    defect({
      id: 'pruning-prevented/no-key',
      category: 'statement',
      rules: ['partition-pruning-prevented'],
      tables: [log.name],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${log.at}, ${log.message} FROM ${log.sql} WHERE ${log.source} = ${i * 7}`,
          `SELECT count(*), max(l.${log.message}) FROM ${log.sql} l WHERE l.${log.source} = ` +
            `${i * 7} AND l.${log.level} <> 'x'`,
        ),
      ),
      healthy: times(
        10,
        (i) =>
          `SELECT ${log.at}, ${log.message} FROM ${log.sql} WHERE ${log.source} = ${i * 7} ` +
          `AND ${log.at} >= ${log.when(0.9)}`,
      ),
    }),
  ];
};

const kinds = [asksForMore, duplicates, pages];
export const statements: Kind = (world) => kinds.flatMap((kind) => kind(world));
