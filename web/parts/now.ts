import { useSyncExternalStore } from 'react';

/**
 * What time it is on the server, since it is the server's times that are shown: a laptop's clock
 * may be minutes off. One ticking for all that is on a page.
 */
const tick_ms = 1_000;
/** Ages stand in every row: each second a table of them would be drawn anew, and never be calm. */
const calmTicks = 5;
const listeners = new Set<() => void>();
const calmListeners = new Set<() => void>();
let ahead_ms = 0;
let ticks = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** How far the server's clock is ahead of this machine's. */
export function setAhead(ms: number): void {
  // A header counts seconds: of less than one nothing is known.
  if (Math.abs(ms - ahead_ms) < least_ms) return;
  ahead_ms = ms;
  tell(listeners);
  tell(calmListeners);
}
const least_ms = 1_000;

export const serverNow = (): number => Date.now() + ahead_ms;
/** A time of this machine’s, as the server would have said it. */
export const toServer = (at: number): number => at + ahead_ms;

function tell(those: ReadonlySet<() => void>): void {
  for (const listener of those) listener();
}
function tick(): void {
  ticks += 1;
  tell(listeners);
  if (ticks % calmTicks === 0) tell(calmListeners);
}
const subscribeTo = (those: Set<() => void>) => (listener: () => void) => {
  those.add(listener);
  timer ??= setInterval(tick, tick_ms);
  return () => {
    those.delete(listener);
    if (listeners.size + calmListeners.size) return;
    clearInterval(timer);
    timer = undefined;
  };
};
/** Each second, and when the clock is set. */
export const onTick = subscribeTo(listeners);
const onCalmTick = subscribeTo(calmListeners);

/** What `of` makes of the time; drawn again only when that is another. */
export const useNow = <T extends string | number | boolean>(of: (now: number) => T): T =>
  useSyncExternalStore(onTick, () => of(serverNow()));

/** The same for what is read and not watched: every few seconds. */
export const useCalmNow = <T extends string | number | boolean>(of: (now: number) => T): T =>
  useSyncExternalStore(onCalmTick, () => of(serverNow()));
