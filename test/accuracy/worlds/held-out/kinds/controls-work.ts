import type { Case } from '../../../case.ts';
import { control, form, type Kind, times } from '../../cases.ts';

/** Reports, joins, sets and writes as they should be, in shapes of their own. */
const reports: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, item, log, tiny } = w;
  const half = d.postgres ? `count(*) FILTER (WHERE ${f.amount} > 100)` : `sum(${f.amount} > 100)`;
  return [
    control(
      'report/by-agent',
      [f.name],
      [`SELECT ${f.agent}, ${half}, max(${f.at}) FROM ${f.sql} GROUP BY ${f.agent}`],
    ),
    control(
      'report/most-kinds',
      [f.name],
      [`SELECT sum(${f.amount}), avg(${f.amount}) FROM ${f.sql} WHERE ${f.kind} NOT IN (3, 4)`],
    ),
    control(
      'report/states',
      [f.name],
      [`SELECT ${f.state}, count(DISTINCT ${f.parent}) FROM ${f.sql} GROUP BY ${f.state}`],
    ),
    control(
      'report/items-sold',
      [l.name, item.name],
      [
        form(
          w,
          `SELECT i.${item.group}, sum(l.${l.quantity}) FROM ${item.sql} i JOIN ${l.sql} l ` +
            `ON l.${l.item} = i.${item.key} GROUP BY i.${item.group} ORDER BY 2 DESC`,
          `SELECT i.${item.key}, count(l.${l.fact}) FROM ${item.sql} i LEFT JOIN ${l.sql} l ` +
            `ON l.${l.item} = i.${item.key} GROUP BY i.${item.key}`,
        ),
      ],
    ),
    control(
      'report/of-areas',
      [p.name, f.name],
      [
        `SELECT p.${p.area}, count(*), sum(e.${f.amount}) FROM ${f.sql} e JOIN ${p.sql} p ` +
          `ON e.${f.parent} = p.${p.key} GROUP BY p.${p.area}`,
      ],
    ),
    control(
      'report/six-tables',
      [p.name, f.name, l.name, item.name, tiny.name],
      [
        `SELECT p.${p.area}, t.${tiny.label}, sum(l.${l.price}) FROM ${p.sql} p ` +
          `JOIN ${f.sql} e ON e.${f.parent} = p.${p.key} JOIN ${l.sql} l ON l.${l.fact} = ` +
          `e.${f.key} JOIN ${item.sql} i ON i.${item.key} = l.${l.item} JOIN ${tiny.sql} t ` +
          `ON t.${tiny.key} = i.${item.group} WHERE e.${f.kind} <> 5 GROUP BY p.${p.area}, ` +
          `t.${tiny.label}`,
      ],
    ),
    control(
      'report/log-of-sources',
      [log.name],
      [`SELECT ${log.source}, count(*), max(${log.at}) FROM ${log.sql} GROUP BY ${log.source}`],
    ),
    control(
      'batch/archive-once',
      [f.name],
      [
        `SELECT ${f.key}, ${f.code}, ${f.memo} FROM ${f.sql} WHERE ${f.amount} < 200 ` +
          `AND ${f.kind} < 18`,
      ],
    ),
    control(
      'report/having-many',
      [l.name],
      [`SELECT ${l.item}, count(*) FROM ${l.sql} GROUP BY ${l.item} HAVING count(*) > 400`],
    ),
  ];
};

const combined: Kind = (w) => {
  const { parent: p, fact: f, line: l, item, hot: h, queue: q } = w;
  return [
    control(
      'join/using-keys',
      [p.name, f.name, l.name],
      times(
        10,
        (i) =>
          `SELECT p.${p.area}, e.${f.code}, count(l.${l.item}) FROM ${p.sql} p INNER JOIN ` +
          `${f.sql} e ` +
          `ON e.${f.parent} = p.${p.key} LEFT JOIN ${l.sql} l ON l.${l.fact} = e.${f.key} ` +
          `WHERE p.${p.key} = ${p.id(i)} GROUP BY p.${p.area}, e.${f.code}`,
      ),
    ),
    control(
      'join/hot-with-owner',
      [h.name, p.name],
      times(
        15,
        (i) =>
          `SELECT h.${h.seen}, p.${p.label} FROM ${h.sql} h JOIN ${p.sql} p ON p.${p.key} = ` +
          `h.${h.owner} WHERE h.${h.key} = ${h.id(i)}`,
      ),
    ),
    control(
      'view/by-email',
      [p.name, f.name],
      times(
        10,
        (i) =>
          `SELECT v.${w.view.key} FROM ${w.view.name} v WHERE v.${w.view.email} = ` +
          `${p.emailOf(i)} ORDER BY v.${w.view.at} DESC LIMIT 5`,
      ),
    ),
    control(
      'in-subquery/by-key',
      [p.name, f.name],
      times(
        10,
        (i) =>
          `SELECT ${f.code} FROM ${f.sql} WHERE ${f.parent} IN (SELECT ${p.key} FROM ${p.sql} ` +
          `WHERE ${p.email} = ${p.emailOf(i)})`,
      ),
    ),
    control(
      'anti-join/left-is-null',
      [item.name, l.name],
      times(
        6,
        (i) =>
          `SELECT i.${item.key} FROM ${item.sql} i LEFT JOIN ${l.sql} l ON l.${l.item} = ` +
          `i.${item.key} ` +
          `WHERE i.${item.key} IN (${item.id(i)}, ${item.id(i + 1)}) AND l.${l.item} IS NULL`,
      ),
    ),
    control(
      'subquery/of-one-row',
      [f.name, l.name],
      times(
        12,
        (i) =>
          `SELECT e.${f.code}, (SELECT sum(l.${l.price}) FROM ${l.sql} l WHERE l.${l.fact} = ` +
          `e.${f.key}) FROM ${f.sql} e WHERE e.${f.key} = ${f.id(i)}`,
      ),
    ),
    control(
      'distinct/agents-of-owner',
      [f.name],
      times(
        10,
        (i) => `SELECT DISTINCT ${f.agent}, ${f.kind} FROM ${f.sql} WHERE ${f.parent} = ${p.id(i)}`,
      ),
    ),
    control(
      'union/either-agent',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT ${f.parent} FROM ${f.sql} WHERE ${f.kind} = ${i} AND ${f.agent} = ${i * 3} ` +
          `UNION SELECT ${f.parent} FROM ${f.sql} WHERE ${f.kind} = ${i} AND ${f.agent} = ${i * 5}`,
      ),
    ),
    control(
      'cte/narrow',
      [f.name, l.name],
      times(
        8,
        (i) =>
          `WITH e AS (SELECT ${f.key} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}) ` +
          `SELECT sum(l.${l.price}) FROM ${l.sql} l JOIN e ON e.${f.key} = l.${l.fact}`,
      ),
    ),
    control(
      'window/of-owner',
      [f.name],
      times(
        8,
        (i) =>
          `SELECT ${f.code}, sum(${f.amount}) OVER (ORDER BY ${f.at}) FROM ${f.sql} ` +
          `WHERE ${f.parent} = ${p.id(i)} ORDER BY ${f.at}`,
      ),
    ),
    control(
      'or/key-or-code',
      [f.name],
      times(
        10,
        (i) =>
          `SELECT ${f.state} FROM ${f.sql} WHERE ${f.key} = ${f.id(i)} OR ${f.code} = ` +
          `${f.codeOf(i)}`,
      ),
    ),
    control(
      'update/state-by-code',
      [f.name],
      times(
        12,
        (i) => `UPDATE ${f.sql} SET ${f.state} = ${f.common} WHERE ${f.code} = ${f.codeOf(i)}`,
      ),
    ),
    control(
      'update/attempts',
      [q.name],
      times(
        12,
        (i) => `UPDATE ${q.sql} SET ${q.attempts} = ${q.attempts} + 1 WHERE ${q.key} = ${q.id(i)}`,
      ),
    ),
    control(
      'delete/one-hot',
      [h.name],
      times(8, (i) => `DELETE FROM ${h.sql} WHERE ${h.key} = ${h.id(i)} AND ${h.seen} IS NOT NULL`),
    ),
  ];
};

export const heldOutWorkControls: Kind = (world): Case[] => [...reports(world), ...combined(world)];
