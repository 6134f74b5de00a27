import type { Case } from '../../../case.ts';
import { defect, form, type Kind, times, underSettings, without } from '../../cases.ts';
import { joined, refilled, tablesOf } from '../../kinds/estimates.ts';
import { analyzedAfterwards, besides, inserts, invalid } from '../../kinds/maintenance.ts';
import { createIndex } from '../../table.ts';

/** Estimates, maintenance and configuration, seen by other statements. */
const estimates: Kind = (w) => {
  const { d, queue: q, fact: f, line: l } = w;
  if (!d.postgres) return [];
  const category = 'estimate' as const;
  const stale = ['stale-statistics', 'misestimate', 'nested-loop'];
  const copied = `${q.name}_staging`;
  const fromCopy = (table: string) =>
    times(3, (i) =>
      form(
        w,
        `SELECT f.${f.state}, sum(f.${f.amount}) ${joined(w, table)} WHERE q.${q.attempts} = 0 ` +
          `AND q.${q.state} = ${q.done} AND f.${f.agent} > ${i} GROUP BY f.${f.state}`,
        `SELECT max(f.${f.at}) ${joined(w, table)} WHERE q.${q.state} = ${q.done} AND ` +
          `q.${q.attempts} = 0 AND f.${f.amount} <> ${i}`,
      ),
    );
  return [
    defect({
      id: 'stale-statistics/since-loaded',
      category,
      rules: stale,
      table: q.name,
      tables: tablesOf(w),
      inject: refilled(w, `${q.runAt} < ${q.when(0.02)}`),
      calls: times(3, (i) =>
        form(
          w,
          `SELECT f.${f.kind}, count(*) ${joined(w)} WHERE q.${q.runAt} >= ` +
            `${q.when(0.3 + i / 50)} AND q.${q.state} = ${q.done} GROUP BY f.${f.kind}`,
          `SELECT avg(f.${f.amount}) ${joined(w)} WHERE q.${q.runAt} BETWEEN ` +
            `${q.when(0.3 + i / 50)} AND ${q.when(0.9)}`,
        ),
      ),
    }),
    defect({
      id: 'never-analyzed/staging',
      category,
      rules: ['never-analyzed', 'misestimate', 'nested-loop'],
      table: copied,
      tables: tablesOf(w),
      inject: [
        `CREATE TABLE ${d.q(copied)} (LIKE ${q.sql}) WITH (autovacuum_enabled = off)`,
        `INSERT INTO ${d.q(copied)} SELECT * FROM ${q.sql}`,
      ],
      calls: fromCopy(d.q(copied)),
      healthy: fromCopy(q.sql),
    }),
    defect({
      id: 'correlated-columns/pair',
      category,
      rules: ['correlated-columns', 'misestimate', 'nested-loop'],
      table: f.name,
      tables: [f.name, l.name],
      inject: [`DROP STATISTICS ${d.q(f.statistics)}`, `ANALYZE ${d.q(f.name)}`],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT f.${f.state}, avg(l.${l.price}) FROM ${f.sql} f INNER JOIN ${l.sql} l ON ` +
            `l.${l.fact} = f.${f.key} ` +
            `WHERE f.${f.model} = ${i * 2 + 1} AND f.${f.make} = ${i} GROUP BY f.${f.state}`,
          `SELECT sum(l.${l.price}) FROM ${l.sql} l JOIN ${f.sql} f ON f.${f.key} = l.${l.fact} ` +
            `WHERE (f.${f.make}, f.${f.model}) = (${i}, ${i * 2 + 1})`,
        ),
      ),
    }),
  ];
};

const maintenance: Kind = (w) => {
  const { d, fact: f, hot: h, queue: q, parent: p } = w;
  const category = 'maintenance' as const;
  const table = { category, table: f.name, tables: [f.name] };
  const prefix = f.name.toLowerCase();
  const add = (name: string, on: string) =>
    createIndex(d, f.name, { name: `${prefix}_${name}`, on });
  const updates = times(
    5,
    (i) =>
      `UPDATE ${f.sql} SET ${f.agent} = ${f.agent} + 1 WHERE ${f.kind} = ${i} AND ${f.agent} < 60`,
  );
  const written = [
    defect({
      ...table,
      id: 'redundant-index/same-again',
      rules: ['redundant-index', 'unused-index', 'write-amplification'],
      inject: besides(w, [add('again', form(w, `${f.agent}, ${f.at}`, f.parent))]),
      calls: form(w, updates, inserts(w)),
    }),
    defect({
      ...table,
      id: 'unused-index/of-old',
      rules: ['unused-index', 'write-amplification'],
      inject: besides(w, [add('old', form(w, `${f.model}, ${f.memo}`, `${f.amount}, ${f.state}`))]),
      calls: inserts(w),
    }),
    defect({
      ...table,
      id: 'write-amplification/one-each',
      rules: ['write-amplification', 'unused-index', 'redundant-index'],
      inject: besides(
        w,
        [
          f.make,
          f.model,
          f.amount,
          f.memo,
          f.state,
          `${f.memo}, ${f.code}`,
          `${f.amount}, ${f.memo}`,
          `${f.state}, ${f.agent}`,
          `${f.model}, ${f.amount}`,
          `${f.make}, ${f.at}`,
        ].map((on, i) => add(`each${i}`, on)),
      ),
      calls: form(w, inserts(w), updates),
    }),
  ];
  if (!d.postgres) return written;
  const off = (sql: string) => `ALTER TABLE ${sql} SET (autovacuum_enabled = off)`;
  const again = (sql: string, count: number) => Array.from({ length: count }, () => sql);
  return [
    ...written,
    defect({
      ...table,
      id: 'invalid-index/of-owner',
      rules: ['invalid-index', 'full-scan'],
      inject: [
        ...without(w, f.name, f.indexes.parent),
        ...invalid(w, `${prefix}_owner2`, f.parent),
      ],
      calls: times(
        6,
        (i) => `SELECT count(*), min(${f.at}) FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)}`,
      ),
    }),
    defect({
      ...table,
      id: 'invalid-index/kept-up',
      rules: ['invalid-index', 'unused-index', 'write-amplification'],
      inject: besides(w, invalid(w, `${prefix}_half`, `${f.amount}, ${f.code}`)),
      calls: inserts(w),
    }),
    defect({
      id: 'bloat/notes',
      category,
      rules: ['bloat'],
      table: h.name,
      tables: [h.name],
      inject: [
        off(h.sql),
        ...again(`UPDATE ${h.sql} SET ${h.seen} = ${h.seen} + interval '2 seconds'`, 7),
        ...analyzedAfterwards(w, h.name),
      ],
      calls: times(8, (i) =>
        form(
          w,
          `SELECT max(${h.note}), count(*) FROM ${h.sql} WHERE ${h.note} > 'by ${i % 3}'`,
          `SELECT left(${h.note}, 4), count(*) FROM ${h.sql} WHERE ${h.note} <> 'x${i}' GROUP BY 1`,
        ),
      ),
    }),
    defect({
      id: 'bloat/attempts',
      category,
      rules: ['bloat'],
      table: q.name,
      tables: [q.name],
      inject: [
        off(q.sql),
        ...again(`UPDATE ${q.sql} SET ${q.payload} = ${q.payload}`, 6),
        ...analyzedAfterwards(w, q.name),
      ],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT ${q.attempts}, count(*) FROM ${q.sql} WHERE ${q.state} = ${q.done} AND ` +
            `${q.attempts} < ${8 + i} GROUP BY ${q.attempts} ORDER BY ${q.attempts}`,
          `SELECT ${q.state}, max(${q.attempts}) FROM ${q.sql} WHERE ${q.attempts} <= ` +
            `${8 + i} GROUP BY ${q.state}`,
        ),
      ),
    }),
    defect({
      ...table,
      id: 'vacuum-overdue/covered',
      category,
      rules: ['vacuum-overdue'],
      inject: [off(f.sql), `UPDATE ${f.sql} SET ${f.memo} = ${f.memo} WHERE ${f.kind} IN (13, 17)`],
      calls: times(6, (i) =>
        form(
          w,
          `SELECT count(DISTINCT ${f.agent}) FROM ${f.sql} WHERE ${f.kind} = ${i}`,
          `SELECT ${f.agent}, ${f.kind} FROM ${f.sql} WHERE ${f.kind} = ${i} AND ${f.agent} >= 20`,
        ),
      ),
    }),
  ];
};

const configuration: Kind = (w) => {
  const { d, fact: f, line: l, parent: p } = w;
  const category = 'configuration' as const;
  const sort = { work_mem: '64kB' };
  const group = d.postgres ? sort : { tmp_table_size: '16384', max_heap_table_size: '16384' };
  const below = d.postgres ? 13 : 3;
  const enough = { tmp_table_size: '67108864', max_heap_table_size: '67108864' };
  const grouped = times(3, (i) =>
    form(
      w,
      `SELECT ${f.memo}, ${f.amount}, count(*) FROM ${f.sql} WHERE ${f.kind} < ${below + i} ` +
        `GROUP BY ${f.memo}, ${f.amount}`,
      `SELECT count(*) FROM (SELECT ${f.memo}, ${f.amount}, max(${f.agent}) FROM ${f.sql} ` +
        `WHERE ${f.kind} < ${below + i} GROUP BY ${f.memo}, ${f.amount}) g`,
    ),
  );
  return [
    defect({
      id: 'memory-too-small/groups',
      category,
      rules: ['spill', 'temporary-filesort'],
      tables: [f.name],
      settings: group,
      calls: grouped,
      // Where settings are of the server, the other side has them too.
      ...(d.postgres ? {} : { healthy: underSettings(w, enough, grouped) }),
    }),
    ...(d.postgres
      ? [
          defect({
            id: 'memory-too-small/ordered-export',
            category,
            rules: ['spill', 'temporary-filesort'],
            tables: [f.name],
            settings: sort,
            calls: times(3, (i) =>
              form(
                w,
                `SELECT ${f.memo}, ${f.code} FROM ${f.sql} WHERE ${f.kind} >= ${7 - i} ORDER BY ` +
                  `${f.memo} DESC`,
                `SELECT ${f.memo}, ${f.code}, lag(${f.code}) OVER (ORDER BY ${f.memo}) FROM ` +
                  `${f.sql} WHERE ${f.kind} >= ${7 - i}`,
              ),
            ),
          }),

          defect({
            id: 'planner-switched-off/indexes',
            category,
            rules: ['planner-switched-off', 'full-scan'],
            tables: [p.name],
            settings: { enable_indexscan: 'off', enable_bitmapscan: 'off' },
            calls: times(
              10,
              (i) =>
                `SELECT ${p.label}, ${p.area} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)}`,
            ),
          }),
          defect({
            id: 'planner-switched-off/loops',
            category,
            rules: ['planner-switched-off'],
            tables: [f.name, l.name],
            settings: { enable_nestloop: 'off' },
            calls: times(
              4,
              (i) =>
                `SELECT e.${f.code}, sum(l.${l.price}) FROM ${f.sql} e JOIN ${l.sql} l ON ` +
                `l.${l.fact} = e.${f.key} WHERE e.${f.parent} = ${p.id(i)} GROUP BY e.${f.code}`,
            ),
          }),
          defect({
            id: 'planner-switched-off/hashes',
            category,
            rules: ['planner-switched-off', 'nested-loop'],
            tables: [f.name, p.name],
            settings: { enable_hashjoin: 'off', enable_mergejoin: 'off' },
            calls: times(
              3,
              (i) =>
                `SELECT p.${p.area}, max(e.${f.amount}) FROM ${p.sql} p JOIN ${f.sql} e ` +
                `ON e.${f.parent} = p.${p.key} WHERE e.${f.kind} BETWEEN ${i} AND ${i + 4} ` +
                `GROUP BY p.${p.area}`,
            ),
          }),
        ]
      : []),
  ];
};

export const heldOutUpkeep: Kind = (world): Case[] => [
  ...estimates(world),
  ...maintenance(world),
  ...configuration(world),
];
