import { defect, form, type Kind, times } from '../../cases.ts';

/** Subqueries for each row, of other shapes. */
const category = 'statement' as const;

export const heldOutSubqueries: Kind = (w) => {
  const { d, parent: p, fact: f, line: l, item, hot: h } = w;
  const few = (i: number) => `e.${f.at} > ${f.when(0.9984 - i / 1e5)}`;
  const each = defect({
    id: 'subquery-per-row/mean-of-kind',
    category,
    rules: ['dependent-subquery'],
    tables: [f.name],
    calls: times(3, (i) =>
      form(
        w,
        `SELECT e.${f.code}, (SELECT avg(o.${f.amount}) FROM ${f.sql} o WHERE o.${f.kind} = ` +
          `e.${f.kind}) AS mean FROM ${f.sql} e WHERE ${few(i)} ORDER BY e.${f.at}`,
        `SELECT count(*) FROM ${f.sql} e WHERE ${few(i)} AND e.${f.amount} >= ` +
          `(SELECT max(o.${f.amount}) / 100 FROM ${f.sql} o WHERE o.${f.kind} = e.${f.kind})`,
      ),
    ),
    healthy: times(
      3,
      (i) =>
        `SELECT e.${f.code}, o.mean FROM ${f.sql} e JOIN (SELECT ${f.kind}, avg(${f.amount}) ` +
        `AS mean FROM ${f.sql} GROUP BY ${f.kind}) o ON o.${f.kind} = e.${f.kind} WHERE ${few(i)}`,
    ),
  });
  const total = defect({
    id: 'subquery-per-row/running-total',
    category,
    rules: ['dependent-subquery'],
    tables: [h.name],
    calls: times(3, (i) =>
      form(
        w,
        `SELECT a.${h.seen}, (SELECT count(b.${h.owner}) FROM ${h.sql} b WHERE b.${h.seen} <= ` +
          `a.${h.seen}) ` +
          `FROM ${h.sql} a WHERE a.${h.seen} < ${h.when(0.08 + i / 1e3)} ORDER BY a.${h.seen}`,
        `SELECT count(*) FROM ${h.sql} a WHERE a.${h.seen} < ${h.when(0.08 + i / 1e3)} AND 9 < ` +
          `(SELECT count(*) FROM ${h.sql} b WHERE b.${h.seen} < a.${h.seen} AND b.${h.note} ` +
          `<> a.${h.note})`,
      ),
    ),
    healthy: times(
      3,
      (i) =>
        `SELECT ${h.seen}, count(${h.owner}) OVER (ORDER BY ${h.seen}) FROM ${h.sql} ` +
        `WHERE ${h.seen} < ${h.when(0.08 + i / 1e3)} ORDER BY ${h.seen}`,
    ),
  });
  // MariaDB remembers what a subquery gave for a value; MySQL's derived table costs as much.
  if (!d.postgres) return [total];
  return [
    total,
    each,
    defect({
      id: 'subquery-per-row/last-of-owner',
      category,
      rules: ['dependent-subquery'],
      tables: [p.name, f.name],
      calls: times(3, (i) =>
        form(
          w,
          `SELECT p.${p.email}, (SELECT e.${f.at} FROM ${f.sql} e WHERE e.${f.parent} = ` +
            `p.${p.key} ORDER BY e.${f.at} DESC LIMIT 1) FROM ${p.sql} p WHERE p.${p.joined} > ` +
            `${f.when(0.4 + i / 1e3)}`,
          `SELECT p.${p.key} FROM ${p.sql} p WHERE p.${p.joined} > ${f.when(0.4 + i / 1e3)} AND ` +
            `(SELECT count(*) FROM ${f.sql} e WHERE e.${f.parent} = p.${p.key}) > 3`,
        ),
      ),
      healthy: times(
        3,
        (i) =>
          `SELECT p.${p.email}, e.latest FROM ${p.sql} p LEFT JOIN (SELECT ${f.parent} AS owner, ` +
          `max(${f.at}) AS latest FROM ${f.sql} GROUP BY ${f.parent}) e ON e.owner = p.${p.key} ` +
          `WHERE p.${p.joined} > ${f.when(0.4 + i / 1e3)}`,
      ),
    }),
    defect({
      id: 'not-in-subquery/items',
      category,
      rules: ['not-in-subquery'],
      tables: [item.name, l.name],
      calls: times(4, (i) =>
        form(
          w,
          `SELECT i.${item.label} FROM ${item.sql} i WHERE i.${item.key} = ${item.id(i)} ` +
            `AND i.${item.key} NOT IN (SELECT l.${l.item} FROM ${l.sql} l)`,
          `SELECT count(*) FROM ${item.sql} i WHERE i.${item.key} IN (${item.id(i)}, ` +
            `${item.id(i + 1)}) ` +
            `AND i.${item.key} NOT IN (SELECT ${l.item} FROM ${l.sql} WHERE ${l.quantity} > 0)`,
        ),
      ),
      healthy: times(
        4,
        (i) =>
          `SELECT i.${item.label} FROM ${item.sql} i WHERE i.${item.key} = ${item.id(i)} AND ` +
          `NOT EXISTS (SELECT 1 FROM ${l.sql} l WHERE l.${l.item} = i.${item.key})`,
      ),
    }),
  ];
};
