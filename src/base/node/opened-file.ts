import { statSync } from 'node:fs';

/**
 * Whether a path still names what was opened there: what is written to a file that was removed, or
 * replaced, goes nowhere, and no other process sees it. A database in memory is always there.
 */
export function openedFile(path: string): () => boolean {
  if (path === ':memory:') return () => true;
  const opened = identityOf(path);
  return () => identityOf(path) === opened;
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev} ${found.ino}`;
}
