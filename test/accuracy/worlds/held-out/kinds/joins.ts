import type { Case } from '../../../case.ts';
import { defect, form, type Kind, times, without } from '../../cases.ts';
import { joinedByRange } from '../../kinds/joins.ts';

/** Joins without order, key or condition, of other shapes. */
const category = 'join' as const;

const loops: Kind = (w) => {
  const { d, hot: h, parent: p, fact: f, queue: q } = w;
  const hours = d.postgres ? "interval '30 minutes'" : 'INTERVAL 30 MINUTE';
  const rules = ['nested-loop', 'join-buffer', 'full-scan'];
  return [
    defect({
      id: 'nested-loop-over-scan/soon-after',
      ...joinedByRange(w),
      tables: [f.name, h.name],
      inject: without(w, h.name, h.indexes.seen),
      calls: times(3, (i) =>
        form(
          w,
          `SELECT e.${f.code}, count(*) FROM ${f.sql} e LEFT JOIN ${h.sql} h ON h.${h.seen} ` +
            `>= e.${f.at} AND h.${h.seen} < e.${f.at} + ${hours} WHERE e.${f.at} < ` +
            `${f.when((25 + i * 8) / f.rows)} GROUP BY e.${f.code}`,
          `SELECT max(h.${h.note}) FROM ${f.sql} e, ${h.sql} h WHERE h.${h.seen} > e.${f.at} ` +
            `AND h.${h.seen} < e.${f.at} + ${hours} AND e.${f.at} < ` +
            `${f.when((25 + i * 8) / f.rows)}`,
        ),
      ),
    }),
    defect({
      id: 'nested-loop-or-join/note-or-owner',
      category,
      rules: [...rules, 'or-across-tables'],
      tables: [h.name, p.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${p.sql} p JOIN ${h.sql} h ON (h.${h.owner} = p.${p.key} ` +
            `OR h.${h.note} = p.${p.label}) WHERE h.${h.seen} < ${h.when(0.004 + i / 1e3)}`,
          `SELECT h.${h.key} FROM ${h.sql} h LEFT JOIN ${p.sql} p ON p.${p.label} = h.${h.note} ` +
            `OR p.${p.key} = h.${h.owner} WHERE h.${h.seen} < ${h.when(0.004 + i / 1e3)}`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT h.${h.key} FROM ${h.sql} h JOIN ${p.sql} p ON p.${p.key} = h.${h.owner} ` +
          `WHERE h.${h.seen} < ${h.when(0.004 + i / 1e3)}`,
      ),
    }),
    defect({
      id: 'cartesian-product/distinct-hides-it',
      category,
      rules: ['cartesian-product', 'nested-loop', 'join-buffer'],
      tables: [p.name, q.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT DISTINCT p.${p.area} FROM ${p.sql} p, ${q.sql} q WHERE q.${q.state} = ` +
            `${q.ready} AND p.${p.joined} < ${f.when(0.2 + i / 100)}`,
          `SELECT p.${p.area}, count(*) FROM ${q.sql} q JOIN ${p.sql} p ON q.${q.state} = ` +
            `${q.ready} WHERE p.${p.joined} < ${f.when(0.2 + i / 100)} GROUP BY p.${p.area}`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT DISTINCT p.${p.area} FROM ${p.sql} p, ${q.sql} q, ${f.sql} e WHERE ` +
          `q.${q.state} = ${q.ready} ` +
          `AND e.${f.key} = q.${q.fact} AND p.${p.key} = e.${f.parent} AND p.${p.joined} < ` +
          `${f.when(0.2 + i / 100)}`,
      ),
    }),
  ];
};

const derived: Kind = (w) => {
  const { d, fact: f, line: l } = w;
  const sums =
    `SELECT ${l.fact} AS of_fact, sum(${l.price}) AS total FROM ${l.sql} GROUP BY ` + `${l.fact}`;
  const same = d.postgres ? 's.of_fact' : "concat(s.of_fact, '')";
  return [
    defect({
      id: 'derived-of-everything/details',
      category,
      rules: ['derived-without-key'],
      tables: [f.name, l.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT e.${f.code}, s.total FROM ${f.sql} e JOIN (${sums}) AS s ON ${same} = ` +
            `e.${f.key} WHERE e.${f.code} = ${f.codeOf(i)}`,
          `SELECT max(s.total) FROM (${sums}) AS s RIGHT JOIN ${f.sql} e ON ${same} = e.${f.key} ` +
            `WHERE e.${f.voucher} = ${f.voucherOf(i)}`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT e.${f.code}, (SELECT sum(${l.price}) FROM ${l.sql} WHERE ${l.fact} = ` +
          `e.${f.key}) FROM ${f.sql} e WHERE e.${f.code} = ${f.codeOf(i)}`,
      ),
    }),
  ];
};

/** The text's order of joins is kept. */
const order: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, item, tiny, hot: h } = w;
  if (!d.postgres) return [];
  const tinies = ['t1', 't2', 't3', 't4', 't5', 't6', 't7']
    .map((name) => `INNER JOIN ${tiny.sql} ${name} ON ${name}.${tiny.key} = i.${item.group}`)
    .join(' ');
  const list = `SELECT count(*), max(l.${l.price})`;
  const condition = (i: number) => `WHERE e.${f.code} = ${f.codeOf(i)}`;
  return [
    defect({
      id: 'join-order-fixed/limit-of-one',
      category,
      rules: ['join-collapse-limit', 'planner-switched-off'],
      tables: [f.name, l.name, p.name, h.name],
      settings: { join_collapse_limit: '1', from_collapse_limit: '1' },
      calls: times(3, (i) =>
        form(
          w,
          `SELECT p.${p.email}, l.${l.price} FROM ${l.sql} l INNER JOIN ${f.sql} e ON ` +
            `e.${f.key} = l.${l.fact} ` +
            `INNER JOIN ${p.sql} p ON p.${p.key} = e.${f.parent} WHERE p.${p.email} = ` +
            `${p.emailOf(i)}`,
          `SELECT count(*) FROM ${f.sql} e JOIN ${l.sql} l ON l.${l.fact} = e.${f.key} ` +
            `JOIN ${h.sql} h ON h.${h.owner} = e.${f.parent} WHERE h.${h.key} = ${h.id(i)}`,
        ),
      ),
    }),
    defect({
      id: 'join-order-fixed/eleven-tables',
      category,
      rules: ['join-collapse-limit'],
      tables: [f.name, l.name, item.name, tiny.name],
      calls: times(
        3,
        (i) =>
          `${list} FROM ${l.sql} l INNER JOIN ${item.sql} i ON i.${item.key} = l.${l.item} ` +
          `${tinies} INNER JOIN ${f.sql} e ON e.${f.key} = l.${l.fact} ${condition(i)}`,
      ),
      healthy: times(
        3,
        (i) =>
          `${list} FROM ${f.sql} e INNER JOIN ${l.sql} l ON l.${l.fact} = e.${f.key} ` +
          `INNER JOIN ${item.sql} i ON i.${item.key} = l.${l.item} ${tinies} ${condition(i)}`,
      ),
    }),
  ];
};

export const heldOutJoins: Kind = (world): Case[] => [
  ...loops(world),
  ...derived(world),
  ...order(world),
];
