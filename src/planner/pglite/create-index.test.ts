import { expect, it } from 'vitest';
import { createIndexSql } from './create-index.ts';

it('writes every part of an index, names quoted', () => {
  const index = {
    schema: 'a"b',
    table: 'Orders',
    method: 'btree',
    keys: [
      { column: 'state' },
      { column: 'placed', descending: true as const, nulls: 'last' as const },
      { expression: 'lower(note)', opclass: 'text_pattern_ops', collation: 'pg_catalog.C' },
    ],
    include: ['total'],
    where: "state = 'open'",
    unique: true,
  };
  expect(createIndexSql(index, 'i')).toBe(
    'CREATE UNIQUE INDEX "i" ON "a""b"."Orders" USING "btree" ("state", ' +
      '"placed" DESC NULLS LAST, (lower(note)) COLLATE "pg_catalog"."C" "text_pattern_ops") ' +
      'INCLUDE ("total") ' +
      "WHERE (state = 'open')",
  );
});
