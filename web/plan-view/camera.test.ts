import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { fit } from './camera.ts';

const field = { width: 800, height: 600 };
const side = fc.integer({ min: 50, max: 50_000 });

it('fits any picture into its field', () => {
  fc.assert(
    fc.property(side, side, (width, height) => {
      const { x, y, k } = fit({ width, height }, field);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + width * k).toBeLessThanOrEqual(field.width);
      expect(y + height * k).toBeLessThanOrEqual(field.height);
    }),
  );
});
it('draws a small picture a little larger, not as a poster', () => {
  expect(fit({ width: 100, height: 60 }, field).k).toBe(1.4);
});
