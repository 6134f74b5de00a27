import type { Chosen } from './acts.ts';
import type { Camera, Size } from './camera.ts';
import { h } from './dom.ts';
import { openFold } from './keys.ts';
import { createMoving } from './moving.ts';
import { createPicture } from './picture.ts';
import type { Earlier, Shown, ShownPlan } from './shown.ts';
import type { Stage } from './stage.ts';

/** The picture, beside it that of the earlier plan, which moves with it; on a telephone, alone. */
export function createPictures(
  { picture, pictures: element }: Stage,
  shown: () => Shown | undefined,
  acts: Chosen,
) {
  const before = createPicture('The earlier plan');
  const moving = createMoving(picture, {
    pick(card, all) {
      const now = shown();
      acts.pick(card?.id);
      if (!now?.plan || !card) return;
      openFold(now.plan, now.given.fold, card.id, all, acts);
    },
    moved: (camera) => before.look(besides(camera, picture.size(), before.size())),
  });
  createMoving(before, {
    pick(card) {
      const partner = card && shown()?.plan?.earlier?.both.later.get(card.id);
      acts.pick(partner);
      if (card && partner === undefined) acts.choose({ gone: card.id });
    },
    moved: (camera) => picture.look(besides(camera, before.size(), picture.size())),
  });
  const labels = ['earlier', 'later'].map((text) => h('span', { class: 'label' }, text));
  before.element.append(labels[0] as Node);
  picture.element.append(labels[1] as Node);
  const close = h('button', { class: 'close', onclick: () => full(false) }, 'close');
  element.prepend(before.element);
  element.append(close);
  let opener: Element | null = null;
  const full = (isFull: boolean) => {
    if (isFull) opener = (element.getRootNode() as ShadowRoot).activeElement;
    // The top layer is the whole screen, whatever its host does with it.
    if (isFull) element.setAttribute('popover', 'manual');
    element.hidden = false;
    element.togglePopover(isFull);
    if (!isFull) element.removeAttribute('popover');
    (isFull ? close : (opener as HTMLElement | null))?.focus();
  };

  return {
    element,
    open: () => full(true),
    close: () => full(false),
    moving,
    show({ given, choices, theme }: Shown, { scene, held, hits, earlier }: ShownPlan) {
      before.element.hidden = !earlier;
      for (const label of labels) label.hidden = !earlier;
      picture.show(scene, theme, {
        selected: cardOf(held, given.selected),
        hits: new Set(hits.map((at) => held[at] ?? -1)),
      });
      if (earlier)
        before.show(earlier.both.before, theme, {
          selected: cardOf(earlier.held, choices.gone ?? earlierOf(earlier, given.selected)),
          hits: new Set(),
        });
    },
    reveal: ({ held }: ShownPlan, selected: number) => moving.reveal(held[selected]),
  };
}

const cardOf = (held: Int32Array, at: number | undefined) =>
  at === undefined ? undefined : held[at];
const earlierOf = ({ both }: Earlier, at: number | undefined) =>
  at === undefined ? undefined : both.earlier.get(at);

/** The same place in the middle, at the same height. */
const besides = ({ x, y, k }: Camera, from: Size, to: Size): Camera => ({
  k,
  y,
  x: x + (to.width - from.width) / 2,
});
