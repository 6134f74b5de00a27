import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { commandLine } from './next-command.ts';

it('names what was named before, and nothing that is the default', () => {
  expect(commandLine(['apply', 'adv-1'], { data: 'd', credentials: 'login' })).toBe(
    'dbintel apply adv-1 --credentials login --data d',
  );
  expect(commandLine(['advise', 'show', 'adv-1'])).toBe('dbintel advise show adv-1');
});

it('reaches the shell as it was given', () => {
  const odd = "it's a $HOME; `x`";
  const line = commandLine(['show'], { data: odd }).replace('dbintel', "printf '%s\\n'");
  expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe(`show\n--data\n${odd}\n`);
});
