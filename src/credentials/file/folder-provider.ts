import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../base/errors.ts';
import type { Provider } from '../provider.ts';

/**
 * `file`: a mounted secret, a folder with one file a key. Read each time, so a rotation is noticed
 * at once.
 */

/** As much as a Secret of Kubernetes may hold. */
const largest_bytes = 1_048_576;

/** `base`: what a path is relative to. */
export const createFolderProvider = (base: string): Provider<string> => ({
  async resolve({ ref, label, keys }) {
    const folder = resolve(base, ref);
    try {
      await stat(folder);
      const read = await Promise.all(keys.map((key) => readKey(join(folder, key))));
      return {
        values: Object.fromEntries(
          keys.flatMap((key, i) => (read[i] === undefined ? [] : [[key, read[i]]])),
        ),
      };
    } catch (error) {
      const why = error instanceof TooLarge ? error.message : `cannot be read (${codeOf(error)})`;
      throw new AppError('secret_unavailable', `${label}: ${folder} ${why}`, { cause: error });
    }
  },
});

class TooLarge extends Error {}

/** Undefined: there is no such file. */
async function readKey(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    if (found.size > largest_bytes)
      throw new TooLarge(`has a file of more than ${largest_bytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error ? String(Reflect.get(error, 'code') ?? 'unknown') : 'unknown';
