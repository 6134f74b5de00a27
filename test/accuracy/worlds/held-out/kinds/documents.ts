import type { Case } from '../../../case.ts';
import { defect, form, type Kind, times, without } from '../../cases.ts';

/** Patterns, documents and arrays, asked for in other ways. */
export const heldOutDocuments: Kind = (w): Case[] => {
  const { d, doc, fact: f } = w;
  const table = { category: 'index' as const, table: doc.name, tables: [doc.name] };
  const patterns = ['pattern-without-index', 'full-scan'];
  const documents = ['document-without-index', 'full-scan'];
  const member = d.postgres
    ? `${doc.data} ->> '${doc.member}'`
    : `json_value(${doc.data}, '$.${doc.member}')`;
  const healthyMember = (i: number) =>
    `SELECT ${doc.key} FROM ${doc.sql} WHERE ${d.postgres ? member : doc.generated} = ` +
    `'${doc.memberOf(i)}'`;
  const both = [
    defect({
      ...table,
      id: 'leading-wildcard/any-case',
      rules: patterns,
      ...(d.postgres
        ? { inject: without(w, doc.name, doc.indexes.body) }
        : {
            healthy: times(
              6,
              (i) =>
                `SELECT count(*) FROM ${doc.sql} WHERE MATCH (${doc.body}) AGAINST ` +
                `('${doc.wordOf(i)}')`,
            ),
          }),
      calls: times(6, (i) =>
        d.postgres
          ? form(
              w,
              `SELECT count(*) FROM ${doc.sql} WHERE ${doc.body} ILIKE '%${doc.wordOf(i)}%'`,
              `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.body} ILIKE '%' || ` +
                `'${doc.wordOf(i)}' || '%'`,
            )
          : `SELECT count(*) FROM ${doc.sql} WHERE ${doc.body} LIKE '% ${doc.wordOf(i)} %'`,
      ),
    }),
    defect({
      id: 'leading-wildcard/tail',
      category: 'index',
      rules: patterns,
      table: f.name,
      tables: [f.name],
      calls: times(5, (i) =>
        form(
          w,
          `SELECT ${f.key}, ${f.state} FROM ${f.sql} WHERE ${f.code} LIKE ` +
            `'_%${f.codeOf(i).slice(5)} LIMIT 5`,
          `SELECT count(*) FROM ${f.sql} WHERE ${f.code} LIKE '%${f.codeOf(i).slice(5, -1)}%' ` +
            `AND ${f.amount} >= 0`,
        ),
      ),
      healthy: times(
        5,
        (i) => `SELECT ${f.key}, ${f.state} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`,
      ),
    }),
    defect({
      ...table,
      id: 'json-member-without-index/list',
      rules: [...documents, 'function-on-column'],
      inject: without(w, doc.name, doc.indexes.member),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${doc.key}, ${doc.body} FROM ${doc.sql} WHERE ${member} IN ` +
            `('${doc.memberOf(i)}', '${doc.memberOf(i + 7)}')`,
          `SELECT max(${doc.key}) FROM ${doc.sql} z WHERE ${member} = '${doc.memberOf(i)}'`,
        ),
      ),
      ...(d.postgres ? {} : { healthy: times(6, healthyMember) }),
    }),
  ];
  if (!d.postgres) return both;
  return [
    ...both,
    defect({
      ...table,
      id: 'regular-expression/any-case',
      rules: patterns,
      inject: without(w, doc.name, doc.indexes.body),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.body} ~* '${doc.wordOf(i)}'`,
          `SELECT count(*) FROM ${doc.sql} WHERE ${doc.body} SIMILAR TO '%${doc.wordOf(i)}%'`,
        ),
      ),
    }),
    defect({
      ...table,
      id: 'json-containment-without-index/path',
      rules: documents,
      inject: without(w, doc.name, doc.indexes.data),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.data} @? '$.${doc.member} ? (@ == ` +
            `"${doc.memberOf(i)}")'`,
          `SELECT count(*) FROM ${doc.sql} WHERE ${doc.data} @> '{"${doc.member}": ` +
            `"${doc.memberOf(i)}", "lang": "de"}'`,
        ),
      ),
    }),
    defect({
      ...table,
      id: 'array-without-index/overlap',
      rules: documents,
      inject: without(w, doc.name, doc.indexes.tags),
      calls: times(6, (i) =>
        form(
          w,
          `SELECT count(*) FROM ${doc.sql} WHERE ${doc.tags} && ` +
            `'{${doc.tagOf(i)},${doc.tagOf(i + 2)}}'`,
          `SELECT ${doc.key}, ${doc.tags} FROM ${doc.sql} WHERE ${doc.tags} @> ` +
            `'{${doc.tagOf(i)}}' ORDER BY ${doc.key}`,
        ),
      ),
    }),
    defect({
      ...table,
      id: 'array-any/counted',
      rules: documents,
      calls: times(
        6,
        (i) => `SELECT count(*) FROM ${doc.sql} x WHERE '${doc.tagOf(i)}' = ANY (x.${doc.tags})`,
      ),
      healthy: times(
        6,
        (i) => `SELECT count(*) FROM ${doc.sql} x WHERE x.${doc.tags} @> '{${doc.tagOf(i)}}'`,
      ),
    }),
  ];
};
