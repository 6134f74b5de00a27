import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { pageByLabel } from './target-page.ts';

it('a page is what sorting everything would give', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ maxLength: 4 })),
      fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
      fc.integer({ min: 1, max: 9 }),
      (all, after, limit) => {
        const rest = all.toSorted().filter((each) => after === undefined || each > after);
        expect(pageByLabel(all, (each) => each, after, limit)).toEqual({
          page: rest.slice(0, limit),
          more: rest.length > limit,
        });
      },
    ),
  );
});
