import { expect, test } from 'vitest';
import { splitSql } from './fixes.ts';

test('advice is run one statement after the other', () => {
  expect(
    splitSql('CREATE INDEX CONCURRENTLY ON a (b); CREATE INDEX CONCURRENTLY ON a (c);'),
  ).toEqual(['CREATE INDEX CONCURRENTLY ON a (b)', 'CREATE INDEX CONCURRENTLY ON a (c)']);
  expect(splitSql('ANALYZE a;')).toEqual(['ANALYZE a']);
});
