import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';
import { createIndex } from '../table.ts';

/** An index is missing for a join, behind a view or a foreign key, in partitions; or is partial. */
const joins: Kind = (w) => {
  const { fact: f, line: l, parent: p, item } = w;
  const rules = ['full-scan', 'nested-loop', 'join-buffer'];
  return [
    defect({
      id: 'missing-index-join/line',
      category: 'index',
      rules,
      table: l.name,
      tables: [l.name, f.name],
      inject: without(w, l.name, l.indexes.fact),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT f.${f.code}, sum(l.${l.price}) FROM ${f.sql} f JOIN ${l.sql} l ` +
            `ON l.${l.fact} = f.${f.key} WHERE f.${f.parent} = ${p.id(i)} GROUP BY f.${f.code}`,
          `SELECT f.${f.key}, l.${l.item} FROM ${f.sql} f LEFT JOIN ${l.sql} l ` +
            `ON l.${l.fact} = f.${f.key} WHERE f.${f.code} = ${f.codeOf(i)}`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-join/parent',
      category: 'index',
      rules,
      table: f.name,
      tables: [f.name, p.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT p.${p.label}, f.${f.at} FROM ${p.sql} p JOIN ${f.sql} f ` +
            `ON f.${f.parent} = p.${p.key} WHERE p.${p.email} = ${p.emailOf(i)}`,
          `SELECT p.${p.label} FROM ${p.sql} p WHERE p.${p.email} = ${p.emailOf(i)} AND EXISTS ` +
            `(SELECT 1 FROM ${f.sql} f WHERE f.${f.parent} = p.${p.key} AND f.${f.amount} < ${i})`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-join/three',
      category: 'index',
      rules,
      table: l.name,
      tables: [l.name, f.name, item.name],
      inject: without(w, l.name, l.indexes.fact),
      calls: times(6, (i) => {
        // MySQL pairs these with all items first.
        const [from, to] = [f.when(0.1 * i), f.when(0.1 * i + (w.d.postgres ? 5e-4 : 5e-5))];
        return (
          `SELECT i.${item.label}, l.${l.quantity}, f.${f.at} FROM ${f.sql} f ` +
          `JOIN ${l.sql} l ON l.${l.fact} = f.${f.key} JOIN ${item.sql} i ` +
          `ON i.${item.key} = l.${l.item} WHERE f.${f.at} BETWEEN ${from} AND ${to}`
        );
      }),
    }),
    defect({
      id: 'missing-index-view/email',
      category: 'index',
      rules,
      table: f.name,
      tables: [f.name, p.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${w.view.key}, ${w.view.at} FROM ${w.view.name} WHERE ${w.view.email} = ` +
            `${p.emailOf(i)}`,
          `SELECT count(*) FROM ${w.view.name} v WHERE v.${w.view.parent} = ${p.id(i)}`,
        ),
      ),
    }),
  ];
};

/** The children of each row that goes have to be looked for. */
const parentDelete: Kind = (w) => {
  const { d, fact: f, parent: p } = w;
  if (!d.postgres || !f.foreignKeys) return [];
  return [
    defect({
      id: 'foreign-key-without-index/delete',
      category: 'index',
      rules: ['foreign-key-without-index', 'full-scan'],
      table: f.name,
      tables: [f.name, p.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(8, (i) => `DELETE FROM ${p.sql} WHERE ${p.key} = ${p.childless(i)}`),
    }),
  ];
};

const partitioned: Kind = (w) => {
  const { log } = w;
  return [
    defect({
      id: 'missing-index-partitioned/source',
      category: 'index',
      rules: ['full-scan', 'sort-without-index'],
      tables: [log.name],
      inject: without(w, log.name, log.indexes.source),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${log.at}, ${log.message} FROM ${log.sql} WHERE ${log.source} = ${i * 7} ` +
            `AND ${log.at} >= ${log.when(0.55)}`,
          `SELECT ${log.at}, ${log.message} FROM ${log.sql} l WHERE l.${log.source} = ${i * 7} ` +
            `AND l.${log.at} > ${log.when(0.2)} AND l.${log.at} < ${log.when(0.6)}`,
        ),
      ),
    }),
  ];
};

const partial: Kind = (w) => {
  const { d, fact: f, parent: p } = w;
  if (!d.postgres) return [];
  const kept = (column: string, name: string) =>
    createIndex(d, f.name, { name, on: column, where: `${f.state} = ${f.rare}` });
  return [
    defect({
      id: 'partial-index-misses/parent',
      category: 'index',
      rules: ['partial-index-missed', 'full-scan'],
      table: f.name,
      tables: [f.name],
      inject: [
        ...without(w, f.name, f.indexes.parent),
        kept(f.parent, `${f.name.toLowerCase()}_part`),
      ],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)}`,
          `SELECT ${f.key} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} AND ${f.state} <> ` +
            `${f.rare}`,
        ),
      ),
    }),
    defect({
      id: 'partial-index-misses/code',
      category: 'index',
      rules: ['partial-index-missed', 'full-scan'],
      table: f.name,
      tables: [f.name],
      inject: [...without(w, f.name, f.indexes.code), kept(f.code, `${f.name.toLowerCase()}_part`)],
      calls: times(10, (i) => `SELECT * FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`),
    }),
  ];
};

const kinds = [joins, parentDelete, partitioned, partial];
export const indexJoins: Kind = (world): Case[] => kinds.flatMap((kind) => kind(world));
