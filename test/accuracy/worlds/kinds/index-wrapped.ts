import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';

/** An index is of no use to a column inside an expression, or compared with another type. */
interface Wrapped {
  name: string;
  table: string;
  calls: (i: number) => string;
  healthy: (i: number) => string;
}

const wrapped = (it: Wrapped): Case =>
  defect({
    id: `wrapped-column-${it.name}/where`,
    category: 'index',
    rules: ['function-on-column'],
    table: it.table,
    tables: [it.table],
    calls: times(8, it.calls),
    healthy: times(8, it.healthy),
  });

const onFact: Kind = (w) => {
  const { d, fact: f, parent: p } = w;
  const from = (columns: string) => `SELECT ${columns} FROM ${f.sql} WHERE`;
  const day = (i: number) => f.day(0.08 * i);
  const date = (i: number) => day(i)[0].replace(/ .*/, "'");
  const minute = d.postgres ? `interval '1 hour'` : 'INTERVAL 1 HOUR';
  return [
    wrapped({
      name: 'cast',
      table: f.name,
      calls: (i) =>
        d.postgres
          ? form(
              w,
              `${from('count(*)')} ${f.at}::date = ${day(i)[0]}::date`,
              `${from(`${f.key}, ${f.amount}`)} CAST(${f.at} AS date) = date ${date(i)}`,
            )
          : `${from('count(*)')} CAST(${f.at} AS date) = ${date(i)}`,
      healthy: (i) => `${from('count(*)')} ${f.at} >= ${day(i)[0]} AND ${f.at} < ${day(i)[1]}`,
    }),
    wrapped({
      name: 'date-part',
      table: f.name,
      calls: (i) =>
        d.postgres
          ? form(
              w,
              `${from('sum(' + f.amount + ')')} date_trunc('day', ${f.at}) = ${day(i)[0]}`,
              `${from('count(*)')} to_char(${f.at}, 'YYYY-MM-DD') = ${date(i)}`,
            )
          : form(
              w,
              // MariaDB turns a comparison of date() into a range.
              `${from('sum(' + f.amount + ')')} ` +
                (d.engine === 'mysql'
                  ? `date(${f.at}) = ${date(i)}`
                  : `date_format(${f.at}, '%Y-%m-%d') = ${date(i)}`),
              `${from('count(*)')} date_format(${f.at}, '%Y-%m-%d') = ${date(i)}`,
            ),
      healthy: (i) =>
        `${from('sum(' + f.amount + ')')} ${f.at} >= ${day(i)[0]} AND ${f.at} < ${day(i)[1]}`,
    }),
    wrapped({
      name: 'arithmetic',
      table: f.name,
      calls: (i) =>
        form(
          w,
          `${from(`${f.key}, ${f.at}`)} ${f.at} + ${minute} > ${f.when(0.99 + i / 1_000)}`,
          `${from('count(*)')} ${f.at} - ${minute} >= ${f.when(0.99 + i / 1_000)}`,
        ),
      healthy: (i) => `${from(`${f.key}, ${f.at}`)} ${f.at} > ${f.when(0.99 + i / 1_000)}`,
    }),
    wrapped({
      name: 'concatenation',
      table: f.name,
      calls: (i) =>
        d.postgres
          ? form(
              w,
              `${from(f.key)} ${f.kind} || '/' || ${f.agent} = '${i}/${i * 17}'`,
              `${from(f.key)} ${f.code} || '' = ${f.codeOf(i)}`,
            )
          : `${from(f.key)} concat(${f.kind}, '/', ${f.agent}) = '${i}/${i * 17}'`,
      healthy: (i) => `${from(f.key)} ${f.kind} = ${i} AND ${f.agent} = ${i * 17}`,
    }),
    wrapped({
      name: 'coalesce',
      table: f.name,
      calls: (i) =>
        form(
          w,
          `${from(`${f.key}, ${f.amount}`)} coalesce(${f.voucher}, '') = ${f.voucherOf(i)}`,
          `${from('count(*)')} coalesce(${f.voucher}, 'none') = ${f.voucherOf(i)}`,
        ),
      healthy: (i) => `${from(`${f.key}, ${f.amount}`)} ${f.voucher} = ${f.voucherOf(i)}`,
    }),
    wrapped({
      name: 'case',
      table: f.name,
      calls: (i) =>
        form(
          w,
          `${from(`${f.key}`)} CASE WHEN ${f.kind} < 90 THEN ${f.parent} END = ${p.id(i)}`,
          `${from(`${f.key}, ${f.at}`)} CASE ${f.voucher} WHEN 'x' THEN 'y' ELSE ${f.voucher} ` +
            `END = ${f.voucherOf(i)}`,
        ),
      healthy: (i) =>
        form(
          w,
          `${from(`${f.key}`)} ${f.parent} = ${p.id(i)}`,
          `${from(`${f.key}, ${f.at}`)} ${f.voucher} = ${f.voucherOf(i)}`,
        ),
    }),
    wrapped({
      name: 'substring',
      table: f.name,
      calls: (i) => {
        const prefix = f.codePrefix(i);
        return form(
          w,
          `${from('count(*)')} left(${f.code}, ${prefix.length}) = '${prefix}'`,
          `${from('count(*)')} substr(${f.code}, 1, ${prefix.length}) = '${prefix}'`,
        );
      },
      healthy: (i) => `${from('count(*)')} ${f.code} LIKE '${f.codePrefix(i)}%'`,
    }),
  ];
};

const lower: Kind = (w) => {
  const { d, parent: p } = w;
  return [
    defect({
      id: 'wrapped-column-function/lower',
      category: 'index',
      rules: ['function-on-column'],
      table: p.name,
      tables: [p.name],
      ...(d.postgres
        ? { inject: without(w, p.name, p.indexes.lower) }
        : {
            healthy: times(
              10,
              (i) => `SELECT ${p.key} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)}`,
            ),
          }),
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${p.key}, ${p.label} FROM ${p.sql} WHERE ${p.lowerExpression} = ` +
            `lower(${p.emailOf(i)})`,
          `SELECT c.${p.key} FROM ${p.sql} c WHERE lower(c.${p.email}) = ` +
            `${p.emailOf(i).toLowerCase()}`,
        ),
      ),
    }),
  ];
};

const joined: Kind = (w) => {
  const { d, fact: f, line: l } = w;
  const text = (column: string) => (d.postgres ? `${column}::text` : `concat(${column}, '')`);
  const join = (on: string, i: number) =>
    `SELECT l.${l.quantity}, l.${l.price} FROM ${f.sql} f JOIN ${l.sql} l ON ${on} ` +
    `WHERE f.${f.code} = ${f.codeOf(i)}`;
  return [
    defect({
      id: 'wrapped-column-join/as-text',
      category: 'index',
      rules: ['function-on-column', 'nested-loop', 'join-buffer', 'full-scan'],
      table: l.name,
      tables: [f.name, l.name],
      calls: times(4, (i) => join(`${text(`l.${l.fact}`)} = ${text(`f.${f.key}`)}`, i)),
      healthy: times(4, (i) => join(`l.${l.fact} = f.${f.key}`, i)),
    }),
  ];
};

const casts: Kind = (w) => {
  const { d, fact: f, parent: p, line: l } = w;
  const rules = ['implicit-cast', 'function-on-column', 'full-scan'];
  const numeric = /^\d+$/.test(f.id(1));
  return [
    ...(d.postgres && numeric
      ? [
          defect({
            id: 'implicit-cast/number',
            category: 'index',
            rules,
            table: l.name,
            tables: [l.name],
            calls: times(8, (i) => `SELECT ${l.item} FROM ${l.sql} WHERE ${l.fact} = ${f.id(i)}.0`),
            healthy: times(8, (i) => `SELECT ${l.item} FROM ${l.sql} WHERE ${l.fact} = ${f.id(i)}`),
          }),
        ]
      : []),
    ...(d.postgres
      ? [
          defect({
            id: 'other-collation/email',
            category: 'index',
            rules,
            table: p.name,
            tables: [p.name],
            calls: times(
              8,
              (i) =>
                `SELECT ${p.key} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)} COLLATE "POSIX"`,
            ),
            healthy: times(
              8,
              (i) => `SELECT ${p.key} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)}`,
            ),
          }),
        ]
      : [
          defect({
            id: 'implicit-cast/text',
            category: 'index',
            rules,
            table: f.name,
            tables: [f.name],
            calls: times(8, (i) => `SELECT ${f.key} FROM ${f.sql} WHERE ${f.voucher} = ${i * 11}`),
            healthy: times(
              8,
              (i) => `SELECT ${f.key} FROM ${f.sql} WHERE ${f.voucher} = '${i * 11}'`,
            ),
          }),
        ]),
  ];
};

export const indexWrapped: Kind = (world): Case[] => [
  ...onFact(world),
  ...lower(world),
  ...joined(world),
  ...casts(world),
];
