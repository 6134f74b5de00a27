import { cardHeight, cardWidth, fitScale } from '../../src/render/layout.ts';
import type { Scene, SceneCard } from '../../src/render/scene.ts';
import type { Theme } from '../../src/render/theme.ts';
import { type Camera, fit, reveal, type Size, zoom } from './camera.ts';
import { h } from './dom.ts';
import { watchHand } from './hand.ts';
import { type Lit, paint, paintMap } from './paint.ts';

/** The canvas: a scene, where one looks at it from, the hand that moves it, and a map of it. */
export interface Picture {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  size(): Size;
  show(scene: Scene, theme: Theme, lit: Lit): void;
  fit(): void;
  zoom(factor: number): void;
  reveal(card: number | undefined): void;
  /** Where one looks from, for another picture that is moved with this one. */
  look(camera: Camera): void;
  png(): Promise<Blob | null>;
}

export interface PictureActions {
  /** A card was clicked, or the paper between them. */
  pick(card: SceneCard | undefined, all: boolean): void;
  moved?(camera: Camera): void;
}

const mapSize = { width: 168, height: 104 };
/** Of a copied picture: twice as large as on a screen, no more than browsers draw. */
const copyScale = 2;
const longestSide = 12_000;

export function createPicture(label: string, actions: PictureActions): Picture {
  const canvas = h('canvas', {
    tabindex: 0,
    role: 'img',
    'aria-label': `${label} as a picture; the outline says the same in words`,
  });
  const map = h('canvas', { class: 'map', 'aria-hidden': 'true' });
  const element = h('div', { class: 'picture' }, canvas, map);
  const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  const mapContext = map.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  let shown: { scene: Scene; theme: Theme; lit: Lit } | undefined;
  let camera: Camera = { x: 0, y: 0, k: 1 };
  let waiting = 0;

  const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });
  const draw = () => {
    cancelAnimationFrame(waiting);
    waiting = 0;
    const field = size();
    if (!shown || field.width === 0) return;
    fitPixels(canvas, field);
    paint(context, shown.scene, camera, field, shown.theme, shown.lit);
    const { width, height } = shown.scene;
    const isLarger = width * camera.k > field.width || height * camera.k > field.height;
    map.hidden = !isLarger;
    if (!isLarger) return;
    fitPixels(map, mapSize);
    paintMap(mapContext, shown.scene, fit(shown.scene, mapSize, 6), mapSize, shown.theme, {
      x: -camera.x / camera.k,
      y: -camera.y / camera.k,
      width: field.width / camera.k,
      height: field.height / camera.k,
    });
  };
  const look = (next: Camera) => {
    camera = next;
    waiting ||= requestAnimationFrame(draw);
  };
  const move = (next: Camera) => {
    look(next);
    actions.moved?.(next);
  };
  const zoomed = (factor: number, at: { x: number; y: number }) =>
    shown && move(zoom(camera, factor, at, fitScale(shown.scene, size())));
  watchHand(canvas, {
    pan: (dx, dy) => move({ ...camera, x: camera.x + dx, y: camera.y + dy }),
    zoom: zoomed,
    click({ offsetX, offsetY, shiftKey }) {
      const [x, y] = [(offsetX - camera.x) / camera.k, (offsetY - camera.y) / camera.k];
      actions.pick(
        shown?.scene.cards.find((card) => isOn(card, x, y)),
        shiftKey,
      );
    },
  });
  const jump = ({ offsetX, offsetY, buttons }: PointerEvent) => {
    if (!shown || buttons === 0) return;
    const { x, y, k } = fit(shown.scene, mapSize, 6);
    const { width, height } = size();
    move({
      k: camera.k,
      x: width / 2 - ((offsetX - x) / k) * camera.k,
      y: height / 2 - ((offsetY - y) / k) * camera.k,
    });
  };
  map.addEventListener('pointerdown', jump);
  map.addEventListener('pointermove', jump);

  return {
    element,
    canvas,
    size,
    look,
    show(scene, theme, lit) {
      const before = shown?.scene;
      shown = { scene, theme, lit };
      if (before !== scene) camera = fit(scene, size());
      draw();
    },
    fit: () => shown && move(fit(shown.scene, size())),
    zoom: (factor) => {
      const { width, height } = size();
      zoomed(factor, { x: width / 2, y: height / 2 });
    },
    reveal(i) {
      const card = shown?.scene.cards[i ?? -1];
      if (card) move(reveal(camera, { ...card, width: cardWidth, height: cardHeight }, size()));
    },
    async png() {
      if (!shown) return null;
      const { width, height } = shown.scene;
      const [wide, high] = [width + 48, height + 48];
      const scale = Math.min(copyScale, longestSide / wide, longestSide / high);
      const sheet = new OffscreenCanvas(Math.ceil(wide * scale), Math.ceil(high * scale));
      const on = sheet.getContext('2d', { alpha: false });
      if (!on) return null;
      const whole = { width: wide, height: high };
      paint(on, shown.scene, { x: 24, y: 24, k: 1 }, whole, shown.theme, nothingLit);
      return sheet.convertToBlob({ type: 'image/png' });
    },
  };
}

const nothingLit: Lit = { selected: undefined, hits: new Set() };

const isOn = (card: SceneCard, x: number, y: number): boolean =>
  x >= card.x && x <= card.x + cardWidth && y >= card.y && y <= card.y + cardHeight;

/** As many pixels as the screen has there, which changes with the screen. */
function fitPixels(canvas: HTMLCanvasElement, { width, height }: Size): void {
  const [wide = 0, high = 0] = [width, height].map((side) => Math.round(side * devicePixelRatio));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}
