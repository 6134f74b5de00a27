import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/**
 * A union of our own is told apart by its `kind`: a guard on a property that happens to be there
 * narrows to nothing where it fails, and stops being true when another member gets that property.
 */
it('no union is told apart by a property that only some of its members have', () => {
  const files = execFileSync('git', ['ls-files', 'src', 'test', 'bench', 'demo', 'scripts'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file.endsWith('.ts') && file !== 'test/tree/unions.test.ts');
  const found = files.filter((file) => /'(?:code|plan)' in \w/.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
});
