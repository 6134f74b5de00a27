import { expect, it } from 'vitest';
import { fitText, textWidth, wrapText } from './text-width.ts';

it('is as wide as its letters', () => {
  expect(textWidth('i', 10)).toBeLessThan(textWidth('m', 10));
  expect(textWidth('ab', 20)).toBe(2 * textWidth('ab', 10));
  expect(textWidth('注文', 10)).toBe(20);
});
it('is cut where there is no room, and says so', () => {
  expect(fitText('orders', 100, 12)).toBe('orders');
  const cut = fitText('orders_customer_id_created_at_idx', 100, 12);
  expect(cut).toMatch(/^orders_cus.*…$/);
  expect(textWidth(cut, 12)).toBeLessThanOrEqual(100);
  expect(fitText('🦆'.repeat(40), 60, 12)).toMatch(/^🦆+…$/u);
});
it('is broken between words, into as many rows as there may be', () => {
  const text = 'customers: expected 100 rows, got 4,000, where (lower(country) = ?)';
  const rows = wrapText(text, 150, 13, 'regular', 9);
  expect(rows.join(' ')).toBe(text);
  for (const row of rows) expect(textWidth(row, 13)).toBeLessThanOrEqual(150);
  expect(wrapText(text, 150, 13, 'regular', 2)).toEqual([rows[0], expect.stringMatching(/…$/)]);
  expect(wrapText('x'.repeat(300), 150, 13, 'regular', 4)).toHaveLength(1);
});
