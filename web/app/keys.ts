import { useLayoutEffect } from 'react';

/**
 * Keys that work on every page, alone or one after the other (`g f`). They hold still while
 * somebody types, and while a dialog asks something.
 */
export interface Key {
  /** `?`, `g f`, `Shift+S`. */
  keys: string;
  run(): void;
}

/** As long as the second key of two may take. */
const patience_ms = 1_200;

export function useKeys(keys: readonly Key[]): void {
  // Before what is shown can be seen: a key that is pressed at once is not lost.
  useLayoutEffect(() => {
    let before: { key: string; at: number } | undefined;
    const isOurs = (event: KeyboardEvent) =>
      !event.ctrlKey && !event.metaKey && !event.altKey && !isBusy(event);
    // The second of two keys is nobody else's, whatever it does alone where the focus is.
    const onSecond = (event: KeyboardEvent) => {
      if (!before || event.timeStamp - before.at >= patience_ms || !isOurs(event)) return;
      const found = keys.find((each) => each.keys === `${before?.key} ${nameOf(event)}`);
      if (!found) return;
      before = undefined;
      event.preventDefault();
      event.stopImmediatePropagation();
      found.run();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isOurs(event)) return;
      const pressed = nameOf(event);
      const found = keys.find((each) => each.keys === pressed);
      before = found ? undefined : { key: pressed, at: event.timeStamp };
      if (!found) return;
      event.preventDefault();
      found.run();
    };
    addEventListener('keydown', onSecond, { capture: true });
    addEventListener('keydown', onKeyDown);
    return () => {
      removeEventListener('keydown', onSecond, { capture: true });
      removeEventListener('keydown', onKeyDown);
    };
  }, [keys]);
}

/** A letter with Shift is `Shift+S`; of signs that need it, `?`, it is not told. */
const nameOf = ({ key, shiftKey }: KeyboardEvent): string =>
  shiftKey && /^[a-z]$/i.test(key) ? `Shift+${key.toUpperCase()}` : key;

function isBusy(event: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]')) return true;
  // The editor and the fields of a plan are in shadow trees, whose hosts stand for them outside.
  const [typedInto] = event.composedPath();
  return typedInto instanceof HTMLElement && isTyping(typedInto);
}
const isTyping = (element: HTMLElement) =>
  element.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
