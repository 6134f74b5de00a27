import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** A server may print any word; a plain object has an answer to `constructor` that nobody wrote. */
it('words of servers are looked up in dictionaries', () => {
  const files = execFileSync('git', ['ls-files', 'src/dialects', 'src/engines'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const plain = /^(?:export )?const \w+: (?:(?:Readonly|Partial)<)*Record<string,/m;
  expect(files.filter((file) => plain.test(readFileSync(file, 'utf8')))).toEqual([]);
});
