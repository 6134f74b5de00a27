import type { SessionAnswer } from './answers.ts';
import { ask } from './client.ts';

export const signIn = (token: string) =>
  ask<SessionAnswer>('session', { method: 'POST', body: { token } });
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
