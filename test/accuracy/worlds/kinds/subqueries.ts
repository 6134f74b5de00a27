import { defect, form, type Kind, times } from '../cases.ts';

/** Subqueries that are run for each row, or of which the NULLs have to be known. */
export const subqueries: Kind = (w) => {
  const { d, parent: p, fact: f, hot: h } = w;
  const scalar = defect({
    id: 'subquery-per-row/of-group',
    category: 'statement',
    rules: ['dependent-subquery'],
    tables: [f.name],
    calls: times(3, (i) =>
      form(
        w,
        `SELECT f.${f.key}, f.${f.amount} FROM ${f.sql} f WHERE f.${f.at} > ` +
          `${f.when(0.9982 - i / 1e5)} ` +
          `AND f.${f.amount} > (SELECT avg(g.${f.amount}) FROM ${f.sql} g WHERE g.${f.kind} = ` +
          `f.${f.kind})`,
        `SELECT f.${f.code}, (SELECT max(g.${f.amount}) FROM ${f.sql} g WHERE g.${f.kind} = ` +
          `f.${f.kind}) FROM ${f.sql} f WHERE f.${f.at} > ${f.when(0.9982 - i / 1e5)}`,
      ),
    ),
    healthy: times(
      3,
      (i) =>
        `SELECT f.${f.key}, f.${f.amount} FROM ${f.sql} f JOIN (SELECT ${f.kind}, ` +
        `avg(${f.amount}) AS mean FROM ${f.sql} GROUP BY ${f.kind}) g ON g.${f.kind} = ` +
        `f.${f.kind} WHERE f.${f.at} > ${f.when(0.9982 - i / 1e5)} AND f.${f.amount} > g.mean`,
    ),
  });
  const rank = defect({
    id: 'subquery-per-row/rank',
    category: 'statement',
    rules: ['dependent-subquery'],
    tables: [h.name],
    calls: times(3, (i) =>
      form(
        w,
        `SELECT h.${h.key}, (SELECT count(*) FROM ${h.sql} g WHERE g.${h.seen} >= ` +
          `h.${h.seen}) AS place FROM ${h.sql} h WHERE h.${h.seen} > ${h.when(0.91 - i / 1e3)}`,
        `SELECT h.${h.owner}, (SELECT max(g.${h.note}) FROM ${h.sql} g WHERE g.${h.seen} > ` +
          `h.${h.seen}) FROM ${h.sql} h WHERE h.${h.seen} > ${h.when(0.91 - i / 1e3)}`,
      ),
    ),
    healthy: times(
      3,
      (i) =>
        `SELECT ${h.key}, row_number() OVER (ORDER BY ${h.seen} DESC) AS place FROM ${h.sql} ` +
        `WHERE ${h.seen} > ${h.when(0.91 - i / 1e3)}`,
    ),
  });
  // MariaDB remembers what a subquery gave for a value; MySQL's derived table costs as much.
  if (!d.postgres) return [rank];
  return [
    rank,
    scalar,
    defect({
      id: 'subquery-per-row/of-parent',
      category: 'statement',
      rules: ['dependent-subquery'],
      tables: [p.name, f.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT p.${p.key}, (SELECT sum(f.${f.amount}) FROM ${f.sql} f WHERE f.${f.parent} ` +
            `= p.${p.key}) FROM ${p.sql} p WHERE p.${p.joined} > ${f.when(0.5 + 0.001 * i)}`,
          `SELECT p.${p.label}, (SELECT max(${f.at}) FROM ${f.sql} WHERE ${f.parent} = ` +
            `p.${p.key}), ` +
            `(SELECT count(*) FROM ${f.sql} WHERE ${f.parent} = p.${p.key}) FROM ${p.sql} p ` +
            `WHERE p.${p.joined} > ${f.when(0.5 + 0.001 * i)}`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT p.${p.key}, f.total FROM ${p.sql} p LEFT JOIN (SELECT ${f.parent} AS owner, ` +
          `sum(${f.amount}) AS total FROM ${f.sql} GROUP BY 1) f ON f.owner = p.${p.key} ` +
          `WHERE p.${p.joined} > ${f.when(0.5 + 0.001 * i)}`,
      ),
    }),
    defect({
      id: 'not-in-subquery/parent',
      category: 'statement',
      rules: ['not-in-subquery'],
      tables: [p.name, f.name],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT ${p.key} FROM ${p.sql} WHERE ${p.joined} > ${f.when(0.84 + i / 1e3)} ` +
            `AND ${p.joined} < ${f.when(0.845 + i / 1e3)} ` +
            `AND ${p.key} NOT IN (SELECT ${f.parent} FROM ${f.sql})`,
          `SELECT p.${p.email} FROM ${p.sql} p WHERE p.${p.email} = ${p.emailOf(i)} AND ` +
            `p.${p.key} NOT IN (SELECT f.${f.parent} FROM ${f.sql} f WHERE f.${f.amount} > 1)`,
        ),
      ),
      healthy: times(
        4,
        (i) =>
          `SELECT ${p.key} FROM ${p.sql} WHERE ${p.joined} > ${f.when(0.84 + i / 1e3)} ` +
          `AND ${p.joined} < ${f.when(0.845 + i / 1e3)} AND NOT EXISTS (SELECT 1 FROM ${f.sql} f ` +
          `WHERE f.${f.parent} = ${p.sql}.${p.key})`,
      ),
    }),
  ];
};
