import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';
import { createIndex } from '../table.ts';

/** An index that the statement needs for a value or a range is not there. */
const scan = ['full-scan'];

const equality: Kind = (w) => {
  const { fact: f, line: l, hot: h, item } = w;
  return [
    defect({
      id: 'missing-index/parent',
      category: 'index',
      rules: scan,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(12, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.at}, ${f.amount} FROM ${f.sql} WHERE ${f.parent} = ` +
            `${w.parent.id(i)}`,
          `SELECT t.${f.key}, t.${f.memo} FROM ${f.sql} t WHERE t.${f.parent} = ` +
            `${w.parent.id(i)} AND t.${f.amount} > ${i}`,
        ),
      ),
    }),
    defect({
      id: 'missing-index/line',
      category: 'index',
      rules: scan,
      table: l.name,
      tables: [l.name],
      inject: without(w, l.name, l.indexes.fact),
      calls: times(10, (i) =>
        form(
          w,
          `SELECT sum(${l.quantity} * ${l.price}) FROM ${l.sql} WHERE ${l.fact} = ${f.id(i)}`,
          `SELECT ${l.item}, ${l.quantity} FROM ${l.sql} WHERE ${l.fact} = ${f.id(i)} ` +
            `ORDER BY ${l.item}`,
        ),
      ),
    }),
    defect({
      id: 'missing-index/code',
      category: 'index',
      rules: scan,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.code),
      calls: times(12, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.state} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`,
          `SELECT ${f.parent} FROM ${f.sql} WHERE ${f.code} IN (${f.codeOf(i)}, ` +
            `${f.codeOf(i + 20)})`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-hot-table/owner',
      category: 'index',
      rules: scan,
      table: h.name,
      tables: [h.name],
      inject: without(w, h.name, h.indexes.owner),
      calls: times(200, (i) =>
        form(
          w,
          `SELECT ${h.key}, ${h.seen} FROM ${h.sql} WHERE ${h.owner} = ${h.ownerOf(1 + (i % 40))}`,
          `SELECT count(*) FROM ${h.sql} x WHERE x.${h.owner} = ${h.ownerOf(1 + (i % 40))}`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-small-result/item',
      category: 'index',
      rules: scan,
      table: l.name,
      tables: [l.name, item.name],
      inject: without(w, l.name, l.indexes.item),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT p.${item.label}, count(*) FROM ${item.sql} p JOIN ${l.sql} x ` +
            `ON x.${l.item} = p.${item.key} WHERE p.${item.key} = ${item.id(40 + i)} ` +
            `GROUP BY p.${item.label}`,
          `SELECT max(${l.price}) FROM ${l.sql} WHERE ${l.item} = ${item.id(40 + i)}`,
        ),
      ),
    }),
  ];
};

const ranges: Kind = (w) => {
  const { fact: f, parent: p } = w;
  return [
    defect({
      id: 'missing-index-range/time',
      category: 'index',
      rules: scan,
      table: f.name,
      tables: [f.name],
      // MySQL and PostgreSQL 18 skip through an index that begins with few values.
      inject: without(w, f.name, f.indexes.at, f.indexes.agentAt),
      calls: times(10, (i) => {
        const [from, to] = f.day(0.05 + i * 0.08);
        return form(
          w,
          `SELECT count(*), sum(${f.amount}) FROM ${f.sql} WHERE ${f.at} >= ${from} AND ` +
            `${f.at} < ${to}`,
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.at} BETWEEN ${from} AND ${to}`,
        );
      }),
    }),
    defect({
      id: 'missing-index-range/joined',
      category: 'index',
      rules: [...scan, 'sort-without-index'],
      table: p.name,
      tables: [p.name],
      inject: without(w, p.name, p.indexes.joined),
      calls: times(10, (i) => {
        const [from, to] = f.day(0.05 + i * 0.08);
        return (
          `SELECT ${p.key}, ${p.label} FROM ${p.sql} WHERE ${p.joined} >= ${from} AND ` +
          `${p.joined} < ${to}`
        );
      }),
    }),
    defect({
      id: 'missing-index-null/voucher',
      category: 'index',
      rules: scan,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.voucher),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.parent} FROM ${f.sql} WHERE ${f.voucher} = ${f.voucherOf(i)}`,
          `SELECT ${f.key} FROM ${f.sql} WHERE ${f.voucher} IS NOT NULL AND ${f.voucher} = ` +
            `${f.voucherOf(i)}`,
        ),
      ),
    }),
  ];
};

const composite: Kind = (w) => {
  const { d, fact: f } = w;
  const only = (columns: string) => [
    ...without(w, f.name, f.indexes.kindAgent),
    createIndex(d, f.name, { name: `${f.name.toLowerCase()}_only`, on: columns }),
  ];
  return [
    defect({
      id: 'missing-index-composite/both',
      category: 'index',
      rules: ['full-scan', 'low-filtered', 'index-merge'],
      table: f.name,
      tables: [f.name],
      inject: [...without(w, f.name, f.indexes.kindAgent, f.indexes.agentAt)],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.kind} = ${i % f.kinds} ` +
            `AND ${f.agent} = ${(i * 19) % f.agents}`,
          `SELECT count(*) FROM ${f.sql} o WHERE o.${f.agent} = ${(i * 19) % f.agents} ` +
            `AND o.${f.kind} = ${i % f.kinds} AND o.${f.amount} > 0`,
        ),
      ),
    }),
    defect({
      id: 'index-keeps-few/kind',
      category: 'index',
      rules: ['low-filtered', 'full-scan', 'index-merge'],
      table: f.name,
      tables: [f.name],
      inject: [...only(f.kind), ...without(w, f.name, f.indexes.agentAt)],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.memo} FROM ${f.sql} WHERE ${f.kind} = ${i % f.kinds} ` +
            `AND ${f.agent} = ${(i * 23) % f.agents}`,
          `SELECT sum(x.${f.amount}) FROM ${f.sql} x WHERE x.${f.kind} = ${i % f.kinds} ` +
            `AND x.${f.agent} BETWEEN ${(i * 23) % f.agents} AND ${((i * 23) % f.agents) + 1}`,
        ),
      ),
    }),
    defect({
      id: 'index-column-order/time-first',
      category: 'index',
      rules: ['low-filtered', 'full-scan', 'sort-without-index'],
      table: f.name,
      tables: [f.name],
      inject: [
        ...without(w, f.name, f.indexes.agentAt, f.indexes.at, f.indexes.kindAgent),
        createIndex(d, f.name, {
          name: `${f.name.toLowerCase()}_turned`,
          on: `${f.at}, ${f.agent}`,
        }),
      ],
      calls: times(10, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.agent} = ${(i * 31) % f.agents} ` +
            `AND ${f.at} > ${f.when(0.3 + i / 100)}`,
          `SELECT ${f.key}, ${f.memo} FROM ${f.sql} WHERE ${f.agent} = ${(i * 31) % f.agents} ` +
            `AND ${f.at} BETWEEN ${f.when(0.2 + i / 100)} AND ${f.when(0.9)} ORDER BY ${f.at}`,
        ),
      ),
    }),
  ];
};

/** Two lists are read and intersected, or one is read and mostly thrown away. */
const twoLists: Kind = (w) => {
  const { d, fact: f } = w;
  if (d.postgres) return [];
  const add = (on: string) =>
    createIndex(d, f.name, { name: `${f.name.toLowerCase()}_alone_${on.replaceAll('`', '')}`, on });
  return [
    defect({
      id: 'index-merge/two-lists',
      category: 'index',
      rules: ['index-merge', 'low-filtered', 'full-scan'],
      table: f.name,
      tables: [f.name],
      inject: [
        add(f.kind),
        add(f.agent),
        ...without(w, f.name, f.indexes.kindAgent, f.indexes.agentAt),
      ],
      calls: times(
        8,
        (i) =>
          `SELECT count(*) FROM ${f.sql} WHERE ${f.kind} = ${i} AND ${f.agent} = ` +
          `${(i * 13) % f.agents}`,
      ),
    }),
  ];
};

const writes: Kind = (w) => {
  const { fact: f } = w;
  return [
    defect({
      id: 'missing-index-write/code',
      category: 'index',
      rules: scan,
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.code),
      calls: times(8, (i) =>
        form(
          w,
          `UPDATE ${f.sql} SET ${f.amount} = ${f.amount} + 1 WHERE ${f.code} = ${f.codeOf(i)}`,
          `DELETE FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)} AND ${f.amount} < 0`,
        ),
      ),
    }),
  ];
};

/** One side of an OR has no index, so that none is of use. */
const eitherSide: Kind = (w) => {
  const { fact: f, parent: p } = w;
  return [
    defect({
      id: 'or-unindexed-side/code',
      category: 'index',
      rules: ['full-scan'],
      table: f.name,
      tables: [f.name],
      inject: without(w, f.name, f.indexes.code),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.key} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} OR ${f.code} = ` +
            `${f.codeOf(i)}`,
          `SELECT ${f.key}, ${f.state} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)} ` +
            `OR ${f.key} = ${f.id(i)}`,
        ),
      ),
    }),
  ];
};

const kinds = [equality, ranges, composite, twoLists, writes, eitherSide];
export const indexMissing: Kind = (world): Case[] => kinds.flatMap((kind) => kind(world));
