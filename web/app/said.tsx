import { useSyncExternalStore } from 'react';

/** What became of something that somebody did, for those who hear the page. */
let said = '';
const listeners = new Set<() => void>();

export function say(words: string): void {
  said = words;
  for (const each of listeners) each();
}

/** It has to be there before anything is said. */
export function Said() {
  const words = useSyncExternalStore(listen, () => said);
  return (
    <p className="unseen" role="status">
      {words}
    </p>
  );
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
