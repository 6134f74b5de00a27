import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { readConfig } from '../config.ts';
import { type History, historyBackends } from '../history/backends.ts';

/**
 * The history that a program keeps, for a command beside it: of the data folder, or the one that
 * DBINTEL_HISTORY_URL names. Throws AppError('not_found') where nothing has been kept yet.
 */
export async function openKeptHistory(dataFolder: string | undefined): Promise<History> {
  const { DBINTEL_DATA: data, DBINTEL_HISTORY_URL: url } = readConfig({ DBINTEL_DATA: dataFolder });
  if (url) return historyBackends.postgres(url, silentLogger);
  const file = join(data, 'history.db');
  if (!existsSync(file))
    throw new AppError(
      'not_found',
      `there is no history of a standalone program in ${data}: let \`dbintel standalone\` ` +
        'collect first, or name its folder with --data',
    );
  return historyBackends.sqlite(file, silentLogger);
}
