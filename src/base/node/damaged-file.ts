/** SQLite's words name no file, and tell nobody what to do. */
export const damagedFile = (path: string, error: unknown): Error =>
  new Error(
    `${path} cannot be used (${(error as Error).message}): where it is damaged, move it away ` +
      'with its -wal and -shm, and a new one is made',
    { cause: error },
  );

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
export const isDamage = (error: unknown): boolean =>
  [11, 26].includes(Number((error as { errcode?: number }).errcode) & 0xff);
