import { expect, it } from 'vitest';
import { prerequisitesSql } from './role-sql.ts';

const doOf = (role: string) => {
  const sql = prerequisitesSql({ role, schemas: ['public'], database: 'shop' });
  const [, tag = '', block = ''] = /^DO (\$\w*\$) BEGIN(.*?)\1;$/ms.exec(sql) ?? [];
  return { tag, block };
};

it('a usual name stands in a usual block', () => {
  expect(doOf('dbintel').tag).toBe('$$');
  expect(doOf('dbintel').block).toMatch(/END $/);
});
it.each(['a$$; drop table x; --', 'a$dbintel$; drop table x; --', 'a$dbintel$ $dbintel_1$', 'a$'])(
  'no name ends the block: %s',
  (role) => {
    const { tag, block } = doOf(role);
    expect(role).not.toContain(tag);
    expect(block).toContain(`'${role}'`);
    expect(block).toMatch(/END $/);
  },
);
