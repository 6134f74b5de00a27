import { resolve } from 'node:path';
import { type Config, defaultFolders } from '../config.ts';

/** What a command has to name to be about the same program, from whatever folder it is run. */
export function namedFolders({
  DBINTEL_DATA: data,
  DBINTEL_TARGETS: targets,
}: Pick<Config, 'DBINTEL_DATA' | 'DBINTEL_TARGETS'>): { data?: string; targets?: string } {
  return {
    ...(data === defaultFolders.data ? {} : { data: resolve(data) }),
    ...(targets === defaultFolders.targets ? {} : { targets: resolve(targets) }),
  };
}
