import type { Case } from '../../case.ts';
import { control, form, type Kind, times } from '../cases.ts';

/** Reports, joins, sets and writes as they should be. */
const reports: Kind = (w) => {
  const { parent: p, fact: f, line: l, item, log, wide } = w;
  return [
    control(
      'report/everything-by-kind',
      [f.name],
      [
        `SELECT ${f.kind}, count(*), sum(${f.amount}) FROM ${f.sql} GROUP BY ${f.kind} ORDER ` +
          `BY ${f.kind}`,
      ],
    ),
    control(
      'report/most-rows',
      [f.name],
      times(
        2,
        (i) =>
          `SELECT ${f.state}, avg(${f.amount}) FROM ${f.sql} WHERE ${f.at} > ${f.when(0.1 * i)} ` +
          `GROUP BY ${f.state}`,
      ),
    ),
    control(
      'report/not-the-rare',
      [f.name],
      times(1, () => `SELECT max(${f.amount}) FROM ${f.sql} WHERE ${f.state} <> ${f.rare}`),
    ),
    control(
      'report/join-three',
      [f.name, l.name, item.name],
      times(1, () =>
        form(
          w,
          `SELECT i.${item.group}, sum(l.${l.price}) FROM ${l.sql} l JOIN ${item.sql} i ` +
            `ON i.${item.key} = l.${l.item} JOIN ${f.sql} f ON f.${f.key} = l.${l.fact} ` +
            `WHERE f.${f.state} <> ${f.rare} GROUP BY i.${item.group}`,
          `SELECT f.${f.kind}, count(*) FROM ${f.sql} f JOIN ${l.sql} l ON l.${l.fact} = ` +
            `f.${f.key} ` +
            `LEFT JOIN ${item.sql} i ON i.${item.key} = l.${l.item} GROUP BY f.${f.kind}`,
        ),
      ),
    ),
    control(
      'report/join-four',
      [f.name, l.name, item.name, p.name],
      times(
        1,
        () =>
          `SELECT p.${p.area}, i.${item.group}, sum(l.${l.quantity}) FROM ${f.sql} f ` +
          `JOIN ${p.sql} p ON p.${p.key} = f.${f.parent} JOIN ${l.sql} l ON l.${l.fact} = ` +
          `f.${f.key} ` +
          `JOIN ${item.sql} i ON i.${item.key} = l.${l.item} WHERE f.${f.at} > ${f.when(0.2)} ` +
          `GROUP BY p.${p.area}, i.${item.group}`,
      ),
    ),
    control(
      'report/log-by-level',
      [log.name],
      times(1, () => `SELECT ${log.level}, count(*) FROM ${log.sql} GROUP BY ${log.level}`),
    ),
    control(
      'report/having-aggregate',
      [f.name],
      times(
        1,
        (i) =>
          `SELECT ${f.agent}, count(*) FROM ${f.sql} GROUP BY ${f.agent} HAVING count(*) > ` +
          `${i * 120}`,
      ),
    ),
    control(
      'export/titles',
      [wide.name],
      times(1, () => `SELECT ${wide.key}, ${wide.title} FROM ${wide.sql}`),
    ),
    control(
      'batch/unindexed-once',
      [f.name],
      times(
        1,
        () => `SELECT ${f.key} FROM ${f.sql} WHERE ${f.amount} > 10 AND ${f.memo} IS NOT NULL`,
      ),
    ),
  ];
};

const joins: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, item, tiny, queue: q } = w;
  return [
    control(
      'join/by-keys',
      [f.name, p.name],
      times(
        15,
        (i) =>
          `SELECT f.${f.code}, p.${p.label} FROM ${f.sql} f JOIN ${p.sql} p ` +
          `ON p.${p.key} = f.${f.parent} WHERE f.${f.key} = ${f.id(i)}`,
      ),
    ),
    control(
      'join/three-by-keys',
      [f.name, l.name, item.name],
      times(
        15,
        (i) =>
          `SELECT i.${item.label}, l.${l.quantity} FROM ${f.sql} f JOIN ${l.sql} l ` +
          `ON l.${l.fact} = f.${f.key} JOIN ${item.sql} i ON i.${item.key} = l.${l.item} ` +
          `WHERE f.${f.code} = ${f.codeOf(i)}`,
      ),
    ),
    control(
      'join/five-by-keys',
      [f.name, l.name, item.name, p.name, tiny.name],
      times(
        10,
        (i) =>
          `SELECT p.${p.label}, i.${item.label}, t.${tiny.label} FROM ${p.sql} p ` +
          `JOIN ${f.sql} f ON f.${f.parent} = p.${p.key} JOIN ${l.sql} l ON l.${l.fact} = ` +
          `f.${f.key} JOIN ${item.sql} i ON i.${item.key} = l.${l.item} LEFT JOIN ${tiny.sql} t ` +
          `ON t.${tiny.key} = i.${item.group} WHERE p.${p.email} = ${p.emailOf(i)}`,
      ),
    ),
    control(
      'join/view-by-parent',
      [f.name, p.name],
      times(
        10,
        (i) =>
          `SELECT ${w.view.key}, ${w.view.at} FROM ${w.view.name} WHERE ${w.view.parent} = ` +
          `${p.id(i)}`,
      ),
    ),
    control(
      'cross-join/tiny',
      [tiny.name],
      times(
        8,
        (i) =>
          `SELECT count(*) FROM ${tiny.sql} a CROSS JOIN ${tiny.sql} b WHERE a.${tiny.key} <> ` +
          `${tiny.id(i)}`,
      ),
    ),
    control(
      'subquery/few-rows',
      [p.name, f.name],
      times(
        10,
        (i) =>
          `SELECT p.${p.label}, (SELECT count(*) FROM ${f.sql} f WHERE f.${f.parent} = ` +
          `p.${p.key}) ` +
          `FROM ${p.sql} p WHERE p.${p.key} IN (${p.id(i)}, ${p.id(i + 1)}, ${p.id(i + 2)})`,
      ),
    ),
    control(
      'anti-join/not-exists',
      [p.name, f.name],
      times(
        4,
        (i) =>
          `SELECT p.${p.key} FROM ${p.sql} p WHERE p.${p.joined} > ${f.when(0.05 + i / 1e3)} ` +
          `AND p.${p.joined} < ${f.when(0.06 + i / 1e3)} AND NOT EXISTS ` +
          `(SELECT 1 FROM ${f.sql} f WHERE f.${f.parent} = p.${p.key})`,
      ),
    ),
    control(
      'semi-join/exists',
      [p.name, f.name],
      times(
        8,
        (i) =>
          `SELECT p.${p.label} FROM ${p.sql} p WHERE p.${p.email} = ${p.emailOf(i)} AND EXISTS ` +
          `(SELECT 1 FROM ${f.sql} f WHERE f.${f.parent} = p.${p.key} AND f.${f.state} = ` +
          `${f.common})`,
      ),
    ),
    control(
      'not-in/list',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT ${f.key} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} ` +
          `AND ${f.kind} NOT IN (1, 2, ${i})`,
      ),
    ),
    control(
      'cte/used-twice',
      [f.name],
      times(
        8,
        (i) =>
          `WITH mine AS (SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.parent} = ` +
          `${p.id(i)}) ` +
          `SELECT m.${f.key} FROM mine m WHERE m.${f.amount} >= (SELECT avg(${f.amount}) FROM ` +
          `mine)`,
      ),
    ),
    ...(d.postgres
      ? [
          control(
            'queue/poll-nothing',
            [q.name],
            times(
              30,
              () =>
                `SELECT ${q.key}, ${q.payload} FROM ${q.sql} WHERE ${q.state} = ${q.ready} ` +
                `AND ${q.runAt} < ${q.before} ORDER BY ${q.runAt} LIMIT 10 FOR UPDATE SKIP LOCKED`,
            ),
          ),
        ]
      : []),
    control(
      'queue/next',
      [q.name],
      times(
        30,
        (i) =>
          `SELECT ${q.key}, ${q.payload} FROM ${q.sql} WHERE ${q.state} = ${q.ready} ` +
          `AND ${q.runAt} < ${q.when(0.9951 + i / 1e5)} ORDER BY ${q.runAt} LIMIT 5`,
      ),
    ),
  ];
};

const sets: Kind = (w) => {
  const { parent: p, fact: f, item, hot: h } = w;
  return [
    control(
      'distinct/matters',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT DISTINCT ${f.kind} FROM ${f.sql} WHERE ${f.at} BETWEEN ${f.when(0.05 * i)} ` +
          `AND ${f.when(0.05 * i + 0.003)}`,
      ),
    ),
    control(
      'union/matters',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT ${f.agent} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} UNION ` +
          `SELECT ${f.agent} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i + 1)}`,
      ),
    ),
    control(
      'union-all/two',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)} UNION ALL ` +
          `SELECT ${f.key}, ${f.at} FROM ${f.sql} WHERE ${f.key} = ${f.id(i)}`,
      ),
    ),
    control(
      'sort/few',
      [f.name],
      times(
        15,
        (i) =>
          `SELECT ${f.key}, ${f.amount} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)} ` +
          `ORDER BY ${f.amount} DESC`,
      ),
    ),
    control(
      'sort/by-key',
      [item.name],
      times(
        3,
        (i) =>
          `SELECT ${item.key}, ${item.label} FROM ${item.sql} ORDER BY ${item.key} LIMIT ` +
          `${i * 300}`,
      ),
    ),
    control(
      'window/few',
      [f.name],
      times(
        8,
        (i) =>
          `SELECT ${f.key}, row_number() OVER (ORDER BY ${f.at}) FROM ${f.sql} ` +
          `WHERE ${f.parent} = ${p.id(i)}`,
      ),
    ),
    control(
      'hot-table/count-of-owner',
      [h.name],
      times(30, (i) => `SELECT count(*) FROM ${h.sql} WHERE ${h.owner} = ${h.ownerOf(i)}`),
    ),
    control(
      'select-list/coalesce',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT coalesce(${f.voucher}, 'none'), lower(${f.memo}) FROM ${f.sql} ` +
          `WHERE ${f.key} = ${f.id(i)}`,
      ),
    ),
  ];
};

const writes: Kind = (w) => {
  const { fact: f, queue: q, hot: h } = w;
  return [
    control(
      'update/by-key',
      [f.name],
      times(
        15,
        (i) => `UPDATE ${f.sql} SET ${f.amount} = ${f.amount} + ${i} WHERE ${f.key} = ${f.id(i)}`,
      ),
    ),
    control(
      'update/queue-done',
      [q.name],
      times(15, (i) => `UPDATE ${q.sql} SET ${q.state} = ${q.done} WHERE ${q.key} = ${q.id(i)}`),
    ),
    control(
      'delete/by-key',
      [h.name],
      times(10, (i) => `DELETE FROM ${h.sql} WHERE ${h.key} = ${h.id(i)}`),
    ),
    control(
      'delete/by-owner',
      [h.name],
      times(10, (i) => `DELETE FROM ${h.sql} WHERE ${h.owner} = ${h.ownerOf(i)}`),
    ),
  ];
};

const kinds = [reports, joins, sets, writes];
export const workControls: Kind = (world): Case[] => kinds.flatMap((kind) => kind(world));
