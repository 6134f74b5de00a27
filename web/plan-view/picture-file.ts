import { nothingLit, paint } from './paint.ts';
import type { View } from './picture.ts';

/** A picture that is copied: all of its scene, as a PNG. */

/** Twice as large as on a screen, no more than browsers draw. */
const copyScale = 2;
const longestSide = 12_000;
const margin = 24;

export async function pngOf(view: View | undefined): Promise<Blob | null> {
  if (!view) return null;
  const { scene, theme } = view;
  const [wide, high] = [scene.width + 2 * margin, scene.height + 2 * margin];
  const scale = Math.min(copyScale, longestSide / wide, longestSide / high);
  const sheet = new OffscreenCanvas(Math.ceil(wide * scale), Math.ceil(high * scale));
  const on = sheet.getContext('2d', { alpha: false });
  if (!on) return null;
  const whole = { width: wide, height: high };
  paint(on, scene, { x: margin, y: margin, k: 1 }, whole, theme, nothingLit);
  return sheet.convertToBlob({ type: 'image/png' });
}
