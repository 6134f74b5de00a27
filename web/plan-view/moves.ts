import { fieldMargin } from '../../src/render/layout.ts';
import type { Camera, Size } from './camera.ts';

/** From one place one looks from to the next. */
const closest = 2.5;

/** What is under the pointer stays there; no farther away than all of it. */
export function zoom(
  { x, y, k }: Camera,
  factor: number,
  at: { x: number; y: number },
  farthest: number,
): Camera {
  const next = Math.min(closest, Math.max(Math.min(farthest, k), k * factor));
  return { k: next, x: at.x - ((at.x - x) * next) / k, y: at.y - ((at.y - y) * next) / k };
}

/** Just as far as is needed for a box to be seen whole. */
export function reveal(
  camera: Camera,
  box: { x: number; y: number; width: number; height: number },
  field: Size,
): Camera {
  const { x, y, k } = camera;
  const into = (from: number, size: number, room: number) =>
    from < fieldMargin
      ? fieldMargin - from
      : from + size > room - fieldMargin
        ? Math.max(fieldMargin - from, room - fieldMargin - from - size)
        : 0;
  return {
    k,
    x: x + into(box.x * k + x, box.width * k, field.width),
    y: y + into(box.y * k + y, box.height * k, field.height),
  };
}
