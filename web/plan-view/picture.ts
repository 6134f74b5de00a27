import type { Scene } from '../../src/render/scene.ts';
import type { Theme } from '../../src/render/theme.ts';
import { type Camera, fit, type Size } from './camera.ts';
import { h } from './dom.ts';
import { type Lit, nothingLit, paint } from './paint.ts';

/** The canvas: a scene, and where one looks at it from. Who moves it stands in moving.ts. */
export interface Picture {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  size(): Size;
  /** Undefined while there is nothing on it. */
  view(): View | undefined;
  show(scene: Scene, theme: Theme, lit?: Lit): void;
  /** With the next frame. */
  look(camera: Camera): void;
  /** Is called each time that it was drawn. */
  watch(drawn: (view: View, field: Size) => void): void;
}

export interface View {
  scene: Scene;
  theme: Theme;
  lit: Lit;
  camera: Camera;
}

export function createPicture(label: string): Picture {
  const canvas = h('canvas', {
    tabindex: 0,
    role: 'img',
    'aria-label': `${label} as a picture; the outline says the same in words`,
  });
  const element = h('div', { class: 'picture' }, canvas);
  const context = contextOf(canvas);
  const watching: Parameters<Picture['watch']>[0][] = [];
  let view: View | undefined;
  let waiting = 0;

  const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });
  const draw = () => {
    cancelAnimationFrame(waiting);
    waiting = 0;
    const field = size();
    if (!view || field.width === 0) return;
    fitPixels(canvas, field);
    paint(context, view.scene, view.camera, field, view.theme, view.lit);
    for (const drawn of watching) drawn(view, field);
  };
  return {
    element,
    canvas,
    size,
    view: () => view,
    show(scene, theme, lit = nothingLit) {
      const camera = view?.scene === scene ? view.camera : fit(scene, size());
      view = { scene, theme, lit, camera };
      draw();
    },
    look(camera) {
      if (!view) return;
      view = { ...view, camera };
      waiting ||= requestAnimationFrame(draw);
    },
    watch: (drawn) => void watching.push(drawn),
  };
}

export const contextOf = (canvas: HTMLCanvasElement): CanvasRenderingContext2D =>
  canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;

/** As many pixels as the screen has there, which changes with the screen. */
export function fitPixels(canvas: HTMLCanvasElement, { width, height }: Size): void {
  const [wide = 0, high = 0] = [width, height].map((side) => Math.round(side * devicePixelRatio));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}
