import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, underSettings } from '../cases.ts';

/** What the role was given does not fit what it does. */
const category = 'configuration' as const;

const memory: Kind = (w) => {
  const { d, fact: f } = w;
  const sort = { work_mem: '64kB' };
  const group = d.postgres ? sort : { tmp_table_size: '16384', max_heap_table_size: '16384' };
  // A temporary table on disk is that much slower.
  const above = d.postgres ? 6 : 16;
  const enough = { tmp_table_size: '67108864', max_heap_table_size: '67108864' };
  const grouped = times(3, (i) =>
    form(
      w,
      `SELECT ${f.memo}, ${f.amount}, count(*) FROM ${f.sql} WHERE ${f.kind} > ${above - i} ` +
        `GROUP BY ${f.memo}, ${f.amount}`,
      `SELECT count(*) FROM (SELECT DISTINCT ${f.memo}, ${f.amount}, ${f.agent} FROM ${f.sql} ` +
        `WHERE ${f.kind} > ${above - i}) x`,
    ),
  );
  return [
    defect({
      id: 'memory-too-small/group',
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
            id: 'memory-too-small/sort',
            category,
            rules: ['spill', 'temporary-filesort'],
            tables: [f.name],
            settings: sort,
            calls: times(3, (i) =>
              form(
                w,
                `SELECT ${f.key}, ${f.memo} FROM ${f.sql} WHERE ${f.kind} < ${14 + i} ORDER ` +
                  `BY ${f.memo}`,
                `SELECT ${f.key}, ${f.memo}, rank() OVER (ORDER BY ${f.memo}) FROM ${f.sql} ` +
                  `WHERE ${f.kind} < ${14 + i}`,
              ),
            ),
          }),

          defect({
            id: 'memory-too-small/distinct',
            category,
            rules: ['spill'],
            tables: [f.name],
            settings: { work_mem: '64kB' },
            calls: times(3, (i) =>
              form(
                w,
                `SELECT count(DISTINCT concat(${f.memo}, ${f.code})) FROM ${f.sql} ` +
                  `WHERE ${f.kind} < ${10 + i}`,
                `SELECT count(DISTINCT concat(${f.code}, ${f.memo})), max(${f.amount}) FROM ` +
                  `${f.sql} WHERE ${f.kind} > ${10 - i}`,
              ),
            ),
          }),
        ]
      : []),
  ];
};

const switchedOff: Kind = (w) => {
  const { d, fact: f, line: l, parent: p } = w;
  if (!d.postgres) return [];
  const rules = ['planner-switched-off'];
  return [
    defect({
      id: 'planner-switched-off/index-scan',
      category,
      rules: [...rules, 'full-scan'],
      tables: [f.name],
      settings: { enable_indexscan: 'off', enable_bitmapscan: 'off', enable_indexonlyscan: 'off' },
      calls: times(
        8,
        (i) => `SELECT ${f.amount}, ${f.at} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`,
      ),
    }),
    defect({
      id: 'planner-switched-off/nested-loop',
      category,
      rules,
      tables: [f.name, l.name],
      settings: { enable_nestloop: 'off' },
      calls: times(5, (i) =>
        form(
          w,
          `SELECT l.${l.item}, l.${l.price} FROM ${f.sql} f JOIN ${l.sql} l ON l.${l.fact} = ` +
            `f.${f.key} WHERE f.${f.code} = ${f.codeOf(i)}`,
          `SELECT count(*) FROM ${p.sql} p JOIN ${f.sql} f ON f.${f.parent} = p.${p.key} ` +
            `JOIN ${l.sql} l ON l.${l.fact} = f.${f.key} WHERE p.${p.email} = ${p.emailOf(i)}`,
        ),
      ),
    }),
    defect({
      id: 'planner-switched-off/hash-join',
      category,
      rules: [...rules, 'nested-loop'],
      tables: [f.name, p.name],
      settings: { enable_hashjoin: 'off', enable_mergejoin: 'off' },
      calls: times(3, (i) =>
        form(
          w,
          `SELECT p.${p.area}, sum(f.${f.amount}) FROM ${f.sql} f JOIN ${p.sql} p ` +
            `ON p.${p.key} = f.${f.parent} WHERE f.${f.kind} < ${4 + i} GROUP BY p.${p.area}`,
          `SELECT f.${f.kind}, count(*) FROM ${p.sql} p JOIN ${f.sql} f ` +
            `ON f.${f.parent} = p.${p.key} WHERE f.${f.kind} <> ${i} AND f.${f.kind} < 5 ` +
            `GROUP BY 1`,
        ),
      ),
    }),
  ];
};

export const configuration: Kind = (world): Case[] => [...memory(world), ...switchedOff(world)];
