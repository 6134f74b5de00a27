import type { Case } from '../../../case.ts';
import { defect, form, type Kind, times, without } from '../../cases.ts';

/** Orders that no index gives, and columns that are wrapped, in statements of their own. */
const category = 'index' as const;

const topN: Kind = (w) => {
  const { fact: f, parent: p, line: l } = w;
  const rules = ['sort-without-index', 'full-scan'];
  const onFact = { category, rules, table: f.name, tables: [f.name] };
  const first = (count: number) =>
    w.d.postgres ? `FETCH FIRST ${count} ROWS ONLY` : `LIMIT ${count}`;
  return [
    defect({
      ...onFact,
      id: 'top-n-without-index/first',
      inject: without(w, f.name, f.indexes.at),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT * FROM ${f.sql} ORDER BY ${f.at} ${first(i + 3)}`,
          `SELECT ${f.code}, ${f.amount} FROM ${f.sql} WHERE ${f.at} < ${f.when(0.9 - i / 20)} ` +
            `ORDER BY ${f.at} DESC ${first(15)}`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'top-n-without-index/keyset',
      inject: without(w, f.name, f.indexes.code),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${f.code}, ${f.state} FROM ${f.sql} WHERE ${f.code} > ${f.codeOf(i)} ` +
            `ORDER BY ${f.code} ${first(25)}`,
          `SELECT ${f.code} FROM ${f.sql} ORDER BY ${f.code} DESC LIMIT ${i + 1}`,
        ),
      ),
    }),
    defect({
      category,
      rules,
      table: p.name,
      tables: [p.name],
      id: 'min-max-without-index/first-joined',
      inject: without(w, p.name, p.indexes.joined),
      calls: times(10, (i) =>
        form(
          w,
          `SELECT min(${p.joined}) FROM ${p.sql}`,
          `SELECT max(${p.joined}) FROM ${p.sql} WHERE ${p.joined} < ${f.when(0.9 - i / 50)}`,
        ),
      ),
    }),
    defect({
      category,
      rules: [...rules, 'temporary-filesort'],
      table: l.name,
      tables: [l.name],
      id: 'group-order-without-index/details',
      inject: without(w, l.name, l.indexes.fact),
      calls: times(4, (i) =>
        form(
          w,
          `SELECT ${l.fact}, sum(${l.price}) FROM ${l.sql} GROUP BY ${l.fact} ORDER BY ` +
            `${l.fact} DESC LIMIT ${i * 4}`,
          `SELECT ${l.fact}, count(*) FROM ${l.sql} GROUP BY ${l.fact} ORDER BY ${l.fact} ` +
            `LIMIT ${i * 9}`,
        ),
      ),
    }),
    defect({
      ...onFact,
      rules: [...rules, 'low-filtered', 'wrong-index-for-order'],
      id: 'top-n-of-group/first-of-agent',
      inject: without(w, f.name, f.indexes.agentAt),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT min(${f.at}) FROM ${f.sql} WHERE ${f.agent} = ${i * 41}`,
          `SELECT ${f.code}, ${f.at} FROM ${f.sql} WHERE ${f.agent} = ${i * 41} ORDER BY ` +
            `${f.at} LIMIT 2`,
        ),
      ),
    }),
    defect({
      ...onFact,
      rules: [...rules, 'low-filtered', 'wrong-index-for-order'],
      id: 'walks-wrong-index/of-owner',
      inject: without(w, f.name, f.indexes.parent),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i + 60)} ` +
            `ORDER BY ${f.code} DESC LIMIT 1`,
          `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i + 60)} ` +
            `ORDER BY ${f.at} DESC LIMIT 3`,
        ),
      ),
    }),
    defect({
      ...onFact,
      rules: [...rules, 'low-filtered', 'wrong-index-for-order'],
      id: 'walks-wrong-index/end-of-time',
      calls: times(5, (i) =>
        form(
          w,
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.at} >= ${f.when(0.988 + i / 1e3)} ` +
            `ORDER BY ${f.code} LIMIT 3`,
          `SELECT min(${f.code}) FROM ${f.sql} WHERE ${f.at} >= ${f.when(0.988 + i / 1e3)}`,
        ),
      ),
      healthy: times(
        5,
        (i) =>
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.at} >= ${f.when(0.988 + i / 1e3)} ` +
          `ORDER BY ${f.at} LIMIT 3`,
      ),
    }),
  ];
};

const wrapped: Kind = (w) => {
  const { d, fact: f, parent: p } = w;
  const where = (list: string, condition: string) =>
    `SELECT ${list} FROM ${f.sql} WHERE ${condition}`;
  const of = (
    name: string,
    calls: (i: number) => string,
    healthy: (i: number) => string,
    table = f.name,
  ) =>
    defect({
      id: `wrapped-column-${name}/held`,
      category,
      rules: ['function-on-column'],
      table,
      tables: [table],
      calls: times(6, calls),
      healthy: times(6, healthy),
    });
  const byMail = (i: number) => `SELECT ${p.key} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)}`;
  const dayOf = (i: number) => f.day(0.13 * i);
  const inDay = (i: number) => `${f.at} >= ${dayOf(i)[0]} AND ${f.at} < ${dayOf(i)[1]}`;
  const digits = (i: number) => dayOf(i)[0].slice(1, 11).replaceAll('-', '');
  return [
    of(
      'function',
      (i) =>
        form(
          w,
          `SELECT ${p.key} FROM ${p.sql} WHERE upper(${p.email}) = ${p.emailOf(i).toUpperCase()}`,
          `SELECT ${p.label} FROM ${p.sql} WHERE trim(${p.email}) = ${p.emailOf(i)}`,
        ),
      byMail,
      p.name,
    ),
    of(
      'date-part',
      (i) =>
        d.postgres
          ? where('count(*)', `to_char(${f.at}, 'YYYYMMDD') = '${digits(i)}'`)
          : where('count(*)', `date_format(${f.at}, '%Y%m%d') = '${digits(i)}'`),
      (i) => where('count(*)', inDay(i)),
    ),
    of(
      'cast',
      (i) =>
        form(
          w,
          where(
            `${f.key}, ${f.memo}`,
            `CAST(${f.kind} AS ${d.postgres ? 'text' : 'char'}) = '${i}' AND ${f.agent} + 0 = ` +
              `${i * 17}`,
          ),
          where(
            'max(' + f.amount + ')',
            `CAST(${f.agent} AS ${d.postgres ? 'varchar' : 'char'}) = '${i * 17}'`,
          ),
        ),
      (i) =>
        form(
          w,
          where(`${f.key}, ${f.memo}`, `${f.kind} = ${i} AND ${f.agent} = ${i * 17}`),
          where('max(' + f.amount + ')', `${f.agent} = ${i * 17}`),
        ),
    ),
    of(
      'arithmetic',
      (i) =>
        form(
          w,
          where('count(*)', `${f.agent} * 2 = ${i * 34}`),
          where(f.code, `${f.agent} - 1 = ${i * 17 - 1} AND ${f.amount} > 1`),
        ),
      (i) =>
        form(
          w,
          where('count(*)', `${f.agent} = ${i * 17}`),
          where(f.code, `${f.agent} = ${i * 17} AND ${f.amount} > 1`),
        ),
    ),
    of(
      'concatenation',
      (i) =>
        d.postgres
          ? form(
              w,
              where(f.key, `${f.code} || '#' = ${f.codeOf(i).slice(0, -1)}#'`),
              where(f.key, `'id:' || ${f.code} = 'id:${f.codeOf(i).slice(1)}`),
            )
          : where(f.key, `concat('id:', ${f.code}) = 'id:${f.codeOf(i).slice(1)}`),
      (i) => where(f.key, `${f.code} = ${f.codeOf(i)}`),
    ),
    of(
      'coalesce',
      (i) =>
        form(
          w,
          where('count(*)', `coalesce(${f.voucher}, ${f.memo}) = ${f.voucherOf(i)}`),
          where(f.key, `nullif(${f.voucher}, '') = ${f.voucherOf(i)}`),
        ),
      (i) => where('count(*)', `${f.voucher} = ${f.voucherOf(i)}`),
    ),
    of(
      'case',
      (i) =>
        form(
          w,
          where(
            'max(' + f.amount + ')',
            `CASE WHEN ${f.amount} >= 0 THEN ${f.agent} ELSE -1 END = ${i * 19}`,
          ),
          where(
            f.code,
            `(CASE WHEN ${f.voucher} IS NULL THEN 'none' ELSE ${f.voucher} END) = ` +
              `${f.voucherOf(i)}`,
          ),
        ),
      (i) =>
        form(
          w,
          where('max(' + f.amount + ')', `${f.agent} = ${i * 19}`),
          where(f.code, `${f.voucher} = ${f.voucherOf(i)}`),
        ),
    ),
    of(
      'substring',
      (i) => {
        const prefix = f.codePrefix(i);
        return form(
          w,
          where('count(*)', `substring(${f.code}, 1, ${prefix.length}) = '${prefix}'`),
          where('min(' + f.at + ')', `replace(${f.code}, ' ', '') = ${f.codeOf(i)}`),
        );
      },
      (i) =>
        form(
          w,
          where('count(*)', `${f.code} LIKE '${f.codePrefix(i)}%'`),
          where('min(' + f.at + ')', `${f.code} = ${f.codeOf(i)}`),
        ),
    ),
  ];
};

const casts: Kind = (w) => {
  const { d, fact: f } = w;
  const rules = ['implicit-cast', 'function-on-column', 'full-scan'];
  const onFact = { category, rules, table: f.name, tables: [f.name] };
  const value = (i: number) => `${i * 23}`;
  return [
    d.postgres
      ? defect({
          ...onFact,
          id: 'implicit-cast/decimal',
          calls: times(6, (i) =>
            form(
              w,
              `SELECT count(*) FROM ${f.sql} WHERE ${f.agent} = ${value(i)}.00`,
              `SELECT ${f.code} FROM ${f.sql} WHERE ${f.agent} = ${value(i)}::numeric`,
            ),
          ),
          healthy: times(6, (i) => `SELECT count(*) FROM ${f.sql} WHERE ${f.agent} = ${value(i)}`),
        })
      : defect({
          ...onFact,
          id: 'implicit-cast/number-for-text',
          calls: times(
            6,
            (i) => `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.code} = ${i * 7}`,
          ),
          healthy: times(
            6,
            (i) => `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.code} = '${i * 7}'`,
          ),
        }),
  ];
};

const compared: Kind = (w) => {
  const { d, fact: f, parent: p, hot: h } = w;
  const text = (column: string) =>
    d.postgres ? `CAST(${column} AS text)` : `CAST(${column} AS char)`;
  const join = (on: string, i: number) =>
    `SELECT count(*), max(e.${f.at}) FROM ${f.sql} e INNER JOIN ${h.sql} h ON ${on} ` +
    `WHERE h.${h.key} = ${h.id(i)}`;
  return [
    defect({
      id: 'wrapped-column-join/of-owner',
      category,
      rules: ['function-on-column', 'nested-loop', 'join-buffer', 'full-scan'],
      table: f.name,
      tables: [f.name, h.name],
      calls: times(4, (i) => join(`${text(`e.${f.parent}`)} = ${text(`h.${h.owner}`)}`, i)),
      healthy: times(4, (i) => join(`e.${f.parent} = h.${h.owner}`, i)),
    }),
    ...(d.postgres
      ? [
          defect({
            id: 'other-collation/login',
            category,
            rules: ['implicit-cast', 'function-on-column', 'full-scan'],
            table: p.name,
            tables: [p.name],
            calls: times(
              6,
              (i) =>
                `SELECT ${p.key}, ${p.label} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)} ` +
                'COLLATE "POSIX"',
            ),
            healthy: times(
              6,
              (i) => `SELECT ${p.key}, ${p.label} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)}`,
            ),
          }),
        ]
      : []),
  ];
};

export const heldOutOrders: Kind = (world): Case[] => [
  ...topN(world),
  ...wrapped(world),
  ...casts(world),
  ...compared(world),
];
