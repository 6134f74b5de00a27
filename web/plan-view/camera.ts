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
