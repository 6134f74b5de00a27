import { useSyncExternalStore } from 'react';

/**
 * What time it is on the server, since it is the server's times that are shown: a laptop's clock
 * may be minutes off. One ticking for all that is on a page.
 */
const tick_ms = 1_000;
const listeners = new Set<() => void>();
let ahead_ms = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** How far the server's clock is ahead of this machine's. */
export function setAhead(ms: number): void {
  ahead_ms = ms;
  tell();
}
export const serverNow = (): number => Date.now() + ahead_ms;

function tell(): void {
  for (const listener of listeners) listener();
}
/** Each second, and when the clock is set. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tell, tick_ms);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** What `of` makes of the time; drawn again only when that is another. */
export const useNow = <T extends string | number | boolean>(of: (now: number) => T): T =>
  useSyncExternalStore(onTick, () => of(serverNow()));
