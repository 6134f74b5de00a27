import { cardHeight, cardWidth, fitScale } from '../../src/render/layout.ts';
import type { SceneCard } from '../../src/render/scene.ts';
import { type Camera, fit } from './camera.ts';
import { watchHand } from './hand.ts';
import { createMap } from './map.ts';
import { reveal, zoom } from './moves.ts';
import type { Picture } from './picture.ts';

/** A picture that is moved: by hand, by its keys, by the map in its corner. */
export interface Moving {
  fit(): void;
  zoom(factor: number): void;
  reveal(card: number | undefined): void;
}

export interface MovingActions {
  /** A card was clicked, or the paper between them. */
  pick(card: SceneCard | undefined, all: boolean): void;
  moved?(camera: Camera): void;
}

export function createMoving(picture: Picture, actions: MovingActions): Moving {
  const { canvas, size } = picture;
  const move = (next: Camera) => {
    picture.look(next);
    actions.moved?.(next);
  };
  const zoomed = (factor: number, at: { x: number; y: number }) => {
    const view = picture.view();
    if (view) move(zoom(view.camera, factor, at, fitScale(view.scene, size())));
  };
  watchHand(canvas, {
    pan(dx, dy) {
      const camera = picture.view()?.camera;
      if (camera) move({ ...camera, x: camera.x + dx, y: camera.y + dy });
    },
    zoom: zoomed,
    click({ offsetX, offsetY, shiftKey }) {
      const view = picture.view();
      if (!view) return;
      const { camera, scene } = view;
      const [x, y] = [(offsetX - camera.x) / camera.k, (offsetY - camera.y) / camera.k];
      actions.pick(
        scene.cards.find((card) => isOn(card, x, y)),
        shiftKey,
      );
    },
  });
  picture.element.append(createMap(picture, move));
  return {
    fit() {
      const view = picture.view();
      if (view) move(fit(view.scene, size()));
    },
    zoom(factor) {
      const { width, height } = size();
      zoomed(factor, { x: width / 2, y: height / 2 });
    },
    reveal(i) {
      const view = picture.view();
      const card = view?.scene.cards[i ?? -1];
      if (view && card)
        move(reveal(view.camera, { ...card, width: cardWidth, height: cardHeight }, size()));
    },
  };
}

const isOn = (card: SceneCard, x: number, y: number): boolean =>
  x >= card.x && x <= card.x + cardWidth && y >= card.y && y <= card.y + cardHeight;
