import { readFileSync } from 'node:fs';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';

type Variable = `DBINTEL_${'OTLP' | 'REDIS'}_${'CA' | 'CERT' | 'KEY'}`;

/**
 * What a file holds whose path a variable gives. Throws AppError('invalid_config') that names the
 * variable: who reads only a path looks for it in a dozen of them.
 */
export function namedFile<K extends string>(
  key: K,
  config: Pick<Config, Variable>,
  variable: Variable,
): { [_ in K]?: string } {
  const path = config[variable];
  if (!path) return {};
  try {
    return { [key]: readFileSync(path, 'utf8') } as { [_ in K]?: string };
  } catch (error) {
    const { message } = error as Error;
    throw new AppError('invalid_config', `${variable}: ${message}`, { cause: error });
  }
}
