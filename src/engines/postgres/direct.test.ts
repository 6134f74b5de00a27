import { beforeAll, expect, it } from 'vitest';
import { directText } from './direct.ts';
import { ready } from './parse.ts';
import { createStatementCache } from './statement-cache.ts';

beforeAll(() => ready);

it('one text of two targets is qualified once, and anew where it means something else', () => {
  const cache = createStatementCache();
  const templateIn = (target: string, schema: string) => {
    const known = cache.learn(target, '10/5/1', '1', 'SELECT a FROM t WHERE b = $1', 10_000);
    const names = { kind: 'trusted' as const, searchPath: [], schemas: [schema], doubts: {} };
    const text = directText(known, names, undefined);
    return text.kind === 'text' ? text.template : undefined;
  };
  const first = templateIn('one', 'public');
  expect(first).toBeDefined();
  expect(templateIn('two', 'public')).toBe(first);
  expect(templateIn('two', 'shop')).not.toBe(first);
});
