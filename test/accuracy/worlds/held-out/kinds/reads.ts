import type { Case } from '../../../case.ts';
import { defect, form, type Kind, times, without } from '../../cases.ts';
import { createIndex } from '../../table.ts';

/** Missing indexes, in statements that no world for building has. */
const category = 'index' as const;
const scan = ['full-scan'];

const values: Kind = (w) => {
  const { d, fact: f, line: l, hot: h, parent: p, item } = w;
  const onFact = { category, rules: scan, table: f.name, tables: [f.name] };
  return [
    defect({
      ...onFact,
      id: 'missing-index/of-owner',
      inject: without(w, f.name, f.indexes.parent),
      calls: times(10, (i) =>
        form(
          w,
          `SELECT sum(CASE WHEN ${f.state} = ${f.common} THEN 1 ELSE 0 END), max(${f.amount}) ` +
            `FROM ${f.sql} WHERE ${f.parent} = ${p.id(i + 3)}`,
          `SELECT ${f.code}, ${f.amount} FROM ${f.sql} AS e WHERE e.${f.parent} = ${p.id(i + 3)} ` +
            `AND e.${f.at} >= ${f.when(0.1)} ORDER BY e.${f.amount} DESC`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'missing-index/of-text',
      inject: without(w, f.name, f.indexes.code),
      calls: times(10, (i) =>
        form(
          w,
          d.postgres
            ? `SELECT ${f.key} FROM ${f.sql} WHERE ${f.code} = ANY (ARRAY[${f.codeOf(i)}, ` +
                `${f.codeOf(i + 30)}])`
            : `SELECT ${f.key} FROM ${f.sql} WHERE ${f.code} IN (${f.codeOf(i)}, ` +
                `${f.codeOf(i + 30)})`,
          `SELECT 1 FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)} AND ${f.state} <> 'x' LIMIT 1`,
        ),
      ),
    }),
    defect({
      category,
      rules: scan,
      table: l.name,
      tables: [l.name],
      id: 'missing-index/some-details',
      inject: without(w, l.name, l.indexes.fact),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${l.fact}, count(*) FROM ${l.sql} WHERE ${l.fact} IN ` +
            `(${f.id(i)}, ${f.id(i + 1)}, ${f.id(i + 2)}) GROUP BY ${l.fact}`,
          `SELECT max(${l.price}) FROM ${l.sql} d WHERE d.${l.fact} = ${f.id(i)} AND ` +
            `d.${l.quantity} >= 1`,
        ),
      ),
    }),
    defect({
      category,
      rules: scan,
      table: h.name,
      tables: [h.name],
      id: 'missing-index-hot-table/last-of-owner',
      inject: without(w, h.name, h.indexes.owner),
      calls: times(250, (i) =>
        form(
          w,
          `SELECT max(${h.seen}) FROM ${h.sql} WHERE ${h.owner} = ${h.ownerOf(1 + (i % 50))}`,
          `SELECT * FROM ${h.sql} WHERE ${h.owner} = ${h.ownerOf(1 + (i % 50))}`,
        ),
      ),
    }),
    defect({
      category,
      rules: scan,
      table: l.name,
      tables: [l.name],
      id: 'missing-index-small-result/of-item',
      inject: without(w, l.name, l.indexes.item).concat(
        l.key.length > 1 ? [dropPrimary(w.d.postgres, l.sql, l.name)] : [],
      ),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT avg(${l.price}), sum(${l.quantity}) FROM ${l.sql} WHERE ${l.item} = ` +
            `${item.id(i + 70)} AND ${l.quantity} > 2`,
          `SELECT ${l.fact} FROM ${l.sql} WHERE ${l.item} = ${item.id(i + 70)} ORDER BY ` +
            `${l.price} LIMIT 5`,
        ),
      ),
    }),
  ];
};

/** A compound key that begins with the column would do. */
const dropPrimary = (postgres: boolean, table: string, name: string): string =>
  postgres
    ? `ALTER TABLE ${table} DROP CONSTRAINT "${name}_pkey"`
    : `ALTER TABLE ${table} DROP PRIMARY KEY`;

const ranges: Kind = (w) => {
  const { d, fact: f, parent: p } = w;
  const onFact = { category, table: f.name, tables: [f.name] };
  const only = (name: string, on: string) =>
    createIndex(d, f.name, { name: `${f.name.toLowerCase()}_${name}`, on });
  return [
    defect({
      ...onFact,
      id: 'missing-index-range/latest',
      rules: scan,
      // MySQL and PostgreSQL 18 skip through an index that begins with few values.
      inject: without(w, f.name, f.indexes.at, f.indexes.agentAt),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.kind}, sum(${f.amount}) FROM ${f.sql} WHERE ${f.at} > ` +
            `${f.when(0.99 + i / 2e3)} GROUP BY ${f.kind}`,
          `SELECT count(*) FROM ${f.sql} WHERE ${f.at} < ${f.when(0.01 + i / 2e3)}`,
        ),
      ),
    }),
    defect({
      category,
      table: p.name,
      tables: [p.name],
      id: 'missing-index-range/newcomers',
      rules: [...scan, 'sort-without-index'],
      inject: without(w, p.name, p.indexes.joined),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${p.sql} WHERE ${p.joined} BETWEEN ${f.when(0.05 * i)} ` +
            `AND ${f.when(0.05 * i + 0.01)}`,
          `SELECT ${p.email} FROM ${p.sql} WHERE ${p.joined} >= ${f.when(0.05 * i)} ` +
            `AND ${p.joined} < ${f.when(0.05 * i + 0.01)} ORDER BY ${p.joined}`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'missing-index-null/prefix',
      rules: scan,
      inject: without(w, f.name, f.indexes.voucher),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.voucher} FROM ${f.sql} WHERE ${f.voucher} IN ` +
            `(${f.voucherOf(i)}, ${f.voucherOf(i + 9)}, ${f.voucherOf(i + 20)})`,
          `SELECT count(*) FROM ${f.sql} WHERE ${f.voucher} >= ${f.voucherOf(i)} ` +
            `AND ${f.voucher} < ${f.voucherOf(i).slice(0, -1)}0'`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'missing-index-composite/pair',
      rules: ['full-scan', 'low-filtered', 'index-merge'],
      inject: without(w, f.name, f.indexes.kindAgent, f.indexes.agentAt),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.key} FROM ${f.sql} WHERE (${f.kind}, ${f.agent}) = (${i}, ${i * 29})`,
          `SELECT ${f.agent}, max(${f.at}) FROM ${f.sql} WHERE ${f.agent} IN (${i * 29}, ` +
            `${i * 31}) AND ${f.kind} = ${i} GROUP BY ${f.agent}`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'index-keeps-few/of-kind',
      rules: ['low-filtered', 'full-scan', 'index-merge'],
      inject: [only('k', f.kind), ...without(w, f.name, f.indexes.kindAgent, f.indexes.agentAt)],
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.code}, ${f.at} FROM ${f.sql} WHERE ${f.kind} = ${i} AND ${f.agent} IN ` +
            `(${i * 7}, ${i * 8})`,
          `SELECT count(*) FROM ${f.sql} q WHERE q.${f.kind} = ${i} AND q.${f.agent} = ${i * 13} ` +
            `AND q.${f.state} <> ''`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'index-column-order/turned',
      rules: ['low-filtered', 'full-scan', 'sort-without-index'],
      inject: [
        ...without(w, f.name, f.indexes.agentAt, f.indexes.at, f.indexes.kindAgent),
        only('at_agent', `${f.at}, ${f.agent}`),
      ],
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.at} > ${f.when(0.2 + i / 100)} ` +
            `AND ${f.at} < ${f.when(0.95)} AND ${f.agent} = ${i * 27}`,
          `SELECT sum(${f.amount}) FROM ${f.sql} WHERE ${f.agent} IN (${i * 27}, ${i * 28}) ` +
            `AND ${f.at} >= ${f.when(0.04 + i / 100)}`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'or-unindexed-side/three',
      rules: scan,
      inject: without(w, f.name, f.indexes.voucher),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${f.key} FROM ${f.sql} WHERE ${f.key} = ${f.id(i)} OR ${f.code} = ` +
            `${f.codeOf(i)} OR ${f.voucher} = ${f.voucherOf(i)}`,
          `SELECT count(*) FROM ${f.sql} WHERE (${f.voucher} = ${f.voucherOf(i)} ` +
            `OR ${f.parent} = ${p.id(i)}) AND ${f.amount} > 0`,
        ),
      ),
    }),
    defect({
      ...onFact,
      id: 'missing-index-write/voucher',
      rules: scan,
      inject: without(w, f.name, f.indexes.voucher),
      calls: times(6, (i) =>
        form(
          w,
          `UPDATE ${f.sql} SET ${f.memo} = 'seen' WHERE ${f.voucher} = ${f.voucherOf(i)}`,
          `UPDATE ${f.sql} SET ${f.amount} = 0 WHERE ${f.voucher} = ${f.voucherOf(i)} AND ` +
            `${f.amount} >= 0`,
        ),
      ),
    }),
  ];
};

const joins: Kind = (w) => {
  const { d, fact: f, line: l, parent: p, item, hot: h, log } = w;
  const rules = ['full-scan', 'nested-loop', 'join-buffer'];
  const partial = createIndex(d, f.name, {
    name: `${f.name.toLowerCase()}_some`,
    on: f.parent,
    where: `${f.amount} > 800`,
  });
  return [
    defect({
      id: 'missing-index-join/details-of-code',
      category,
      rules,
      table: l.name,
      tables: [l.name, f.name, item.name],
      inject: without(w, l.name, l.indexes.fact),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT i.${item.group}, count(*) FROM ${f.sql} e INNER JOIN ${l.sql} d ON ` +
            `e.${f.key} = d.${l.fact} ` +
            `INNER JOIN ${item.sql} i ON d.${l.item} = i.${item.key} WHERE e.${f.code} = ` +
            `${f.codeOf(i)} GROUP BY i.${item.group}`,
          `SELECT d.${l.quantity} FROM ${l.sql} d, ${f.sql} e WHERE d.${l.fact} = e.${f.key} ` +
            `AND e.${f.code} IN (${f.codeOf(i)}, ${f.codeOf(i + 5)})`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-join/of-email',
      category,
      rules,
      table: f.name,
      tables: [f.name, p.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT count(*), max(e.${f.at}) FROM ${f.sql} e WHERE e.${f.parent} IN ` +
            `(SELECT ${p.key} FROM ${p.sql} WHERE ${p.email} = ${p.emailOf(i)})`,
          `SELECT p.${p.label}, e.${f.code} FROM ${p.sql} p LEFT JOIN ${f.sql} e ` +
            `ON e.${f.parent} = p.${p.key} AND e.${f.kind} < 15 WHERE p.${p.email} = ` +
            `${p.emailOf(i)}`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-join/hot',
      category,
      rules,
      table: h.name,
      tables: [h.name, p.name],
      inject: without(w, h.name, h.indexes.owner),
      calls: times(40, (i) =>
        form(
          w,
          `SELECT h.${h.seen}, p.${p.area} FROM ${p.sql} p JOIN ${h.sql} h ON h.${h.owner} = ` +
            `p.${p.key} WHERE p.${p.email} = ${p.emailOf(i)}`,
          `SELECT p.${p.email} FROM ${p.sql} p WHERE p.${p.key} = ${p.id(i)} AND EXISTS ` +
            `(SELECT 1 FROM ${h.sql} h WHERE h.${h.owner} = p.${p.key})`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-view/of-owner',
      category,
      rules,
      table: f.name,
      tables: [f.name, p.name],
      inject: without(w, f.name, f.indexes.parent),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT max(${w.view.at}) FROM ${w.view.name} WHERE ${w.view.parent} = ${p.id(i + 4)}`,
          `SELECT v.${w.view.key} FROM ${w.view.name} v WHERE v.${w.view.email} = ` +
            `${p.emailOf(i)} ORDER BY v.${w.view.at}`,
        ),
      ),
    }),
    defect({
      id: 'missing-index-partitioned/count',
      category,
      rules: ['full-scan', 'sort-without-index'],
      tables: [log.name],
      inject: without(w, log.name, log.indexes.source),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${log.sql} WHERE ${log.source} IN (${i}, ${i + 90}) ` +
            `AND ${log.at} < ${log.when(0.4)}`,
          `SELECT ${log.message} FROM ${log.sql} WHERE ${log.source} = ${i * 5} ` +
            `AND ${log.at} > ${log.when(0.5)} ORDER BY ${log.at} DESC LIMIT 3`,
        ),
      ),
    }),
    ...(d.postgres
      ? [
          defect({
            id: 'partial-index-misses/large-only',
            category,
            rules: ['partial-index-missed', 'full-scan'],
            table: f.name,
            tables: [f.name],
            inject: [...without(w, f.name, f.indexes.parent), partial],
            calls: times(8, (i) =>
              form(
                w,
                `SELECT ${f.key}, ${f.code} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} AND ` +
                  `${f.amount} > 2`,
                `SELECT count(*) FROM ${f.sql} WHERE ${f.parent} IN (${p.id(i)}, ${p.id(i + 1)})`,
              ),
            ),
          }),
        ]
      : []),
    ...(d.postgres && f.foreignKeys
      ? [
          defect({
            id: 'foreign-key-without-index/of-details',
            category,
            rules: ['foreign-key-without-index', 'full-scan'],
            table: l.name,
            tables: [l.name, f.name],
            inject: [
              ...without(w, l.name, l.indexes.fact),
              `INSERT INTO ${f.sql} (${f.columns}) SELECT ${f.valuesOf('n')} FROM ${d.series(20)}`,
            ],
            calls: times(
              6,
              (i) => `DELETE FROM ${f.sql} WHERE ${f.code} = 'N-${i}' AND ${f.key} IS NOT NULL`,
            ),
          }),
        ]
      : []),
  ];
};

export const heldOutReads: Kind = (world): Case[] => [
  ...values(world),
  ...ranges(world),
  ...joins(world),
];
