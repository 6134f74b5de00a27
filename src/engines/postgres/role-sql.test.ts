import { expect, it } from 'vitest';
import { prerequisitesSql } from './role-sql.ts';

const blocksOf = (role: string, database: string) => {
  const sql = prerequisitesSql({ role, schemas: ['public'], database });
  return [...sql.matchAll(/^DO (\$\w*\$) BEGIN(.*?)\1;$/gms)].map(([, tag = '', block = '']) => ({
    tag,
    block,
  }));
};
const doOf = (role: string) => blocksOf(role, 'shop')[1] ?? { tag: '', block: '' };

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
it.each(['shop', 'a$$; drop table x; --', "it's$"])('goes on in the database %s alone', (name) => {
  const { tag = '', block = '' } = blocksOf('dbintel', name)[0] ?? {};
  expect(name).not.toContain(tag);
  expect(block).toContain(`current_database() <> '${name.replace("'", "''")}' THEN`);
  expect(block).toMatch(/END $/);
});
