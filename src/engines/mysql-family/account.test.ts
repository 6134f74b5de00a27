import { expect, it } from 'vitest';
import { roleSql as mariadb } from '../mariadb/role-sql.ts';
import { roleSql as mysql } from '../mysql/role-sql.ts';
import { accountOf } from './account.ts';
import { familySql } from './role-text.ts';

it.each([
  ['dbintel', 'dbintel', "'dbintel'"],
  ['dbintel@localhost', 'dbintel@localhost', "'dbintel'"],
  ["dbintel@'%'", "dbintel@'%'", "'dbintel'"],
  ["'dbintel'@'10.0.0.0/8'", "dbintel@'10.0.0.0/8'", "'dbintel'"],
  ["'db@intel'", '`db@intel`', "_utf8mb4 x'646240696e74656c'"],
  ['dbintel@%', "dbintel@'%'", "'dbintel'"],
  ['db-intel', '`db-intel`', "_utf8mb4 x'64622d696e74656c'"],
  [
    'a`; drop table x; --',
    '`a``; drop table x; --`',
    "_utf8mb4 x'61603b2064726f70207461626c6520783b202d2d'",
  ],
  ["a@'%'; drop table x; --", "a@`'%'; drop table x; --`", "'a'"],
])('%s is %s', (role, name, user) => expect(accountOf(role)).toEqual({ name, user }));

it.each([
  ['MySQL', mysql],
  ['MariaDB', mariadb],
])('%s: no name ends a statement', (_, product) => {
  const role = "a'; DROP TABLE x; -- `; DROP TABLE x; -- //";
  for (const via of ['direct', 'procedure'] as const) {
    const sql = familySql(product, { role, schemas: ['shop'], via });
    expect(sql.replaceAll(accountOf(role).name, 'a')).not.toContain('DROP TABLE');
  }
});
