import { useSyncExternalStore } from 'react';

/** What a person chose for this browser: it is kept there, and holds in all of its tabs. */
export type ThemeChoice = 'system' | 'light' | 'dark';
export interface Preferences {
  theme: ThemeChoice;
  dense: boolean;
  /** Single letters work on every page: not for who dictates, or hits keys unmeant. */
  keys: boolean;
}

const place = 'dbintel-preferences';
const usual: Preferences = { theme: 'system', dense: false, keys: true };
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Preferences>;
    const theme = kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : usual.theme;
    return { theme, dense: kept.dense === true, keys: kept.keys !== false };
  } catch {
    return usual; // a browser that keeps nothing for pages, or a text that is not ours
  }
}

/** Onto the page, before it is drawn for the first time. */
export function applyPreferences(): void {
  const { dataset } = document.documentElement;
  if (current.theme === 'system') delete dataset['theme'];
  else dataset['theme'] = current.theme;
  if (current.dense) dataset['dense'] = '';
  else delete dataset['dense'];
}

export function choose(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(place, JSON.stringify(current));
  } catch {
    // it holds until the page is left
  }
  tell();
}

function tell(): void {
  applyPreferences();
  for (const listener of listeners) listener();
}
addEventListener('storage', ({ key }) => {
  if (key !== place) return;
  current = read();
  tell();
});

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const usePreferences = (): Preferences => useSyncExternalStore(subscribe, () => current);

const next: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };
export const turnTheme = (): void => choose({ theme: next[current.theme] });
export const turnDense = (): void => choose({ dense: !current.dense });
export const turnKeys = (): void => choose({ keys: !current.keys });
