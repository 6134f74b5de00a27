import { h, put } from './dom.ts';
import { createPicture, type Picture } from './picture.ts';

/**
 * What is there before anything else is loaded: the picture, and the places of the parts around
 * it, as wide and as high as they will be, so that nothing moves when they come.
 */
export interface Stage {
  root: HTMLElement;
  /** Places: what is loaded later takes them. */
  header: HTMLElement;
  outline: HTMLElement;
  side: HTMLElement;
  pictures: HTMLElement;
  panes: HTMLElement;
  picture: Picture;
  /** To those who listen; `isSeen`: to all. */
  say(text: string, isSeen?: boolean): void;
  show(isEmpty: boolean): void;
}

export function createStage(): Stage {
  const live = h('p', { class: 'live', role: 'status' });
  const note = h('p', { class: 'note', hidden: true });
  const picture = createPicture('The plan');
  const header = h('header');
  const outline = h('div', { class: 'steps' });
  const pictures = h('div', { class: 'pictures' }, picture.element);
  const side = h('div', { class: 'side' });
  const panes = h('div', { class: 'panes' }, outline, pictures, side);
  const empty = h('p', { class: 'empty' }, 'There is no plan yet.');
  return {
    root: h('div', { class: 'root loading' }, header, panes, empty, note, live),
    header,
    outline,
    side,
    pictures,
    panes,
    picture,
    say(text, isSeen = false) {
      put(live, text);
      note.hidden = !isSeen;
      put(note, isSeen && text);
    },
    show(isEmpty) {
      empty.hidden = !isEmpty;
      panes.hidden = header.hidden = isEmpty;
    },
  };
}
