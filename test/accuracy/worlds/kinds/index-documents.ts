import type { Case } from '../../case.ts';
import { defect, form, type Kind, times, without } from '../cases.ts';

/** Patterns, documents and arrays, which want an index of another kind. */
const patterns: Kind = (w) => {
  const { d, doc, fact: f } = w;
  const table = { category: 'index' as const, table: doc.name, tables: [doc.name] };
  return [
    defect({
      ...table,
      id: 'leading-wildcard/body',
      rules: ['pattern-without-index', 'full-scan'],
      ...(d.postgres
        ? { inject: without(w, doc.name, doc.indexes.body) }
        : {
            healthy: times(
              8,
              (i) =>
                `SELECT ${doc.key} FROM ${doc.sql} WHERE ` +
                `MATCH (${doc.body}) AGAINST ('${doc.wordOf(i)}')`,
            ),
          }),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.body} LIKE '%${doc.wordOf(i)}%'`,
          `SELECT ${doc.key}, ${doc.body} FROM ${doc.sql} x WHERE x.${doc.body} ` +
            `${d.postgres ? 'ILIKE' : 'LIKE'} '%${doc.wordOf(i)} by%'`,
        ),
      ),
    }),
    defect({
      id: 'leading-wildcard/code',
      category: 'index',
      rules: ['pattern-without-index', 'full-scan'],
      table: f.name,
      tables: [f.name],
      calls: times(
        6,
        (i) => `SELECT ${f.key} FROM ${f.sql} WHERE ${f.code} LIKE '%${f.codeOf(i).slice(4)}`,
      ),
      healthy: times(6, (i) => `SELECT ${f.key} FROM ${f.sql} WHERE ${f.code} = ${f.codeOf(i)}`),
    }),
    ...(d.postgres
      ? [
          defect({
            ...table,
            id: 'regular-expression/body',
            rules: ['pattern-without-index', 'full-scan'],
            inject: without(w, doc.name, doc.indexes.body),
            calls: times(
              8,
              (i) => `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.body} ~ '${doc.wordOf(i)}'`,
            ),
          }),
        ]
      : []),
  ];
};

const documents: Kind = (w) => {
  const { d, doc } = w;
  const table = { category: 'index' as const, table: doc.name, tables: [doc.name] };
  const member = d.postgres
    ? `${doc.data} ->> '${doc.member}'`
    : `json_value(${doc.data}, '$.${doc.member}')`;
  const byMember = defect({
    ...table,
    id: 'json-member-without-index/where',
    rules: ['document-without-index', 'function-on-column', 'full-scan'],
    inject: without(w, doc.name, doc.indexes.member),
    calls: times(8, (i) =>
      form(
        w,
        `SELECT ${doc.key} FROM ${doc.sql} WHERE ${member} = '${doc.memberOf(i)}'`,
        `SELECT count(*), max(${doc.key}) FROM ${doc.sql} WHERE ${member} = '${doc.memberOf(i)}'`,
      ),
    ),
    ...(d.postgres
      ? {}
      : {
          healthy: times(
            8,
            (i) =>
              `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.generated} = '${doc.memberOf(i)}'`,
          ),
        }),
  });
  if (!d.postgres) return [byMember];
  const rules = ['document-without-index', 'full-scan'];
  return [
    byMember,
    defect({
      ...table,
      id: 'json-containment-without-index/where',
      rules,
      inject: without(w, doc.name, doc.indexes.data),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.data} @> '{"${doc.member}": ` +
            `"${doc.memberOf(i)}"}'`,
          `SELECT ${doc.key}, ${doc.data} FROM ${doc.sql} t WHERE t.${doc.data} @> ` +
            `jsonb_build_object('${doc.member}', '${doc.memberOf(i)}')`,
        ),
      ),
    }),
    defect({
      ...table,
      id: 'array-without-index/contains',
      rules,
      inject: without(w, doc.name, doc.indexes.tags),
      calls: times(8, (i) =>
        form(
          w,
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.tags} @> ARRAY['${doc.tagOf(i)}']::text[]`,
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.tags} && ARRAY['${doc.tagOf(i)}', ` +
            `'${doc.tagOf(i + 1)}']::text[]`,
        ),
      ),
    }),
    defect({
      ...table,
      id: 'array-any/member',
      rules,
      calls: times(
        8,
        (i) => `SELECT ${doc.key} FROM ${doc.sql} WHERE '${doc.tagOf(i)}' = ANY (${doc.tags})`,
      ),
      healthy: times(
        8,
        (i) =>
          `SELECT ${doc.key} FROM ${doc.sql} WHERE ${doc.tags} @> ARRAY['${doc.tagOf(i)}']::text[]`,
      ),
    }),
  ];
};

export const indexDocuments: Kind = (world): Case[] => [...patterns(world), ...documents(world)];
