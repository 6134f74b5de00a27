import { describe, expect, it } from 'vitest';
import type { IndexDef } from '../../model/index-def.ts';
import type { Change } from '../../model/proposal.ts';
import { familyDdl } from './ddl.ts';

const words = { hide: 'INVISIBLE', show: 'VISIBLE' };
const index: IndexDef = {
  schema: 'shop',
  table: 'order',
  method: 'btree',
  keys: [
    { column: 'customer' },
    { column: 'at', descending: true },
    { column: 'note', letters: 64 },
  ],
};
const create = (more: Partial<IndexDef>, name = 'by_x'): Change => ({
  kind: 'create-index',
  name,
  index: { ...index, ...more },
});

describe('a change as SQL', () => {
  it('makes an index in place', () =>
    expect(familyDdl(create({}), words, 'dbintel:u:h')).toEqual({
      apply: [
        'ALTER TABLE `shop`.`order` ADD INDEX `by_x` (`customer`, `at` DESC, `note`(64)) ' +
          "COMMENT 'dbintel:u:h', ALGORITHM=INPLACE, LOCK=NONE;",
      ],
      rollback: ['ALTER TABLE `shop`.`order` DROP INDEX `by_x`, ALGORITHM=INPLACE, LOCK=NONE;'],
    }));
  it('takes one out of use before it drops it', () =>
    expect(
      familyDdl(
        {
          kind: 'drop-index',
          name: 'a`b',
          index: { ...index, keys: [{ column: 'c' }] },
          because: { kind: 'invalid' },
        },
        words,
      ),
    ).toEqual({
      apply: [
        'ALTER TABLE `shop`.`order` ALTER INDEX `a``b` INVISIBLE, ALGORITHM=INPLACE, LOCK=NONE;',
        'ALTER TABLE `shop`.`order` DROP INDEX `a``b`, ALGORITHM=INPLACE, LOCK=NONE;',
      ],
      rollback: [
        'ALTER TABLE `shop`.`order` ADD INDEX `a``b` (`c`), ALGORITHM=INPLACE, LOCK=NONE;',
      ],
      show: 'ALTER TABLE `shop`.`order` ALTER INDEX `a``b` VISIBLE, ALGORITHM=INPLACE, LOCK=NONE;',
    }));
});

it.each<[string, Change]>([
  [
    'a primary key',
    { kind: 'drop-index', name: 'Primary', index, because: { kind: 'redundant', covered: 'x' } },
  ],
  ['an expression', create({ keys: [{ expression: 'lower(a)' }] })],
  ['another method', create({ method: 'fulltext' })],
  ['a predicate', create({ where: 'a = 1' })],
  ['columns beside the keys', create({ include: ['a'] })],
  ['a place of NULLs', create({ keys: [{ column: 'a', nulls: 'last' }] })],
  ['letters that are no number', create({ keys: [{ column: 'a', letters: 0.5 }] })],
  ['no keys', create({ keys: [] })],
  ['an empty name', create({}, '')],
  ['a long name', create({}, 'a'.repeat(65))],
  ['a space at the end', create({ table: 'a ' })],
  ['NUL', create({ table: 'a\0' })],
  ['a letter beyond U+FFFF', create({ table: '😀' })],
  [
    'statistics of columns together',
    {
      kind: 'create-statistics',
      name: 's',
      schema: 'shop',
      table: 'order',
      columns: ['a', 'b'],
    },
  ],
])('refuses %s', (_, change) =>
  expect(() => familyDdl(change, words)).toThrow(
    expect.objectContaining({ code: 'change_refused' }),
  ),
);
