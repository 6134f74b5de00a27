import { fieldMargin, fitScale } from '../../src/render/layout.ts';

/** Where one looks: a place of the picture is drawn at `place * k + (x, y)`. */
export interface Camera {
  x: number;
  y: number;
  k: number;
}
export interface Size {
  width: number;
  height: number;
}

const closest = 2.5;

/** On a large screen a small picture is drawn a little larger, not as a poster. */
const largest = 1.4;

/** All of it, in the middle. */
export function fit(picture: Size, field: Size, margin = fieldMargin): Camera {
  const k = fitScale(picture, field, margin, largest);
  return {
    k,
    x: (field.width - picture.width * k) / 2,
    // What is lower than its field stands at the top, where one begins to read.
    y: Math.min(margin * 2, (field.height - picture.height * k) / 2),
  };
}
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
