import type { SessionAnswer } from './answers.ts';
import { ask } from './client.ts';

export const signIn = (token: string) =>
  ask<SessionAnswer>('session', { method: 'POST', body: { token } });
/** Who one would be with it; nobody is signed in. */
export const whose = (token: string, signal: AbortSignal) =>
  ask<SessionAnswer>('session?dryRun=1', { method: 'POST', body: { token }, signal });
export const signOut = () => ask<unknown>('session', { method: 'DELETE' });

/**
 * The token out of the address that the program printed, `#token=…`. It is taken out of the address
 * bar, and so out of the history and of what is copied, before anything else is done.
 */
export function takeToken(location: Location, history: History): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return undefined;
  fragment.delete('token');
  const rest = fragment.size ? `#${fragment}` : '';
  history.replaceState(history.state, '', `${location.pathname}${location.search}${rest}`);
  return token || undefined;
}

/** A token that came with the address, and whether its owner is asked before it is used. */
export interface Offer {
  token: string;
  ask: boolean;
  /** It came to a page that was open already, be it of somebody else who is signed in. */
  late?: true;
}

/**
 * A link that a terminal printed, or that is kept as a bookmark, is a person's own. One on a page
 * of somebody else would sign people in as whoever made it, and what they did would be theirs: it
 * asks first, as does one of which the browser does not say where it was.
 */
export function takeOffer(
  location: Location,
  history: History,
  sentBy: string | undefined,
): Offer | undefined {
  const token = takeToken(location, history);
  return token === undefined
    ? undefined
    : { token, ask: sentBy !== 'none' && sentBy !== 'same-origin' };
}

/**
 * The same link, followed or typed where the page is open already: the browser loads nothing then,
 * and says nothing of who sent it.
 */
export function watchOffers(onOffer: (offer: Offer) => void): () => void {
  const look = () => {
    const token = takeToken(location, history);
    if (token !== undefined) onOffer({ token, ask: true, late: true });
  };
  window.addEventListener('hashchange', look);
  return () => window.removeEventListener('hashchange', look);
}

/** `Sec-Fetch-Site` of this page, as the program tells it back. */
export function sentBy(): string | undefined {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return page?.serverTiming.find(({ name }) => name === 'site')?.description;
}
