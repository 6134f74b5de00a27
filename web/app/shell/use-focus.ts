import { useEffect, useRef } from 'react';

/**
 * Who does not see the page knows by the focus where they are, and scrolls by it. A page that
 * somebody goes to has it; and where what had it goes away, by what it did, what it stood in.
 */
export function useFocus(path: string): void {
  const at = useRef(path);
  useEffect(() => {
    if (at.current === path) return;
    at.current = path;
    const main = document.getElementById('main');
    const { activeElement: has } = document;
    // A page may have a field that is wanted first; one that is left is hidden until then.
    if (!main?.contains(has) || !has?.checkVisibility()) main?.focus({ preventScroll: true });
  }, [path]);
  useEffect(keepFocus, []);
}

function keepFocus(): () => void {
  let before: Element[] = [];
  const ended = new AbortController();
  const { signal } = ended;
  addEventListener('focusin', ({ target }) => void (before = withParents(target)), { signal });
  addEventListener('focusout', ({ target }) => queueMicrotask(() => left(target)), { signal });
  /** Somebody has left it; it was not taken away, hidden, or made to wait for an answer. */
  const left = (target: EventTarget | null) => {
    const [last] = before;
    if (target === last && last?.checkVisibility() && !last.matches(':disabled')) before = [];
  };
  const observer = new MutationObserver(() => {
    if (document.activeElement !== document.body || before[0]?.isConnected !== false) return;
    const kept = before.find((each) => each.isConnected);
    before = [];
    if (!(kept instanceof HTMLElement)) return;
    if (!kept.hasAttribute('tabindex')) kept.tabIndex = -1;
    kept.focus({ preventScroll: true });
  });
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    ended.abort();
    observer.disconnect();
  };
}

/** Itself, and around it what has a name or is a part of a page. */
function withParents(target: EventTarget | null): Element[] {
  const found: Element[] = [];
  let at = target instanceof Element ? target : null;
  for (; at && at !== document.body; at = at.parentElement?.closest(parts) ?? null) found.push(at);
  return found;
}
const parts = 'dialog, article, aside, section, main';
