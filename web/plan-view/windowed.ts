import { h } from './dom.ts';

/** A list of rows of one height, of which only those in sight are elements. */
export interface Windowed {
  /** What scrolls; its first child may be a head that stays. */
  element: HTMLElement;
  show(count: number, height: number, row: (i: number) => HTMLElement): void;
  reveal(i: number): void;
  /** Which row a pointer is on. */
  at(event: MouseEvent): number | undefined;
}

/** Rows above and below, so that a slow scroll shows no gap. */
const more = 6;

export function createWindowed(element: HTMLElement, head?: HTMLElement): Windowed {
  const body = h('div', { class: 'rows', role: head && 'rowgroup' });
  element.append(...(head ? [head] : []), body);
  let shown: Parameters<Windowed['show']> = [0, 1, () => h('div')];
  let drawn = '';
  const draw = () => {
    const [count, height, row] = shown;
    const first = Math.max(0, Math.floor(element.scrollTop / height) - more);
    const last = Math.min(
      count,
      Math.ceil((element.scrollTop + element.clientHeight) / height) + more,
    );
    if (drawn === `${first} ${last}`) return;
    drawn = `${first} ${last}`;
    body.replaceChildren(
      ...Array.from({ length: Math.max(0, last - first) }, (_, i) => {
        const made = row(first + i);
        made.style.transform = `translateY(${(first + i) * height}px)`;
        made.style.height = `${height}px`;
        return made;
      }),
    );
  };
  element.addEventListener('scroll', draw, { passive: true });
  return {
    element,
    show(count, height, row) {
      shown = [count, height, row];
      drawn = '';
      body.style.height = `${count * height}px`;
      draw();
    },
    reveal(i) {
      const height = shown[1];
      const [top, above] = [i * height, head?.offsetHeight ?? 0];
      const { scrollTop, clientHeight } = element;
      if (top < scrollTop) element.scrollTop = top;
      else if (top + height + above > scrollTop + clientHeight)
        element.scrollTop = top + height + above - clientHeight;
    },
    at({ clientY }) {
      const i = Math.floor((clientY - body.getBoundingClientRect().top) / shown[1]);
      return i >= 0 && i < shown[0] ? i : undefined;
    },
  };
}
