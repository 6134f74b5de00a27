import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';

/** No index, or the wrong one, gives the order that a statement asks for. */
const topN: Kind = (w) => {
  const { fact: f, parent: p } = w;
  const rules = ['sort-without-index', 'full-scan'];
  return [
    defect({
      id: 'top-n-without-index/latest',
      category: 'index',
      rules,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.at),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at}, ${f.amount} FROM ${f.sql} ORDER BY ${f.at} DESC LIMIT ` +
            `${i + 5}`,
          `SELECT o.${f.code} FROM ${f.sql} o WHERE o.${f.amount} >= 0 ORDER BY o.${f.at} ` +
            `DESC LIMIT ${i + 5}`,
        ),
      ),
    }),
    defect({
      id: 'top-n-without-index/code',
      category: 'index',
      rules,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.code),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.code} FROM ${f.sql} ORDER BY ${f.code} LIMIT ${i + 10}`,
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.code} > ${f.codeOf(i)} ` +
            `ORDER BY ${f.code} LIMIT 10`,
        ),
      ),
    }),
    defect({
      id: 'min-max-without-index/time',
      category: 'index',
      rules,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.at),
      calls: times(8, () =>
        form(
          w,
          `SELECT max(${f.at}) FROM ${f.sql}`,
          `SELECT min(${f.at}), max(${f.at}) FROM ${f.sql}`,
        ),
      ),
    }),
    defect({
      id: 'group-order-without-index/parent',
      category: 'index',
      rules: [...rules, 'temporary-filesort'],
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(5, (i) =>
        form(
          w,
          `SELECT ${f.parent}, count(*) FROM ${f.sql} GROUP BY ${f.parent} ORDER BY ` +
            `${f.parent} LIMIT ${i * 5}`,
          `SELECT ${f.parent}, count(*) FROM ${f.sql} WHERE ${f.parent} > ${p.id(i)} ` +
            `GROUP BY ${f.parent} ORDER BY ${f.parent} LIMIT 20`,
        ),
      ),
    }),
    defect({
      id: 'top-n-without-index/joined',
      category: 'index',
      rules: [...rules, 'temporary-filesort'],
      table: p.name,
      tables: [p.name],
      inject: without(w, p.name, p.indexes.joined),
      calls: times(
        8,
        (i) => `SELECT ${p.key}, ${p.label} FROM ${p.sql} ORDER BY ${p.joined} DESC LIMIT ${i * 3}`,
      ),
    }),
    defect({
      id: 'top-n-of-group/agent',
      category: 'index',
      rules: [...rules, 'low-filtered', 'wrong-index-for-order'],
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.agentAt),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.agent} = ${(i * 37) % f.agents} ` +
            `ORDER BY ${f.at} DESC LIMIT 3`,
          `SELECT max(${f.at}) FROM ${f.sql} WHERE ${f.agent} = ${(i * 37) % f.agents}`,
        ),
      ),
    }),
  ];
};

/** The index of the order is walked until a row comes by that the condition keeps. */
const wrongWalk: Kind = (w) => {
  const { fact: f, parent: p } = w;
  return [
    defect({
      id: 'walks-wrong-index/key',
      category: 'index',
      rules: ['wrong-index-for-order', 'sort-without-index', 'low-filtered', 'full-scan'],
      table: f.name,
      tables: [f.name],
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.at} > ${f.when(0.985 + i / 1_000)} ` +
            `ORDER BY ${f.code} LIMIT 1`,
          `SELECT ${f.code}, ${f.amount} FROM ${f.sql} WHERE ${f.at} > ` +
            `${f.when(0.985 + i / 1_000)} ORDER BY ${f.code} LIMIT 2`,
        ),
      ),
      healthy: times(
        6,
        (i) =>
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.at} > ${f.when(0.985 + i / 1_000)} ` +
          `ORDER BY ${f.at} LIMIT 1`,
      ),
    }),
    defect({
      id: 'walks-wrong-index/parent',
      category: 'index',
      rules: ['wrong-index-for-order', 'sort-without-index', 'low-filtered', 'full-scan'],
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i + 40)} ` +
            `ORDER BY ${f.at} DESC LIMIT 2`,
          `SELECT ${f.key}, ${f.memo} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i + 40)} ` +
            `ORDER BY ${f.at} LIMIT 1`,
        ),
      ),
    }),
  ];
};

export const indexOrder: Kind = (world): Case[] => [...topN(world), ...wrongWalk(world)];
