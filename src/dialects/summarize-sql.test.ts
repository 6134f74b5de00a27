import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { summarizeSql } from './summarize-sql.ts';

it('summaries fit', () => {
  expect(
    summarizeSql(
      'SELECT a, b, c, d, e, f, g, h, i, j, k, l, m, n FROM t WHERE id IN ($1, $2, $3, $4)',
      80,
    ),
  ).toBe('SELECT … FROM t WHERE id IN ($1, …)');
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 10, max: 200 }), (text, width) => {
      expect(summarizeSql(text, width).length).toBeLessThanOrEqual(width);
    }),
  );
});
