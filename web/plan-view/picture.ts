import { cardHeight, cardWidth, fitScale } from '../../src/render/layout.ts';
import type { Scene, SceneCard } from '../../src/render/scene.ts';
import type { Theme } from '../../src/render/theme.ts';
import { type Camera, fit, reveal, type Size, zoom } from './camera.ts';
import { h } from './dom.ts';
import { type Lit, paint } from './paint.ts';

/** The canvas: a scene, where one looks at it from, and the hand that moves it. */
export interface Picture {
  canvas: HTMLCanvasElement;
  size(): Size;
  show(scene: Scene, theme: Theme, lit: Lit): void;
  fit(): void;
  reveal(id: number): void;
}

export interface PictureActions {
  /** A card was clicked, or the paper between them. */
  pick(card: SceneCard | undefined, all: boolean): void;
}

/** Less than this is a click, in pixels. */
const still = 4;

export function createPicture(actions: PictureActions): Picture {
  const canvas = h('canvas', {
    tabindex: 0,
    role: 'img',
    'aria-label': 'The plan as a picture; the outline says the same in words',
  });
  const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  let shown: { scene: Scene; theme: Theme; lit: Lit } | undefined;
  let camera: Camera = { x: 0, y: 0, k: 1 };
  let waiting = 0;

  const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });
  const draw = () => {
    cancelAnimationFrame(waiting);
    waiting = 0;
    const { width, height } = size();
    if (!shown || width === 0) return;
    const [wide, high] = [width * devicePixelRatio, height * devicePixelRatio].map(Math.round);
    if (canvas.width !== wide || canvas.height !== high)
      Object.assign(canvas, { width: wide, height: high });
    paint(context, shown.scene, camera, { width, height }, shown.theme, shown.lit);
  };
  const move = (next: Camera) => {
    camera = next;
    waiting ||= requestAnimationFrame(draw);
  };
  const cardAt = ({ offsetX, offsetY }: MouseEvent) => {
    const [x, y] = [(offsetX - camera.x) / camera.k, (offsetY - camera.y) / camera.k];
    return shown?.scene.cards.find(
      (card) => x >= card.x && x <= card.x + cardWidth && y >= card.y && y <= card.y + cardHeight,
    );
  };
  watchHand(canvas, {
    pan: (dx, dy) => move({ ...camera, x: camera.x + dx, y: camera.y + dy }),
    zoom: (factor, at) => shown && move(zoom(camera, factor, at, fitScale(shown.scene, size()))),
    click: (event) => actions.pick(cardAt(event), event.shiftKey),
  });

  return {
    canvas,
    size,
    show(scene, theme, lit) {
      const isNew = shown?.scene !== scene;
      shown = { scene, theme, lit };
      if (isNew) camera = fit(scene, size());
      draw();
    },
    fit: () => shown && move(fit(shown.scene, size())),
    reveal(id) {
      const card = shown?.scene.cards.find((each) => each.id === id);
      if (card) move(reveal(camera, { ...card, width: cardWidth, height: cardHeight }, size()));
    },
  };
}

interface Hand {
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: { x: number; y: number }): void;
  click(event: MouseEvent): void;
}

/** One pointer pans, two zoom, a wheel pans, or zooms with Ctrl (which a pinch sends, too). */
function watchHand(canvas: HTMLCanvasElement, hand: Hand): void {
  const down = new Map<number, { x: number; y: number }>();
  let moved = 0;
  canvas.addEventListener('pointerdown', (event) => {
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    moved += Math.abs(now.x - last.x) + Math.abs(now.y - last.y);
    down.set(event.pointerId, now);
    if (other)
      hand.zoom(
        Math.hypot(now.x - other.x, now.y - other.y) /
          Math.max(1, Math.hypot(last.x - other.x, last.y - other.y)),
        other,
      );
    else if (moved > still) hand.pan(now.x - last.x, now.y - last.y);
  });
  const up = (event: PointerEvent) => {
    const known = down.delete(event.pointerId);
    if (known && event.type === 'pointerup' && moved <= still) hand.click(event);
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', up);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey)
        hand.zoom(Math.exp(-event.deltaY / 300), { x: event.offsetX, y: event.offsetY });
      else hand.pan(-event.deltaX, -event.deltaY);
    },
    { passive: false },
  );
}
