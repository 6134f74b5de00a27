import { type Camera, fit, type Size } from './camera.ts';
import { h } from './dom.ts';
import { type Drawing, specks } from './paint.ts';
import { contextOf, fitPixels, type Picture, type View } from './picture.ts';

/** All of a picture that is larger than its field, small in its corner; a click goes there. */
const mapSize = { width: 168, height: 104 };
const mapMargin = 6;

export function createMap(picture: Picture, move: (camera: Camera) => void): HTMLElement {
  const map = h('canvas', { class: 'map', 'aria-hidden': 'true', hidden: true });
  const context = contextOf(map);
  picture.watch((view, field) => {
    const { scene, camera } = view;
    map.hidden = scene.width * camera.k <= field.width && scene.height * camera.k <= field.height;
    if (map.hidden) return;
    fitPixels(map, mapSize);
    paintMap(context, view, field);
  });
  const jump = ({ offsetX, offsetY, buttons }: PointerEvent) => {
    const view = picture.view();
    if (!view || buttons === 0) return;
    const { camera } = view;
    const { x, y, k } = fit(view.scene, mapSize, mapMargin);
    const { width, height } = picture.size();
    move({
      ...camera,
      x: width / 2 - ((offsetX - x) / k) * camera.k,
      y: height / 2 - ((offsetY - y) / k) * camera.k,
    });
  };
  map.addEventListener('pointerdown', jump);
  map.addEventListener('pointermove', jump);
  const view = picture.view();
  if (view) picture.look(view.camera);
  return map;
}

function paintMap(context: Drawing, { scene, theme, camera }: View, field: Size): void {
  const ratio = context.canvas.width / mapSize.width;
  const { x, y, k } = fit(scene, mapSize, mapMargin);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = theme.card;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
  specks(context, scene.cards, theme);
  context.strokeStyle = theme.info;
  context.lineWidth = 1.5 / k;
  const [wide, high] = [field.width / camera.k, field.height / camera.k];
  context.strokeRect(-camera.x / camera.k, -camera.y / camera.k, wide, high);
}
