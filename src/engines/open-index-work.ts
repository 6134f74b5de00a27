import type { EngineName } from '../model/engine-name.ts';
import type { IndexUseOptions } from './index-use.ts';
import type { IndexWork, IndexWorkOptions } from './index-work.ts';
import { mariadb } from './mariadb/variant.ts';
import { mysql } from './mysql/variant.ts';
import { openFamilyIndexWork } from './mysql-family/index-work.ts';
import { lastPostgresUse } from './postgres/index-use.ts';
import { openPostgresIndexWork } from './postgres/index-work.ts';

/** Sessions that change indexes, by engine. Throws AppError. */
export async function openIndexWork(
  engine: EngineName,
  options: IndexWorkOptions,
): Promise<IndexWork> {
  switch (engine) {
    case 'postgres':
      return openPostgresIndexWork(options);
    case 'mysql':
      return openFamilyIndexWork(options, mysql);
    case 'mariadb':
      return openFamilyIndexWork(options, mariadb);
    default:
      return engine satisfies never;
  }
}

/** When a server has last read an index; undefined: never, or it does not say. Throws AppError. */
export const lastIndexUse = (
  engine: EngineName,
  options: IndexUseOptions,
): Promise<number | undefined> =>
  engine === 'postgres' ? lastPostgresUse(options) : Promise.resolve(undefined);
