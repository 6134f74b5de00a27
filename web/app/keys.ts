import { useEffect } from 'react';

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
  useEffect(() => {
    let before: { key: string; at: number } | undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      const pressed = nameOf(event);
      const recent = before && event.timeStamp - before.at < patience_ms;
      const found =
        keys.find((each) => recent && each.keys === `${before?.key} ${pressed}`) ??
        keys.find((each) => each.keys === pressed);
      before = found ? undefined : { key: pressed, at: event.timeStamp };
      if (!found) return;
      event.preventDefault();
      found.run();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [keys]);
}

/** A letter with Shift is `Shift+S`; of signs that need it, `?`, it is not told. */
const nameOf = ({ key, shiftKey }: KeyboardEvent): string =>
  shiftKey && /^[a-z]$/i.test(key) ? `Shift+${key.toUpperCase()}` : key;

function isBusy({ target }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]')) return true;
  return target instanceof HTMLElement && isTyping(target);
}
const isTyping = (element: HTMLElement) =>
  element.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
