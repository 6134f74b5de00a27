import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';
import type { Roles } from '../roles.ts';

/**
 * The index that the range wants is gone. PostgreSQL scans the other table again for each row;
 * MySQL and MariaDB collect rows in a buffer first, and what is wrong there is the index alone.
 */
export const joinedByRange = ({ d }: Roles) =>
  d.postgres
    ? { category: 'join' as const, rules: ['nested-loop', 'full-scan'] }
    : { category: 'index' as const, rules: ['join-buffer', 'full-scan'] };

/** Joins that pair too much: without a condition, without a key, in a fixed order. */
const loops: Kind = (w) => {
  const { d, queue: q, hot: h, parent: p, fact: f } = w;
  const hour = d.postgres ? "interval '1 hour'" : 'INTERVAL 1 HOUR';
  const rules = ['nested-loop', 'join-buffer', 'full-scan'];
  return [
    defect({
      id: 'nested-loop-over-scan/time-range',
      ...joinedByRange(w),
      tables: [f.name, h.name],
      inject: without(w, h.name, h.indexes.seen),
      calls: times(3, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${f.sql} f JOIN ${h.sql} h ON h.${h.seen} BETWEEN f.${f.at} ` +
            `AND f.${f.at} + ${hour} WHERE f.${f.at} < ${f.when((20 + i * 10) / f.rows)}`,
          `SELECT f.${f.key}, h.${h.key} FROM ${f.sql} f JOIN ${h.sql} h ON h.${h.seen} > ` +
            `f.${f.at} AND h.${h.seen} < f.${f.at} + ${hour} WHERE f.${f.at} < ` +
            `${f.when((20 + i * 10) / f.rows)}`,
        ),
      ),
    }),
    defect({
      id: 'nested-loop-or-join/two-ways',
      category: 'join',
      rules: [...rules, 'or-across-tables'],
      tables: [h.name, p.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT h.${h.key}, p.${p.label} FROM ${h.sql} h JOIN ${p.sql} p ON p.${p.key} = ` +
            `h.${h.owner} ` +
            `OR p.${p.label} = h.${h.note} WHERE h.${h.seen} < ${h.when(0.004 + i / 900)}`,
          `SELECT count(*) FROM ${h.sql} h, ${p.sql} p WHERE (p.${p.key} = h.${h.owner} ` +
            `OR p.${p.label} = h.${h.note}) AND h.${h.seen} < ${h.when(0.004 + i / 900)}`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT h.${h.key}, p.${p.label} FROM ${h.sql} h JOIN ${p.sql} p ON p.${p.key} = ` +
          `h.${h.owner} ` +
          `WHERE h.${h.seen} < ${h.when(0.004 + i / 900)} UNION SELECT h.${h.key}, p.${p.label} ` +
          `FROM ${h.sql} h JOIN ${p.sql} p ON p.${p.email} = h.${h.note} ` +
          `WHERE h.${h.seen} < ${h.when(0.004 + i / 900)}`,
      ),
    }),
    defect({
      id: 'cartesian-product/forgotten',
      category: 'join',
      rules: ['cartesian-product', 'nested-loop', 'join-buffer'],
      tables: [h.name, q.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${h.sql} h, ${q.sql} q WHERE q.${q.state} = ${q.ready} ` +
            `AND h.${h.seen} > ${h.when(0.4 + i / 50)}`,
          `SELECT count(DISTINCT h.${h.key}) FROM ${q.sql} q CROSS JOIN ${h.sql} h ` +
            `WHERE h.${h.seen} > ${h.when(0.6 + i / 50)} AND q.${q.state} = ${q.ready}`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT count(*) FROM ${h.sql} h, ${q.sql} q WHERE q.${q.state} = ${q.ready} ` +
          `AND h.${h.note} = q.${q.payload} AND h.${h.seen} > ${h.when(0.4 + i / 50)}`,
      ),
    }),
  ];
};

const derived: Kind = (w) => {
  const { d, parent: p, fact: f } = w;
  const sums =
    `SELECT ${f.parent} AS owner, count(*) AS n, sum(${f.amount}) AS total FROM ${f.sql} ` +
    `GROUP BY ${f.parent}`;
  return [
    defect({
      id: 'derived-of-everything/one-parent',
      category: 'join',
      rules: ['derived-without-key'],
      tables: [p.name, f.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT p.${p.label}, s.n, s.total FROM ${p.sql} p JOIN (${sums}) s ` +
            `ON ${d.postgres ? 's.owner' : "concat(s.owner, '')"} = p.${p.key} ` +
            `WHERE p.${p.email} = ${p.emailOf(i)}`,
          `SELECT s.total FROM ${p.sql} p LEFT JOIN (${sums}) s ` +
            `ON ${d.postgres ? 's.owner' : "concat(s.owner, '')"} = p.${p.key} ` +
            `WHERE p.${p.email} IN (${p.emailOf(i)}, ${p.emailOf(i + 1)})`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT p.${p.label}, count(*), sum(f.${f.amount}) FROM ${p.sql} p JOIN ${f.sql} f ` +
          `ON f.${f.parent} = p.${p.key} WHERE p.${p.email} = ${p.emailOf(i)} GROUP BY ` +
          `p.${p.label}`,
      ),
    }),
  ];
};

/** The planner keeps the order in which the text joins. */
const order: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, item, tiny } = w;
  if (!d.postgres) return [];
  const tinies = ['a', 'b', 'c', 'd', 'e', 'g'];
  const joinTinies = tinies
    .map((name) => `LEFT JOIN ${tiny.sql} ${name} ON ${name}.${tiny.key} = i.${item.group}`)
    .join(' ');
  const list = `SELECT i.${item.label}, l.${l.quantity}, f.${f.at}`;
  const rules = ['join-collapse-limit'];
  const tables = [p.name, f.name, l.name, item.name];
  const bad = (i: number) =>
    `${list} FROM ${l.sql} l JOIN ${item.sql} i ON i.${item.key} = l.${l.item} ` +
    `JOIN ${f.sql} f ON f.${f.key} = l.${l.fact} JOIN ${p.sql} p ON p.${p.key} = f.${f.parent} ` +
    `WHERE p.${p.email} = ${p.emailOf(i)}`;
  return [
    defect({
      id: 'join-order-fixed/by-role',
      category: 'join',
      rules: [...rules, 'planner-switched-off'],
      tables,
      settings: { join_collapse_limit: '1' },
      calls: times(3, bad),
    }),
    defect({
      id: 'join-order-fixed/many-tables',
      category: 'join',
      rules,
      tables: [...tables, tiny.name],
      calls: times(
        3,
        (i) =>
          `${list}, g.${tiny.label} FROM ${l.sql} l JOIN ${item.sql} i ON i.${item.key} = ` +
          `l.${l.item} ` +
          `${joinTinies.replaceAll('LEFT JOIN', 'JOIN')} JOIN ${f.sql} f ON f.${f.key} = ` +
          `l.${l.fact} ` +
          `JOIN ${p.sql} p ON p.${p.key} = f.${f.parent} WHERE p.${p.email} = ${p.emailOf(i)}`,
      ),
      healthy: times(
        3,
        (i) =>
          `${list}, g.${tiny.label} FROM ${p.sql} p JOIN ${f.sql} f ON f.${f.parent} = ` +
          `p.${p.key} ` +
          `JOIN ${l.sql} l ON l.${l.fact} = f.${f.key} JOIN ${item.sql} i ON i.${item.key} = ` +
          `l.${l.item} ` +
          `${joinTinies.replaceAll('LEFT JOIN', 'JOIN')} WHERE p.${p.email} = ${p.emailOf(i)}`,
      ),
    }),
  ];
};

export const joins: Kind = (world): Case[] => [...loops(world), ...derived(world), ...order(world)];
