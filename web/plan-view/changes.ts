import { changeMarks } from '../../src/render/compare.ts';
import { h, put } from './dom.ts';
import type { Earlier } from './shown.ts';

/** What changed from one plan to the next, in words and numbers; each leads to its step. */
export function showChanges(
  element: HTMLElement,
  earlier: Earlier | undefined,
  pick: (at: number, isGone: boolean) => void,
): void {
  element.hidden = !earlier;
  if (!earlier) return;
  const { changes } = earlier.both;
  put(
    element,
    h('h2', {}, changes.length === 0 ? 'Nothing changed' : headOf(changes.length)),
    ...changes.map(({ kind, at, before, after, figures }) =>
      h(
        'button',
        { class: 'change', onclick: () => pick(at, kind === 'gone') },
        h('b', {}, changeMarks[kind]),
        ` ${[...new Set([before, after])].filter((each) => each !== '–').join(' → ')}`,
        h('span', { class: 'soft' }, figures),
      ),
    ),
  );
}

const headOf = (count: number) => (count === 1 ? '1 change' : `${count} changes`);
