import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { drawPage, drawText } from './draw-text.ts';

const page = { name: 'p', plan: planOf(seq('orders')), findings: [] };

it.each(['svg', 'html'] as const)('draws one plan and two as %s', async (format) => {
  const text = async (before?: typeof page) => {
    const drawn = await drawText({ page, before }, format, { theme: 'light' });
    return drawn.kind === 'drawn' ? new TextDecoder().decode(drawn.bytes) : drawn.kind;
  };
  expect(await text()).toMatch(format === 'svg' ? /^<svg / : /^<!doctype html>/);
  expect(await text(page)).toContain('Expected cost 10, as before: the same plan.');
});
it('says so where a page has no script', async () => {
  const drawn = await drawPage([page], { theme: 'light' }, []);
  expect(drawn).toMatchObject({ kind: 'drawn', notes: [expect.stringContaining('make web')] });
});
