import type { Case } from '../../case.ts';
import { defect, form, type Kind, times } from '../cases.ts';
import type { Roles } from '../roles.ts';

/** The planner's figures of a table are wrong, and a worse plan comes of it; PostgreSQL. */
export const tablesOf = ({ queue, fact }: Roles) => [queue.name, fact.name];
export const joined = ({ queue: q, fact: f }: Roles, from = q.sql) =>
  `FROM ${from} q JOIN ${f.sql} f ON f.${f.key} = q.${q.fact}`;

/** The queue as it was when it was analysed, and what came since. */
export const refilled = ({ d, queue: q }: Roles, before: string): string[] => [
  `ALTER TABLE ${q.sql} SET (autovacuum_enabled = off)`,
  `CREATE TEMPORARY TABLE kept AS SELECT * FROM ${q.sql}`,
  `TRUNCATE ${q.sql}`,
  `INSERT INTO ${q.sql} (${q.columns}) SELECT ${q.columns} FROM kept WHERE ${before}`,
  `ANALYZE ${d.q(q.name)}`,
  `INSERT INTO ${q.sql} (${q.columns}) SELECT ${q.columns} FROM kept WHERE NOT (${before})`,
];

const stale: Kind = (w) => {
  const { queue: q, fact: f } = w;
  const rules = ['stale-statistics', 'misestimate', 'nested-loop'];
  return [
    defect({
      id: 'stale-statistics/state',
      category: 'estimate',
      rules,
      table: q.name,
      tables: tablesOf(w),
      inject: refilled(w, `${q.state} = ${q.ready}`),
      calls: times(3, (i) =>
        form(
          w,
          `SELECT count(*), sum(f.${f.amount}) ${joined(w)} WHERE q.${q.state} = ${q.done} ` +
            `AND f.${f.kind} <> ${i}`,
          `SELECT f.${f.state}, count(*) ${joined(w)} WHERE q.${q.state} = ${q.done} ` +
            `AND f.${f.amount} > ${i} GROUP BY f.${f.state}`,
        ),
      ),
    }),
    defect({
      id: 'stale-statistics/growth',
      category: 'estimate',
      rules,
      table: q.name,
      tables: tablesOf(w),
      inject: refilled(w, `${q.runAt} < ${q.when(0.3)}`),
      calls: times(3, (i) =>
        form(
          w,
          `SELECT sum(f.${f.amount}) ${joined(w)} WHERE q.${q.runAt} > ${q.when(0.4 + i / 100)}`,
          `SELECT f.${f.kind}, max(f.${f.amount}) ${joined(w)} WHERE q.${q.runAt} ` +
            `BETWEEN ${q.when(0.4 + i / 100)} AND ${q.when(1.1)} GROUP BY f.${f.kind}`,
        ),
      ),
    }),
  ];
};

const never: Kind = (w) => {
  const { d, queue: q, fact: f } = w;
  const name = `${q.name}_import`;
  const table = d.q(name);
  const calls = (from: string) =>
    times(3, (i) =>
      form(
        w,
        `SELECT count(*), sum(f.${f.amount}) ${joined(w, from)} WHERE q.${q.state} = ${q.done} ` +
          `AND q.${q.attempts} = 0 AND f.${f.kind} <> ${i}`,
        `SELECT f.${f.kind}, count(*) ${joined(w, from)} WHERE q.${q.state} = ${q.done} ` +
          `AND q.${q.attempts} = 0 AND f.${f.amount} > ${i} GROUP BY f.${f.kind}`,
      ),
    );
  return [
    defect({
      id: 'never-analyzed/import',
      category: 'estimate',
      rules: ['never-analyzed', 'misestimate', 'nested-loop'],
      table: name,
      tables: tablesOf(w),
      inject: [
        `CREATE TABLE ${table} (LIKE ${q.sql}) WITH (autovacuum_enabled = off)`,
        `INSERT INTO ${table} SELECT * FROM ${q.sql}`,
      ],
      calls: calls(table),
      healthy: calls(q.sql),
    }),
    defect({
      id: 'no-column-statistics/state',
      category: 'estimate',
      rules: ['misestimate', 'stale-statistics', 'never-analyzed', 'nested-loop'],
      table: q.name,
      tables: tablesOf(w),
      inject: [
        `ALTER TABLE ${q.sql} ALTER COLUMN ${q.state} SET STATISTICS 0`,
        `DELETE FROM pg_statistic s USING pg_attribute a WHERE s.starelid = '${q.sql}'::regclass ` +
          `AND a.attrelid = s.starelid AND a.attnum = s.staattnum AND a.attname = ` +
          `'${q.state.replaceAll('"', '')}'`,
      ],
      calls: times(
        3,
        (i) =>
          `SELECT f.${f.kind}, count(*) ${joined(w)} WHERE q.${q.state} = ${q.done} ` +
          `AND f.${f.kind} > ${i} GROUP BY f.${f.kind}`,
      ),
    }),
  ];
};

const correlated: Kind = (w) => {
  const { d, fact: f, line: l, item } = w;
  return [
    defect({
      id: 'correlated-columns/make-model',
      category: 'estimate',
      rules: ['correlated-columns', 'misestimate', 'nested-loop'],
      table: f.name,
      tables: [f.name, l.name, item.name],
      inject: [`DROP STATISTICS ${d.q(f.statistics)}`, `ANALYZE ${d.q(f.name)}`],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT sum(l.${l.price}) FROM ${f.sql} f JOIN ${l.sql} l ON l.${l.fact} = f.${f.key} ` +
            `WHERE f.${f.make} = ${i} AND f.${f.model} = ${i * 2}`,
          `SELECT i.${item.group}, count(*) FROM ${f.sql} f JOIN ${l.sql} l ON l.${l.fact} = ` +
            `f.${f.key} ` +
            `JOIN ${item.sql} i ON i.${item.key} = l.${l.item} WHERE f.${f.model} = ${i * 2} ` +
            `AND f.${f.make} = ${i} GROUP BY i.${item.group}`,
        ),
      ),
    }),
  ];
};

export const estimates: Kind = (world): Case[] =>
  world.d.postgres ? [...stale(world), ...never(world), ...correlated(world)] : [];
