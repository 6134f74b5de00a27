import { AppError } from '../base/errors.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { IndexWork, IndexWorkOptions } from './index-work.ts';
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
    case 'mariadb':
      throw new AppError('change_refused', 'changes on this engine are made by hand: run the SQL');
    default:
      return engine satisfies never;
  }
}
