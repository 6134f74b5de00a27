import { expect, it } from 'vitest';
import { reveal, zoom } from './moves.ts';

const field = { width: 800, height: 600 };

it('keeps under the pointer what is there, however one zooms', () => {
  const at = { x: 210, y: 90 };
  for (const factor of [0.5, 0.9, 1.3, 8]) {
    const before = { x: -40, y: 12, k: 0.7 };
    const after = zoom(before, factor, at, 0.1);
    expect((at.x - after.x) / after.k).toBeCloseTo((at.x - before.x) / before.k);
    expect((at.y - after.y) / after.k).toBeCloseTo((at.y - before.y) / before.k);
  }
});
it('goes no nearer than 2.5 and no farther than all of it', () => {
  const camera = { x: 0, y: 0, k: 1 };
  expect(zoom(camera, 9, { x: 0, y: 0 }, 0.2).k).toBe(2.5);
  expect(zoom(camera, 0.01, { x: 0, y: 0 }, 0.2).k).toBe(0.2);
});
it('moves just as far as is needed for a card to be seen', () => {
  const camera = { x: 0, y: 0, k: 1 };
  const card = { width: 224, height: 62 };
  expect(reveal(camera, { x: 100, y: 100, ...card }, field)).toEqual(camera);
  expect(reveal(camera, { x: 900, y: 100, ...card }, field)).toEqual({ x: -340, y: 0, k: 1 });
  expect(reveal(camera, { x: -50, y: -200, ...card }, field)).toEqual({ x: 66, y: 216, k: 1 });
});
