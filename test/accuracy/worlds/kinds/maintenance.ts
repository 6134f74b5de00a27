import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';
import type { Roles } from '../roles.ts';
import { createIndex } from '../table.ts';

/** Tables and indexes that nobody looks after. */
const category = 'maintenance' as const;
const prefix = (world: Roles) => world.fact.name.toLowerCase();

/** Reads by each index of the fact table: none of them is unused. */
export const touched = ({ fact: f, parent: p }: Roles): string[] => [
  `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.key} = ${f.id(1)}`,
  `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.parent} = ${p.id(1)}`,
  `SELECT max(${f.at}) FROM ${f.sql}`,
  `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(1)}`,
  `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.kind} = 1 AND ${f.agent} = 1`,
  `SELECT max(${f.at}) FROM ${f.sql} WHERE ${f.agent} = 1`,
  `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.voucher} = ${f.voucherOf(1)}`,
  `SELECT ${f.amount} FROM ${f.sql} WHERE ${f.state} = ${f.rare} AND ${f.at} > ${f.when(0.9)}`,
];

/**
 * MySQL and MariaDB forget how often indexes of a table were read when one is made; in PostgreSQL a
 * new one could be read instead of the others.
 */
export const besides = (world: Roles, made: readonly string[]): string[] =>
  world.d.postgres ? [...touched(world), ...made] : [...made, ...touched(world)];

const rowsEach = 150;
/** New rows, some hundred a call: written out where a write with a subquery is not planned. */
export const inserts = ({ d, fact: f }: Roles): string[] =>
  times(6, (i) => {
    const into = `INSERT INTO ${f.sql} (${f.columns})`;
    const row = (n: string) => f.valuesOf(`(${n} + ${i * rowsEach})`);
    return d.postgres
      ? `${into} SELECT ${row('n')} FROM ${d.series(rowsEach)}`
      : `${into} VALUES ${times(rowsEach, (n) => `(${row(String(n))})`).join(', ')}`;
  });

/** Counts of rows written go to the server once a second; only then is ANALYZE the later. */
export const analyzedAfterwards = ({ d }: Roles, table: string): string[] => [
  'SELECT pg_sleep(1.1)',
  `ANALYZE ${d.q(table)}`,
];

const writes: Kind = (w) => {
  const { d, fact: f } = w;
  const add = (name: string, on: string) =>
    createIndex(d, f.name, { name: `${prefix(w)}_${name}`, on });
  const table = { category, table: f.name, tables: [f.name] };
  const update = times(
    6,
    (i) => `UPDATE ${f.sql} SET ${f.kind} = ${f.kind} + 1 WHERE ${f.agent} = ${i * 9}`,
  );
  return [
    defect({
      ...table,
      id: 'redundant-index/prefix',
      rules: ['redundant-index', 'unused-index', 'write-amplification'],
      inject: besides(w, [add('extra', form(w, f.kind, f.agent))]),
      calls: form(w, inserts(w), update),
    }),
    defect({
      ...table,
      id: 'unused-index/nobody-asks',
      rules: ['unused-index', 'write-amplification'],
      inject: besides(w, [add('amounts', form(w, `${f.amount}, ${f.memo}`, f.memo))]),
      calls: inserts(w),
    }),
    defect({
      ...table,
      id: 'write-amplification/nine-more',
      rules: ['write-amplification', 'unused-index', 'redundant-index'],
      inject: besides(
        w,
        [
          f.amount,
          f.memo,
          `${f.make}, ${f.memo}`,
          `${f.model}, ${f.at}`,
          `${f.amount}, ${f.at}`,
          `${f.memo}, ${f.kind}`,
          `${f.make}, ${f.parent}`,
          `${f.state}, ${f.amount}`,
          `${f.kind}, ${f.amount}`,
        ].map((columns, i) => add(`more${i}`, columns)),
      ),
      calls: form(w, update, inserts(w)),
    }),
  ];
};

/** A build that failed leaves it behind. */
export const invalid = (w: Roles, name: string, on: string): string[] => [
  createIndex(w.d, w.fact.name, { name, on }),
  `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${name}'::regclass`,
];

const unfinished: Kind = (w) => {
  const { fact: f } = w;
  const table = { category, table: f.name, tables: [f.name] };
  return [
    defect({
      ...table,
      id: 'invalid-index/read',
      rules: ['invalid-index', 'full-scan'],
      inject: [
        ...without(w, f.name, f.indexes.code),
        ...invalid(w, `${prefix(w)}_by_code`, f.code),
      ],
      calls: times(
        8,
        (i) => `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`,
      ),
    }),
    defect({
      ...table,
      id: 'invalid-index/written',
      rules: ['invalid-index', 'unused-index', 'write-amplification'],
      inject: besides(w, invalid(w, `${prefix(w)}_by_memo`, `${f.memo}, ${f.code}`)),
      calls: inserts(w),
    }),
  ];
};

const dead: Kind = (w) => {
  const { hot: h, queue: q, fact: f } = w;
  const off = (table: string) => `ALTER TABLE ${table} SET (autovacuum_enabled = off)`;
  const again = (sql: string) => Array.from({ length: 6 }, () => sql);
  return [
    defect({
      id: 'bloat/hot',
      category,
      rules: ['bloat'],
      table: h.name,
      tables: [h.name],
      inject: [
        off(h.sql),
        ...again(`UPDATE ${h.sql} SET ${h.seen} = ${h.seen} + interval '1 second'`),
        ...analyzedAfterwards(w, h.name),
      ],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${h.owner}, count(*) FROM ${h.sql} GROUP BY ${h.owner} ORDER BY 2 DESC ` +
            `LIMIT ${i}`,
          `SELECT min(${h.note}), count(*) FROM ${h.sql} WHERE ${h.seen} > ` + `${h.when(i / 50)}`,
        ),
      ),
    }),
    defect({
      id: 'bloat/queue',
      category,
      rules: ['bloat'],
      table: q.name,
      tables: [q.name],
      inject: [
        off(q.sql),
        ...again(`UPDATE ${q.sql} SET ${q.attempts} = ${q.attempts} + 1`),
        `UPDATE ${q.sql} SET ${q.attempts} = ${q.attempts} - 6`,
        ...analyzedAfterwards(w, q.name),
      ],
      calls: times(5, (i) =>
        form(
          w,
          `SELECT ${q.state}, count(*), avg(${q.attempts}) FROM ${q.sql} WHERE ${q.attempts} ` +
            `< ${10 + i} GROUP BY ${q.state}`,
          `SELECT ${q.attempts}, max(${q.runAt}) FROM ${q.sql} WHERE ${q.attempts} <> ${10 + i} ` +
            `GROUP BY ${q.attempts}`,
        ),
      ),
    }),
    defect({
      id: 'vacuum-overdue/index-only',
      category,
      rules: ['vacuum-overdue'],
      table: f.name,
      tables: [f.name],
      inject: [
        off(f.sql),
        `UPDATE ${f.sql} SET ${f.amount} = ${f.amount} + 1 WHERE ${f.kind} = 7 OR ${f.kind} = 11`,
      ],
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.agent}, count(*) FROM ${f.sql} WHERE ${f.kind} = ${i % 7} GROUP BY ` +
            `${f.agent}`,
          `SELECT count(*) FROM ${f.sql} WHERE ${f.kind} = ${i % 7} AND ${f.agent} < 300`,
        ),
      ),
    }),
  ];
};

export const maintenance: Kind = (world): Case[] =>
  world.d.postgres ? [...writes(world), ...unfinished(world), ...dead(world)] : [...writes(world)];
