import { asAppError } from '../../base/errors.ts';
import { numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import type { Variant } from './variant.ts';

/** From whom a server takes its data, be it stopped at the moment, and writable or not. */
export interface Sources {
  /** From another, or it is behind the primary of its group. */
  replica: boolean;
  /** It has channels for a group, be it alone in it. */
  grouped: boolean;
}

/** The second way; SELECT on performance_schema is enough, where that is on. */
export const channelsSql = `
SELECT IF(@@GLOBAL.performance_schema,
  (SELECT COUNT(*) FROM performance_schema.replication_connection_configuration), NULL) AS sources`;

/** As the engine itself tells, or performance_schema. Undefined: neither does. Throws AppError. */
export async function readSources(
  control: Pick<Connection, 'query'>,
  { indexes }: Pick<Variant, 'indexes'>,
  timeout_ms: number,
): Promise<Sources | undefined> {
  const told = await unlessDenied(control.query(indexes.sourcesSql, timeout_ms));
  if (told)
    return {
      replica: told.some((row) => row['of_group'] !== '1'),
      grouped: told.some((row) => row['of_group'] === '1'),
    };
  const [row] = (await unlessDenied(control.query(channelsSql, timeout_ms))) ?? [];
  const sources = numberOr(row, 'sources', undefined);
  return sources === undefined ? undefined : { replica: sources > 0, grouped: false };
}

export async function unlessDenied(asked: Promise<Row[]>): Promise<Row[] | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (asAppError(error).code === 'insufficient_privilege') return undefined;
    throw error;
  }
}
